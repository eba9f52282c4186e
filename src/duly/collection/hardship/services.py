"""Relief that a borrower asks for: the application and its papers, granted or declined by people, taken back."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext, gettext_lazy

from duly.borrowing.documents import checked
from duly.borrowing.lines import new_reference
from duly.borrowing.models.kept import BY_BORROWER
from duly.borrowing.sealed import seal
from duly.collection import services as cases
from duly.collection import timeline
from duly.collection.hardship.models import HardshipApplication, HardshipPaper
from duly.collection.hardship.policy import hardship_policy
from duly.collection.hardship.protecting import ONE_DAY, end_protection, open_protections, protect
from duly.contact.local_time import lender_date
from duly.engine.errors import InputError
from duly.people import approvals
from duly.people.models import Approval, Borrower
from duly.people.roles import Role

KIND = "grant_hardship"
MOST_PAPERS = 8
Reason = HardshipApplication.Reason
State = HardshipApplication.State
REASONS = {
    Reason.ILLNESS: gettext_lazy("I am ill, or was"),
    Reason.LOST_WORK: gettext_lazy("I lost my work"),
    Reason.LESS_INCOME: gettext_lazy("I earn less than before"),
    Reason.FAMILY: gettext_lazy("Something happened in my family"),
    Reason.DISASTER: gettext_lazy("A disaster, an accident"),
    Reason.OTHER: gettext_lazy("Something else"),
}


def apply_for_relief(
    borrower: Borrower, reason: str, words: str, *, by: str = BY_BORROWER, at: datetime.datetime, key: str
) -> HardshipApplication:
    """Ask for relief; while it is looked at, the playbook rests. The same `key` again gives the first one back.

    Raises InputError for an unknown reason, and while an application waits or relief is in force.
    """
    if reason not in Reason.values:
        raise InputError(gettext("This is not a reason."), "/reason", gettext("Choose what comes nearest."))
    there = HardshipApplication.objects.filter(key=key).first()
    if there is not None:
        return there
    with transaction.atomic():
        Borrower.objects.select_for_update().get(pk=borrower.pk)
        if borrower.hardship_applications.filter(state=State.WAITING).exists():
            raise InputError(gettext("You have asked already."), "/reason", gettext("We answer soon."))
        if any(one.kind == "hardship" for one in open_protections(borrower, at)):
            raise InputError(gettext("You have relief now."), "/reason", gettext("Ask again before it ends."))
        made = HardshipApplication.objects.create(
            reference=new_reference("H"),
            key=key,
            borrower=borrower,
            reason=reason,
            words=words.strip(),
            asked_on=lender_date(at),
            asked_at=at,
            by=by,
        )
        cases.hold([borrower.pk], "relief was asked for", at)
        timeline.note(borrower, "hardship_asked", reason.replace("_", " "), at)
    return made


def add_paper(application: HardshipApplication, called: str, content: bytes, at: datetime.datetime) -> HardshipPaper:
    """Keep a paper with an application that waits: checked and sealed as every paper is. Raises InputError."""
    harmless, media_type = checked(content)
    with transaction.atomic():
        held = _waiting(application)
        if held.papers.count() >= MOST_PAPERS:
            raise InputError(
                gettext("There are %(count)s papers already.") % {"count": MOST_PAPERS},
                "/file",
                gettext("These are enough."),
            )
        return HardshipPaper.objects.create(
            application=held, file=seal(harmless, media_type), called=called[:200], uploaded_at=at
        )


def withdraw_application(application: HardshipApplication, at: datetime.datetime) -> None:
    """The borrower takes it back while it waits. Raises InputError afterwards."""
    with transaction.atomic():
        held = _waiting(application)
        held.state = State.WITHDRAWN
        held.save(update_fields=["state"])
        timeline.note(held.borrower, "hardship_withdrawn", "", at)


def grant_relief(
    application: HardshipApplication, days: int, *, by: User, why: str, at: datetime.datetime
) -> HardshipApplication | None:
    """Grant relief for `days`: penalty interest does not grow, and the playbook rests. None: it waits for a second one.

    Longer than what one person may grant waits for another's agreement. Raises InputError for a length that is never
    granted, without a reason, and for an application that is decided.
    """
    policy = hardship_policy()
    if not 1 <= days <= policy.at_most_days:
        raise InputError(
            gettext("Relief is not granted for so long."),
            "/days",
            gettext("Give 1 to %(most)s days.") % {"most": policy.at_most_days},
        )
    if not why.strip():
        raise InputError(gettext("A decision needs a reason."), "/why", gettext("Say in a line why."))
    with transaction.atomic():
        held = _waiting(application)
        if days > policy.alone_days:
            content = {"application": held.reference, "days": days, "why": why.strip(), "by": by.get_username()}
            approvals.ask(KIND, content, by, held.borrower.reference)
            return None
        return _grant(held, days, why, at, by, "")


def decline_relief(
    application: HardshipApplication, *, by: User, why: str, at: datetime.datetime
) -> HardshipApplication:
    """Decline, and say why: the borrower reads it. Raises InputError without a reason, or once it is decided."""
    if not why.strip():
        raise InputError(gettext("A decision needs a reason."), "/why", gettext("Say in a line why."))
    with transaction.atomic():
        held = _waiting(application)
        _decide(held, State.DECLINED, why, at, by.get_username(), "")
        timeline.note(held.borrower, "hardship_declined", "", at, by)
    return held


def waiting_approval(application: HardshipApplication) -> Approval | None:
    """What a decision on it waits for, or None."""
    waiting = Approval.objects.filter(kind=KIND, about=application.borrower.reference, state=Approval.State.WAITING)
    return next((one for one in waiting if one.content["application"] == application.reference), None)


def _grant(
    held: HardshipApplication, days: int, why: str, at: datetime.datetime, by: User, approved_by: str
) -> HardshipApplication:
    made = protect(held.borrower, "hardship", by=by, at=at, days=days, note=held.get_reason_display())
    held.circumstance, held.until = made, lender_date(at) + (days - 1) * ONE_DAY
    _decide(held, State.GRANTED, why, at, by.get_username(), approved_by)
    return held


def _decide(held: HardshipApplication, state: str, why: str, at: datetime.datetime, by: str, approved_by: str) -> None:
    held.state, held.why, held.decided_at = state, why.strip(), at
    held.decided_by, held.approved_by = by, approved_by
    held.save()


def _waiting(application: HardshipApplication) -> HardshipApplication:
    held = HardshipApplication.objects.select_for_update(of=("self",)).select_related("borrower").get(pk=application.pk)
    if held.state != State.WAITING:
        raise InputError(gettext("This application is decided."), "/application", gettext("Look at it again."))
    return held


def _shown(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    application = HardshipApplication.objects.select_related("borrower").get(reference=content["application"])
    return [
        (gettext("Borrower"), application.borrower.reference),
        (gettext("Reason"), str(REASONS[Reason(application.reason)])),
        (gettext("Days"), str(content["days"])),
        (gettext("Why"), content["why"]),
    ]


@approvals.carries_out(
    KIND,
    title=gettext_lazy("Grant relief for longer"),
    approvers=[Role.LEGAL, Role.COMPLIANCE],
    shown=_shown,
)
def _carry_out(content: dict[str, Any], approval: Approval) -> str:
    held = _waiting(HardshipApplication.objects.get(reference=content["application"]))
    second = approval.decided_by.get_username() if approval.decided_by else ""
    at = approval.decided_at or approval.asked_at
    granted = _grant(held, content["days"], content["why"], at, approval.asked_by, second)
    return f"until {granted.until}"


__all__ = [
    "REASONS",
    "add_paper",
    "apply_for_relief",
    "decline_relief",
    "end_protection",
    "grant_relief",
    "open_protections",
    "protect",
    "waiting_approval",
    "withdraw_application",
]
