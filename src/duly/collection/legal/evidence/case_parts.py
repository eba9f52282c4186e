"""The chapters about the case: letters of demand, promises and plans, complaints, matters and limitation."""

import io
from typing import Any

from pypdf import PdfReader

from duly.borrowing.sealed import unseal
from duly.collection.complaints.models import Complaint
from duly.collection.legal.evidence.parts import Gathered, Section, Subject, instant, money
from duly.collection.legal.limitation import limitations
from duly.collection.legal.models import DemandLetter, Matter, Settlement
from duly.collection.plans.models import Plan
from duly.collection.promises.models import Promise


def add_letters(subject: Subject, into: Gathered) -> None:
    """Every letter of demand, the very paper."""
    words, section = subject.words, Section(subject.words["letters"])
    letters = DemandLetter.objects.filter(case__borrower=subject.borrower, state=DemandLetter.State.SENT)
    for one in letters.select_related("file").order_by("written_on", "pk"):
        name = f"letters/{one.number}.pdf"
        into.files[name] = unseal(one.file)
        section.heading(one.number)
        section.pairs(
            [
                (words["sent_at"], instant(one.sent_at)),
                (words["amount"], money(one.amount, one.currency)),
                (words["pay_by"], subject.day(one.pay_by)),
                (words["sha256"], one.sha256),
                (words["file"], name),
            ]
        )
        section.file(name, len(PdfReader(io.BytesIO(into.files[name])).pages))
    if not section.blocks:
        section.text(words["nothing"])
    into.sections.append(section)


def add_ways_out(subject: Subject, into: Gathered) -> None:
    """What the borrower was offered and promised: promises, plans, settlements, and what became of each."""
    words, section = subject.words, Section(subject.words["ways_out"])
    promises = Promise.objects.filter(borrower=subject.borrower).order_by("made_at")
    plans = Plan.objects.filter(loan__in=subject.loans).select_related("offer", "loan__product").order_by("agreed_at")
    settlements = Settlement.objects.filter(loan__in=subject.loans, offered_on__isnull=False)
    rows = [
        [words["promise"], instant(one.made_at), money(one.amount, one.currency), subject.day(one.due_on), one.state]
        for one in promises
    ]
    rows += [
        [
            words["plan_word"],
            instant(one.agreed_at),
            money(one.offer.total, one.loan.product.currency),
            f"{one.offer.installments} × {money(one.offer.monthly, one.loan.product.currency)}",
            one.state,
        ]
        for one in plans
    ]
    rows += [
        [
            words["settlement"],
            subject.day(one.offered_on),
            money(one.amount, one.loan.product.currency),
            subject.day(one.pay_by),
            one.state,
        ]
        for one in settlements.select_related("loan__product").order_by("offered_on")
    ]
    told = [[*row[:4], subject.said("state", row[4])] for row in rows]
    if told:
        columns = ["", words["made"], words["amount"], words["until"], words["became"]]
        section.table(columns, told, ["1fr", "auto", "auto", "auto", "auto"])
    else:
        section.text(words["nothing"])
    into.sections.append(section)


def add_complaints(subject: Subject, into: Gathered) -> None:
    """What the borrower objected to, by when it had to be answered, and the answer."""
    words, section = subject.words, Section(subject.words["complaints"])
    told: list[dict[str, Any]] = []
    for one in Complaint.objects.filter(borrower=subject.borrower).order_by("received_at"):
        section.heading(one.number)
        section.pairs(
            [
                (words["about"], str(one.get_about_display())),
                (words["came"], instant(one.received_at)),
                (words["answered"], instant(one.answered_at)),
                (words["outcome"], str(one.get_outcome_display()) if one.outcome else words["open"]),
            ]
        )
        section.text(one.text)
        if one.reasons:
            section.text(f"{words['answer']}: {one.reasons}")
        names = ("about", "channel", "received_at", "answered_at", "due_at", "outcome", "cause", "text", "reasons")
        told.append({"number": one.number} | {name: getattr(one, name) for name in names})
    if not told:
        section.text(words["nothing"])
    into.sections.append(section)
    into.add_json("data/complaints.json", told)


def add_matters(subject: Subject, into: Gathered) -> None:
    """The limitation of each loan, and each matter with its steps and costs."""
    words, section = subject.words, Section(subject.words["matters"])
    found = limitations(subject.loans)
    section.table(
        [words["loan"], words["began"], words["because"], words["last_day"]],
        [
            [one.loan, instant(one.began_at), subject.said("because", one.because), subject.day(one.last_day)]
            for one in found.values()
        ],
        ["1fr", "auto", "auto", "auto"],
    )
    matters = Matter.objects.filter(case__borrower=subject.borrower).prefetch_related("events", "costs")
    for one in matters.order_by("pk"):
        section.heading(f"{one.number} · {one.get_kind_display()} · {one.forum} {one.forum_number}".strip())
        section.table(
            [words["day"], words["stage"], words["note"]],
            [
                [
                    event.on.isoformat(),
                    str(event.get_stage_display()) if event.stage else "–",
                    event.note or "–",
                ]
                for event in sorted(one.events.all(), key=lambda event: event.pk)
            ],
            ["20mm", "35mm", "1fr"],
        )
        for cost in one.costs.all():
            section.text(f"{cost.get_what_display()}: {money(cost.amount, one.currency)}, {subject.day(cost.paid_on)}")
    into.sections.append(section)
