"""Opening, moving, pausing and closing cases, by a person or by a close; each change is a line in the time line."""

import datetime
from collections.abc import Collection, Iterable, Mapping

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from duly.collection import timeline
from duly.collection.drawing import begin_playbooks
from duly.collection.models import Assignment, Case, CaseEvent, CaseLoan, CaseStanding
from duly.collection.playbook import names, newest, version
from duly.collection.tasks import cancel_tasks
from duly.contact.local_time import lender_date
from duly.contact.services import cancel_contacts
from duly.engine.errors import InputError

Kind = CaseEvent.Kind
LONGEST = timeline.LONGEST


def open_case(borrower_id: int, loan_ids: Collection[int], on: datetime.date, because: str) -> Case:
    """Open a borrower's case over `loan_ids`, or let the loans join the one that is open."""
    open_cases({borrower_id: loan_ids}, on, because)
    return Case.objects.get(borrower_id=borrower_id, closed_on=None)


def close_case(case: Case, on: datetime.date, because: str, by: User | None = None) -> None:
    """Close a case, its loans leaving it; whatever was still to be sent or done is cancelled.

    Raises InputError without a reason, or when it is closed already.
    """
    _must_be_open(case, because)
    with transaction.atomic():
        _loans_leave(list(case.stays.filter(left_on=None)), on, because)
        _close([case], on, because, by)


def pause_case(case: Case, until: datetime.date | None, because: str, now: datetime.datetime, by: User) -> None:
    """Let a case's playbook rest until a date, that day included, or until somebody ends the pause (None).

    What was planned is cancelled. Raises InputError without a reason, for a date that is past, or a closed case.
    """
    _must_be_open(case, because)
    today = lender_date(now)
    if until is not None and until < today:
        raise InputError(f"{until} is past", "/until", "give today or a later date, or none")
    with transaction.atomic():
        standing = _standing_of(case)
        standing.paused_on, standing.paused_until, standing.paused_because = today, until, because[:LONGEST]
        standing.save(update_fields=["paused_on", "paused_until", "paused_because"])
        cancel_contacts([case.borrower_id], f"paused: {because}")
        cancel_tasks([case.borrower_id], f"paused: {because}", today)
        timeline.note(case, Kind.PAUSED, because + (f" (until {until})" if until else ""), now, by)


def resume_case(case: Case, because: str, now: datetime.datetime, by: User) -> None:
    """End a case's pause: its playbook goes on with the next close.

    Raises InputError without a reason, or when the case is not paused.
    """
    _must_be_open(case, because)
    with transaction.atomic():
        standing = _standing_of(case)
        if standing.paused_on is None:
            raise InputError("the case is not paused", "", "there is nothing to end")
        standing.paused_on, standing.paused_until, standing.paused_because = None, None, ""
        standing.save(update_fields=["paused_on", "paused_until", "paused_because"])
        timeline.note(case, Kind.RESUMED, because, now, by)


def move_case(case: Case, playbook_id: str, because: str, now: datetime.datetime, by: User) -> None:
    """Let a case go on with the newest version of another playbook, or with a newer version of its own.

    What was planned by the old one is cancelled. Raises InputError without a reason, for a playbook that there is
    not, or the very version that the case follows.
    """
    _must_be_open(case, because)
    if playbook_id not in names():
        raise InputError(f"there is no playbook {playbook_id!r}", "/playbook", f"use one of {', '.join(names())}")
    target = newest(playbook_id)
    if (case.playbook, case.playbook_version) == (target.id, target.version):
        raise InputError("the case follows it already", "/playbook", "choose another one")
    with transaction.atomic():
        moved = f"{case.playbook} {case.playbook_version} → {target.id} {target.version}: {because}"
        case.playbook, case.playbook_version = target.id, target.version
        case.save(update_fields=["playbook", "playbook_version"])
        cancel_contacts([case.borrower_id], "another playbook takes over")
        cancel_tasks([case.borrower_id], "another playbook takes over", lender_date(now))
        timeline.note(case, Kind.PLAYBOOK_MOVED, moved, now, by)


def hold(borrower_ids: Collection[int], why: str, now: datetime.datetime | None = None) -> set[int]:
    """Cancel whatever was still to be sent or done, because something begins that stops these borrowers' playbook.

    Rooms call it in the transaction in which a promise, plan, complaint or the like begins; `why` goes into the time
    lines. Those who have a case or had something planned are returned. A few queries, whatever the number.
    """
    with transaction.atomic():
        concerned = cancel_contacts(borrower_ids, why)
        cases = list(Case.objects.filter(borrower_id__in=list(borrower_ids), closed_on=None))
        on = lender_date(now or timezone.now())
        concerned |= cancel_tasks(borrower_ids, why, on)
        _tell(CaseEvent(case=case, business_date=on, kind=Kind.HELD, because=why[:LONGEST]) for case in cases)
    return concerned | {case.borrower_id for case in cases}


