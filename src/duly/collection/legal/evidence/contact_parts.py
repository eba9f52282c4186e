"""The chapters about contacts: each decision of the gate with its place in the chain, what left, and what was said."""

from duly.collection.legal.evidence.parts import Gathered, Section, Subject, instant
from duly.contact.log.record import FIELDS
from duly.contact.log.told import rules_told
from duly.contact.models import Call, Decision, Message


def add_decisions(subject: Subject, into: Gathered) -> None:
    """Every decision of the gate about this person: allowed or not, by which rules, and its hash."""
    words, section = subject.words, Section(subject.words["decisions"])
    section.text(words["decisions_note"])
    found = list(Decision.objects.filter(borrower=subject.borrower).select_related("sheet").order_by("pk"))
    rows = []
    for one in found:
        rules = [rule for rule in rules_told(one, subject.language) if rule["result"] == "fail"]
        why = "; ".join(f"{rule['because']} ({rule['citation']})" for rule in rules) or words["all_rules_passed"]
        rows.append(
            [
                str(one.pk),
                instant(one.contact_at),
                f"{subject.said('channel', one.channel)} · {words[one.moment]}",
                words["allowed"] if one.allowed else words["forbidden"],
                f"{why}\n{words['hash']} {one.hash}",
            ]
        )
    section.table(
        [words["number"], words["instant"], words["channel"], words["answer"], words["why"]],
        rows,
        ["11mm", "24mm", "22mm", "17mm", "1fr"],
    )
    into.sections.append(section)
    kept = [
        {name: getattr(one, name) for name in FIELDS if name != "id"} | {"id": one.pk, "hash": one.hash}
        for one in found
    ]
    into.add_json("data/decisions.json", kept)
    into.add_json("data/rule-sheets.json", {one.sheet_id: one.sheet.content for one in found})


def add_messages(subject: Subject, into: Gathered) -> None:
    """Every message that left, word for word, and every call and visit with its outcome."""
    words, section = subject.words, Section(subject.words["messages"])
    found = (
        Message.objects.filter(planned__borrower=subject.borrower).select_related("planned").order_by("sent_at", "pk")
    )
    told = []
    for one in found:
        section.heading(f"{instant(one.sent_at)} · {subject.said('channel', one.planned.channel)}")
        section.pairs([(words["subject"], one.subject), (words["decision"], str(one.decision_id))])
        section.text(one.body)
        told.append({"sent_at": one.sent_at, "decision": one.decision_id, "subject": one.subject, "body": one.body})
    calls = list(Call.objects.filter(borrower=subject.borrower).select_related("by", "agency").order_by("begun_at"))
    if calls:
        section.heading(words["calls"])
        section.table(
            [words["instant"], words["channel"], words["by"], words["outcome"], words["decision"]],
            [
                [
                    instant(one.begun_at),
                    subject.said("channel", one.channel),
                    one.agency.name if one.agency else one.by.get_username(),
                    one.outcome or "–",
                    str(one.decision_id),
                ]
                for one in calls
            ],
            ["auto", "1fr", "1fr", "1fr", "auto"],
        )
    if not told and not calls:
        section.text(words["nothing"])
    into.sections.append(section)
    names = ("pk", "channel", "purpose", "begun_at", "ended_at", "outcome", "note", "decision_id")
    into.add_json("data/messages.json", told)
    into.add_json("data/calls.json", [{name: getattr(one, name) for name in names} for one in calls])
