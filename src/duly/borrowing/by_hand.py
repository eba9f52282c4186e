"""Decisions by people: what the policy refers is taken one by one, and decided alone or with a second person."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from duly.borrowing.applying import tell
from duly.borrowing.deciding import record_decision
from duly.borrowing.line_terms import parse_line_terms
from duly.borrowing.models import Application, ApplicationEvent, Decision
from duly.borrowing.reasons import FOR_APPROVAL, FOR_REFUSAL, reasons_of
from duly.borrowing.words import money_words
from duly.engine.errors import InputError
from duly.people import approvals
from duly.people.languages import language_now
from duly.people.models import Approval
from duly.people.roles import Role
from duly.risk.policy import APPROVE, REFUSE, Grade, parse_policy

DECIDE = "decide_application"


@dataclass(frozen=True)
class Verdict:
    """What somebody decides: the outcome, the limit (minor units) and the grade, the codes of the reasons, a note."""

    outcome: str
    limit: int
    grade: str
    reasons: Sequence[str]
    note: str = ""


def take(application: Application, by: User, at: datetime.datetime) -> None:
    """`by` looks at a referred application from now on. Raises InputError when somebody else does."""
    with transaction.atomic():
        held = _referred(application)
        if held.taken_by == by.get_username():
            return
        if held.taken_by:
            raise InputError(
                gettext("%(user)s is looking at this one.") % {"user": held.taken_by},
                "/application",
                gettext("Take another, or ask them."),
            )
        _hand_to(held, by.get_username(), ApplicationEvent.Kind.TAKEN, at, by)
    application.refresh_from_db()


def put_back(application: Application, by: User, at: datetime.datetime) -> None:
    """It waits for anybody again. Raises InputError when `by` has not taken it."""
    with transaction.atomic():
        held = _taken_by(application, by)
        _hand_to(held, "", ApplicationEvent.Kind.PUT_BACK, at, by)
    application.refresh_from_db()


def grades_of(decision: Decision) -> list[Grade]:
    """The grades that a person may give: those of the policy that was in force, which say the rate."""
    return [grade for grade in parse_policy(decision.policy.text).grades if grade.outcome != REFUSE]


def decide_by_hand(
    application: Application, by: User, verdict: Verdict, at: datetime.datetime, on: datetime.date
) -> Decision | None:
    """`by` decides what they have taken; None where a second person is asked first.

    A limit above what one person may give, or anything that the policy would not have given, waits for another's
    approval. Raises InputError.
    """
    with transaction.atomic():
        held = _taken_by(application, by)
        if waiting_approval(held) is not None:
            raise InputError(
                gettext("This waits for a second person already."), "/application", gettext("Wait for them.")
            )
        last = last_decision(held)
        _check(held, verdict, last)
        if needs_second_person(held, verdict, last):
            content = {
                "application": held.reference,
                "outcome": verdict.outcome,
                "limit": verdict.limit,
                "grade": verdict.grade,
                "reasons": list(verdict.reasons),
                "note": verdict.note,
                "by": by.get_username(),
            }
            approvals.ask(DECIDE, content, by, held.reference)
            tell(held, ApplicationEvent.Kind.SECOND_PERSON_ASKED, at, by.get_username())
            return None
        decision = _record(held, verdict, last, at, on, by.get_username(), "")
    application.refresh_from_db()
    return decision


def needs_second_person(application: Application, verdict: Verdict, last: Decision) -> bool:
    """Whether `verdict` is above one person's authority, or not what the policy would have given."""
    if verdict.outcome != Decision.Outcome.APPROVED:
        return False
    alone = parse_line_terms(application.product.terms).one_person_limit
    return verdict.limit > alone or is_against_policy(verdict, last)


def is_against_policy(verdict: Verdict, last: Decision) -> bool:
    """Whether the policy refused this, or would have given less."""
    review = last.papers.content["review"]
    if verdict.outcome != Decision.Outcome.APPROVED:
        return False
    return review["outcome"] == Decision.Outcome.REFUSED or verdict.limit > review["proposed_limit"]


def waiting_approval(application: Application) -> Approval | None:
    """The approval that a decision on it waits for, or None."""
    waiting = Approval.objects.filter(kind=DECIDE, about=application.reference, state=Approval.State.WAITING)
    return waiting.select_related("asked_by").order_by("pk").last()