def open_cases(late: Mapping[int, Iterable[int]], on: datetime.date, because: str) -> int:
    """Open a case for each borrower in `late` (borrower → their loans) who has none; how many were opened.

    Loans that are in an open case already stay where they are. A handful of queries, whatever the number of borrowers.
    """
    with transaction.atomic():
        case_of = {case.borrower_id: case for case in Case.objects.filter(borrower_id__in=list(late), closed_on=None)}
        opened = [Case(borrower_id=borrower_id, opened_on=on) for borrower_id in late if borrower_id not in case_of]
        drawn = begin_playbooks(opened, on)
        Case.objects.bulk_create(opened)
        Assignment.objects.bulk_create(drawn)
        CaseStanding.objects.bulk_create(
            CaseStanding(case=case, stage=version(case.playbook, case.playbook_version).stages[0].id) for case in opened
        )
        case_of.update({case.borrower_id: case for case in opened})
        wanted = {loan_id: case_of[borrower_id] for borrower_id, loans in late.items() for loan_id in loans}
        staying = set(CaseLoan.objects.filter(loan_id__in=wanted, left_on=None).values_list("loan_id", flat=True))
        joining = {loan_id: case for loan_id, case in wanted.items() if loan_id not in staying}
        CaseLoan.objects.bulk_create(
            CaseLoan(case=case, loan_id=loan_id, joined_on=on) for loan_id, case in joining.items()
        )
        _tell(
            [CaseEvent(case=case, business_date=on, kind=Kind.OPENED, because=because) for case in opened]
            + [
                CaseEvent(case=case, business_date=on, kind=Kind.LOAN_JOINED, because=because, loan_id=loan_id)
                for loan_id, case in joining.items()
            ]
        )
    return len(opened)


def loans_recover(reasons: Mapping[int, str], on: datetime.date) -> int:
    """Let loans (loan → why) that are overdue no more leave their cases; how many cases closed because none is left."""
    with transaction.atomic():
        stays = list(CaseLoan.objects.filter(loan_id__in=list(reasons), left_on=None).select_related("case"))
        if not stays:
            return 0
        for reason in set(reasons.values()):
            _loans_leave([stay for stay in stays if reasons[stay.loan_id] == reason], on, reason)
        still_late = CaseLoan.objects.filter(case=OuterRef("pk"), left_on=None)
        emptied = list(
            Case.objects.filter(~Exists(still_late), pk__in={stay.case_id for stay in stays}, closed_on=None)
        )
        _close(emptied, on, "nothing is overdue any more")
    return len(emptied)


def _loans_leave(stays: list[CaseLoan], on: datetime.date, because: str) -> None:
    CaseLoan.objects.filter(pk__in=[stay.pk for stay in stays]).update(left_on=on)
    _tell(
        CaseEvent(case_id=stay.case_id, business_date=on, kind=Kind.LOAN_LEFT, because=because, loan_id=stay.loan_id)
        for stay in stays
    )


def _close(cases: list[Case], on: datetime.date, because: str, by: User | None = None) -> None:
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(closed_on=on)
    borrower_ids = [case.borrower_id for case in cases]
    concerned = cancel_contacts(borrower_ids, because)
    cancel_tasks(borrower_ids, because, on)
    CaseStanding.objects.filter(case__in=cases).delete()
    for kind, changed in (
        (Kind.CONTACTS_CANCELLED, [case for case in cases if case.borrower_id in concerned]),
        (Kind.CLOSED, cases),
    ):
        _tell(CaseEvent(case=case, business_date=on, kind=kind, because=because[:LONGEST], by=by) for case in changed)


def _must_be_open(case: Case, because: str) -> None:
    if not because.strip():
        raise InputError("there is no reason", "/because", "say why: it stays in the time line")
    if case.closed_on is not None:
        raise InputError("the case is closed", "", "look at the borrower's open case, if there is one")


def _standing_of(case: Case) -> CaseStanding:
    standing, _ = CaseStanding.objects.select_for_update().get_or_create(
        case=case, defaults={"stage": version(case.playbook, case.playbook_version).stages[0].id}
    )
    return standing


def _tell(events: Iterable[CaseEvent]) -> None:
    CaseEvent.objects.bulk_create(events)
