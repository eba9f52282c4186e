"""Opening and closing cases, singly by a person or many at once by a close; each change is a line in the time line."""

import datetime
from collections.abc import Collection, Iterable, Mapping

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from duly.collection.models import Case, CaseEvent, CaseLoan
from duly.collection.playbook import newest
from duly.contact.local_time import lender_date
from duly.contact.services import cancel_contacts

Kind = CaseEvent.Kind


def open_case(borrower_id: int, loan_ids: Collection[int], on: datetime.date, because: str) -> Case:
    """Open a borrower's case over `loan_ids`, or let the loans join the one that is open."""
    open_cases({borrower_id: loan_ids}, on, because)
    return Case.objects.get(borrower_id=borrower_id, closed_on=None)


def close_case(case: Case, on: datetime.date, because: str) -> None:
    """Close a case, its loans leaving it; whatever was still to be sent to the borrower is cancelled."""
    with transaction.atomic():
        _loans_leave(list(case.stays.filter(left_on=None)), on, because)
        _close([case], on, because)


def hold(borrower_ids: Collection[int], why: str, now: datetime.datetime | None = None) -> set[int]:
    """Cancel whatever was still to be sent to these borrowers, because something begins that stops their playbook.

    Rooms call it in the transaction in which a promise, plan, complaint or the like begins; `why` goes into the time
    lines. Those who have a case or had something planned are returned. A few queries, whatever the number.
    """
    with transaction.atomic():
        concerned = cancel_contacts(borrower_ids, why)
        cases = list(Case.objects.filter(borrower_id__in=list(borrower_ids), closed_on=None))
        on = lender_date(now or timezone.now())
        _tell(CaseEvent(case=case, business_date=on, kind=Kind.HELD, because=why[:300]) for case in cases)
    return concerned | {case.borrower_id for case in cases}


def open_cases(late: Mapping[int, Iterable[int]], on: datetime.date, because: str) -> int:
    """Open a case for each borrower in `late` (borrower → their loans) who has none; how many were opened.

    Loans that are in an open case already stay where they are. A handful of queries, whatever the number of borrowers.
    """
    with transaction.atomic():
        case_of = {case.borrower_id: case for case in Case.objects.filter(borrower_id__in=list(late), closed_on=None)}
        playbook = newest()
        opened = [
            Case(borrower_id=borrower_id, opened_on=on, playbook=playbook.id, playbook_version=playbook.version)
            for borrower_id in late
            if borrower_id not in case_of
        ]
        Case.objects.bulk_create(opened)
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


def _close(cases: list[Case], on: datetime.date, because: str) -> None:
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(closed_on=on)
    concerned = cancel_contacts([case.borrower_id for case in cases], because)
    for kind, changed in (
        (Kind.CONTACTS_CANCELLED, [case for case in cases if case.borrower_id in concerned]),
        (Kind.CLOSED, cases),
    ):
        _tell(CaseEvent(case=case, business_date=on, kind=kind, because=because) for case in changed)


def _tell(events: Iterable[CaseEvent]) -> None:
    CaseEvent.objects.bulk_create(events)