def last_decision(application: Application) -> Decision:
    """The last answer to an application. Raises InputError when there is none yet."""
    last = application.decisions.select_related("policy", "scorecard", "papers").order_by("decided_at", "pk").last()
    if last is None:
        raise InputError(gettext("The policy has not looked at this yet."), "/application", gettext("Wait for it."))
    return last


def shown(content: dict[str, Any]) -> list[tuple[str, str]]:
    """A decision that waits, in words, for the second person."""
    application = Application.objects.select_related("product").get(reference=content["application"])
    among = {**FOR_APPROVAL, **FOR_REFUSAL}
    language = language_now()
    return [
        (gettext("Application"), content["application"]),
        (gettext("Limit"), money_words(content["limit"], application.product.currency)),
        (gettext("Grade"), content["grade"]),
        (gettext("Reasons"), "; ".join(getattr(among[code], language) for code in content["reasons"])),
        (gettext("Note"), content["note"]),
    ]


@approvals.carries_out(
    DECIDE,
    title=gettext_lazy("Approve an application"),
    approvers=[Role.UNDERWRITER, Role.COMPLIANCE],
    shown=shown,
)
def _decide_with_two(said: dict[str, Any], approval: Approval) -> str:
    held = _referred(Application.objects.get(reference=said["application"]))
    verdict = Verdict(said["outcome"], said["limit"], said["grade"], said["reasons"], said["note"])
    at, on = timezone.now(), timezone.localdate()
    _record(held, verdict, last_decision(held), at, on, said["by"], approval.decided_by.get_username())
    return f"{held.reference}: {verdict.outcome}"


def _record(
    held: Application,
    verdict: Verdict,
    last: Decision,
    at: datetime.datetime,
    on: datetime.date,
    by: str,
    approved_by: str,
) -> Decision:
    approved = verdict.outcome == Decision.Outcome.APPROVED
    grade = {one.name: one for one in grades_of(last)}.get(verdict.grade)
    among = FOR_APPROVAL if approved else FOR_REFUSAL
    return record_decision(
        held,
        verdict.outcome,
        limit=verdict.limit,
        annual_rate=grade.annual_rate if grade else 0,
        grade=verdict.grade if approved else last.grade,
        score=last.score,
        reasons=[reason.as_json() for reason in reasons_of(list(verdict.reasons), among)],
        policy=last.policy,
        scorecard=last.scorecard,
        papers={**last.papers.content, "note": verdict.note},
        at=at,
        on=on,
        decided_by=by,
        approved_by=approved_by,
        against_policy=is_against_policy(verdict, last),
    )


def _check(held: Application, verdict: Verdict, last: Decision) -> None:
    approved = verdict.outcome == Decision.Outcome.APPROVED
    if verdict.outcome not in (Decision.Outcome.APPROVED, Decision.Outcome.REFUSED):
        raise InputError(gettext("Approve or refuse."), "/outcome", gettext("Choose one of the two."))
    reasons_of(list(verdict.reasons), FOR_APPROVAL if approved else FOR_REFUSAL)
    if not approved:
        return
    least = parse_line_terms(held.product.terms).amount_least
    if verdict.limit < least:
        raise InputError(
            gettext("The limit is below the smallest drawdown, %(least)s.")
            % {"least": money_words(least, held.product.currency)},
            "/limit",
            gettext("Give at least that, or refuse."),
        )
    if verdict.grade not in {grade.name for grade in grades_of(last) if grade.outcome == APPROVE or grade.annual_rate}:
        raise InputError(gettext("The policy has no such grade."), "/grade", gettext("Choose one from the list."))


def _hand_to(held: Application, whom: str, kind: str, at: datetime.datetime, by: User) -> None:
    held.taken_by = whom
    held.save(update_fields=["taken_by"])
    tell(held, kind, at, by.get_username())


def _referred(application: Application) -> Application:
    held = (
        Application.objects.select_for_update(of=("self",)).select_related("product", "borrower").get(pk=application.pk)
    )
    if held.state != Application.State.REFERRED:
        raise InputError(
            gettext("This application does not wait for a person."), "/application", gettext("Look at it again.")
        )
    return held


def _taken_by(application: Application, by: User) -> Application:
    held = _referred(application)
    if held.taken_by != by.get_username():
        raise InputError(gettext("You have not taken this application."), "/application", gettext("Take it first."))
    return held
