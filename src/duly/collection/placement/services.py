"""Placing cases with agencies, taking them back, and who may contact whom meanwhile."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from duly.agencies.models import Agency, Mandate
from duly.agencies.services import agency_of, mandate_in_force
from duly.collection import services as cases
from duly.collection import timeline
from duly.collection.models import Case, CaseLoan
from duly.collection.placement.dealing import Dealt, deal, reasons_against
from duly.collection.placement.models import Batch, PlacedLoan, Placement
from duly.collection.placement.rules import read_rules
from duly.contact.local_time import lender_date
from duly.contact.models import PlannedContact
from duly.contact.owed import what_is_owed
from duly.contact.reachability import unreachable
from duly.contact.services import Proposal, plan_contacts
from duly.engine.errors import InputError
from duly.identity.services import revoke
from duly.people.approvals import Approval, ask, carries_out
from duly.people.models import Borrower
from duly.people.roles import Role

Ended = Placement.Ended
NOTICE_KEPT_FOR = datetime.timedelta(days=14)
A_DAY = datetime.timedelta(days=1)


def prepare_batch(rules: str, by: User, now: datetime.datetime) -> tuple[Batch, Dealt]:
    """Deal the open cases by `rules` (TOML) and keep the outcome as a batch to be looked at. Places nothing.

    Raises InputError when the rules cannot be, or no case may be placed.
    """
    dealt = deal(read_rules(rules), now)
    if not dealt.cases:
        raise InputError("no case may be placed by these rules", "", "loosen the rules, or wait")
    batch = Batch.objects.create(
        rules=rules,
        dealt=[[one.case_id, code] for one, code in dealt.cases],
        left_out=dict(dealt.left_out),
        made_by=by,
        made_at=now,
    )
    return batch, dealt


def ask_to_place(batch: Batch, by: User) -> Approval:
    """Ask for a batch to be placed; a second person has to agree. Raises InputError when it is placed already."""
    if batch.placed_at is not None:
        raise InputError("the batch is placed already", "/batch", "make another")
    return ask("place_batch", {"batch": batch.pk, "cases": len(batch.dealt)}, by, f"batch {batch.pk}")


@carries_out("place_batch", approvers=[Role.LEGAL, Role.COMPLIANCE])
def place_batch(content: dict[str, Any], approval: Approval) -> str:
    """Place a batch that a second person has agreed to."""
    batch = Batch.objects.select_for_update().get(pk=content["batch"])
    placed = place(batch, approval.decided_by, timezone.now())
    return f"{len(placed)} of {len(batch.dealt)}"


def place(batch: Batch, by: User, now: datetime.datetime) -> list[Placement]:
    """Place the cases of a batch that may still be placed; the borrowers are told. Twenty queries or so, in all.

    A case that has closed, was placed, or that a rule now leaves out, is passed over. Raises InputError when the batch
    is placed already.
    """
    if batch.placed_at is not None:
        raise InputError("the batch is placed already", "/batch", "make another")
    code_of = {int(case_id): code for case_id, code in batch.dealt}
    with transaction.atomic():
        mandates = _mandates(set(code_of.values()), now)
        found = list(Case.objects.filter(pk__in=code_of, closed_on=None).select_related("standing").order_by("pk"))
        rules = read_rules(batch.rules)
        against = reasons_against(found, rules, now)
        taken = set(
            _open().filter(borrower__in=[case.borrower_id for case in found]).values_list("borrower", flat=True)
        )
        on = lender_date(now)
        placed = [
            Placement(
                batch=batch,
                agency=mandates[code_of[case.pk]].agency,
                mandate=mandates[code_of[case.pk]],
                case=case,
                borrower_id=case.borrower_id,
                placed_on=on,
                placed_at=now,
                expires_on=min(on + rules.placed_for_days * A_DAY, mandates[code_of[case.pk]].ends_on),
            )
            for case in found
            if case.pk not in against and case.borrower_id not in taken and code_of[case.pk] in mandates
        ]
        # The playbook of the lender rests while the agency works the case.
        cases.hold([one.borrower_id for one in placed], "placed with an agency", now)
        Placement.objects.bulk_create(placed)
        _add_loans(placed, on)
        _give_notice(placed, now)
        batch.placed_by, batch.placed_at = by, now
        batch.save(update_fields=["placed_by", "placed_at"])
        _tell(placed, "placed", now)
    return placed


def recall(
    placements: Collection[Placement], ended: str, because: str, now: datetime.datetime, by: User | None = None
) -> list[Placement]:
    """Take cases back, at once: what the agency had planned is cancelled, its codes answer no more, its desk is empty.

    Those that have ended already are passed over. A handful of queries, whatever the number.
    """
    if not because.strip():
        raise InputError("there is no reason", "/because", "say why: it stays on record")
    with transaction.atomic():
        going = list(_open().select_for_update().filter(pk__in=[one.pk for one in placements]))
        if not going:
            return []
        on = lender_date(now)
        for one in going:
            one.ended, one.ended_at, one.ended_on = ended, max(now, one.placed_at), max(on, one.placed_on)
            one.because, one.ended_by = because[:300], by
        Placement.objects.bulk_update(going, ["ended", "ended_at", "ended_on", "because", "ended_by"], batch_size=500)
        by_agency = defaultdict(list)
        for one in going:
            by_agency[one.agency].append(one.borrower_id)
        for agency, borrower_ids in by_agency.items():
            PlannedContact.objects.filter(
                agency=agency, borrower_id__in=borrower_ids, status=PlannedContact.Status.PLANNED
            ).update(status=PlannedContact.Status.CANCELLED, why=f"taken back: {because}"[:500])
            revoke(now, "recalled", agency=agency, borrower_ids=borrower_ids)
        _tell(going, "recalled", now, because)
    return going


def placed_now(agency: Agency) -> QuerySet[Placement]:
    """The cases that `agency` has now, oldest first."""
    return _open().filter(agency=agency).order_by("placed_at", "pk")


def borrowers_of_staff(user: User | AnonymousUser) -> Q:
    """The borrowers whom somebody who works for an agency may see: those placed with it now, while it may act."""
    agency = agency_of(user, timezone.now())
    return Q(pk__in=_open().filter(agency=agency).values("borrower")) if agency else Q(pk__in=())


def borrowers_refused(agency_id: int, borrower_ids: Collection[int], at: datetime.datetime) -> dict[int, str]:
    """Whom an agency may not contact at `at`, and why: not placed with it, or not told of it for long enough. One
    query."""
    rows = Placement.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=at), agency_id=agency_id, borrower_id__in=borrower_ids
    ).values_list("borrower_id", "notice__message__sent_at", "mandate__notice_days")
    refused = dict.fromkeys(borrower_ids, "the case is not placed with this agency")
    for borrower_id, sent_at, days in rows:
        opens = contact_from(sent_at, days)
        if opens is None:
            refused[borrower_id] = "the borrower has not been told of the agency yet"
        elif opens > at:
            refused[borrower_id] = f"the days of notice run until {opens:%Y-%m-%d %H:%M} UTC"
        else:
            del refused[borrower_id]
    return refused


def contact_from(notice_sent_at: datetime.datetime | None, notice_days: int) -> datetime.datetime | None:
    """From which instant the agency may contact the borrower; None while the notice has not left."""
    return None if notice_sent_at is None else notice_sent_at + notice_days * A_DAY


def borrowers_stopped(borrower_ids: Collection[int], on: datetime.date) -> dict[int, str]:
    """Whose playbook rests on a date because an agency has the case. One query."""
    rows = Placement.objects.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=on), borrower_id__in=borrower_ids)
    return {borrower: f"with {name}" for borrower, name in rows.values_list("borrower_id", "agency__name")}


def work_day(day: datetime.date, now: datetime.datetime) -> None:
    """After a close: take back what is over (expired, closed, mandate over), and let loans join that became late."""
    waiting = list(_open().select_related("case", "agency", "mandate"))
    allowed = {one.agency_id: mandate_in_force(one.agency, now) for one in waiting}
    over: dict[tuple[str, str], list[Placement]] = defaultdict(list)
    for one in waiting:
        if one.case.closed_on is not None:
            over[Ended.CLOSED, "the case is closed"].append(one)
        elif one.expires_on < day:
            over[Ended.EXPIRED, "the time of the placement is over"].append(one)
        elif one.agency.suspended_at is None and allowed[one.agency_id] is None:
            over[Ended.MANDATE, "the mandate is over"].append(one)
    for (ended, because), some in over.items():
        recall(some, ended, because, now)
    gone = {one.pk for some in over.values() for one in some}
    _add_loans([one for one in waiting if one.pk not in gone], day)


def recall_paid(loan_ids: Collection[int], **_: object) -> int:
    """Take back the placed cases of these loans in which nothing is overdue any more; how many. On `money_arrived`."""
    touched = list(_open().filter(placed__loan__in=loan_ids).distinct().prefetch_related("placed"))
    if not touched:
        return 0
    now = timezone.now()
    owed = what_is_owed({loan.loan_id for one in touched for loan in one.placed.all()}, lender_date(now))
    paid = [one for one in touched if all(owed[loan.loan_id].overdue == 0 for loan in one.placed.all())]
    return len(recall(paid, Ended.PAID, "nothing is overdue any more", now))


def recall_protected(borrower_id: int, kind: str, now: datetime.datetime) -> None:
    """Take a borrower's case back because a circumstance begins that the rules of its batch leave out."""
    for one in _open().filter(borrower=borrower_id).select_related("batch"):
        if kind in read_rules(one.batch.rules).leave_out:
            recall([one], Ended.COMPLAINT, kind, now)


def recall_mandate(mandate: Mandate, why: str, at: datetime.datetime, **_: object) -> None:
    """A mandate is revoked: its cases come back and its codes answer no more. Heard on `mandate_stopped`."""
    recall(list(_open().filter(mandate=mandate)), Ended.MANDATE, f"mandate revoked: {why}", at)
    revoke(at, "mandate", mandate=mandate)


def stop_agency(agency: Agency, why: str, at: datetime.datetime, **_: object) -> None:
    """An agency is suspended: what it had planned is cancelled, its codes answer no more. Heard on `agency_stopped`.

    The cases stay placed, out of its sight, until somebody takes them back or the suspension ends.
    """
    PlannedContact.objects.filter(agency=agency, status=PlannedContact.Status.PLANNED).update(
        status=PlannedContact.Status.CANCELLED, why=f"agency suspended: {why}"[:500]
    )
    revoke(at, "suspended", agency=agency)


def _open() -> QuerySet[Placement]:
    return Placement.objects.filter(ended_at=None)


def _mandates(codes: set[str], now: datetime.datetime) -> dict[str, Mandate]:
    found = {one.code: mandate_in_force(one, now) for one in Agency.objects.filter(code__in=codes)}
    return {code: mandate for code, mandate in found.items() if mandate is not None}


def _add_loans(placements: Iterable[Placement], on: datetime.date) -> None:
    """Put on record the late loans of each placement's case that are not there yet. Five queries."""
    of_case = {one.case_id: one for one in placements}
    there = set(PlacedLoan.objects.filter(placement__in=of_case.values()).values_list("placement", "loan"))
    stays = CaseLoan.objects.filter(case_id__in=of_case, left_on=None).values_list("case_id", "loan_id")
    new = [(of_case[case], loan) for case, loan in stays if (of_case[case].pk, loan) not in there]
    owed = what_is_owed({loan for _, loan in new}, on) if new else {}
    PlacedLoan.objects.bulk_create(
        PlacedLoan(
            placement=one,
            loan_id=loan,
            oldest_due_on=owed[loan].oldest_unpaid_due_on,
            overdue=owed[loan].overdue,
            currency=owed[loan].currency,
        )
        for one, loan in new
        if owed[loan].oldest_unpaid_due_on is not None
    )


def _give_notice(placed: list[Placement], now: datetime.datetime) -> None:
    """Tell each borrower which agency will speak to them, from when, under which mandate; by e-mail, else letter."""
    lost = unreachable([one.borrower_id for one in placed])
    people = Borrower.objects.in_bulk([one.borrower_id for one in placed])
    loans = defaultdict(list)
    rows = PlacedLoan.objects.filter(placement__in=placed).values_list("placement_id", "loan_id", "oldest_due_on")
    late: dict[int, int] = defaultdict(int)
    for placement_id, loan_id, due_on in rows:
        loans[placement_id].append(loan_id)
        late[placement_id] = max(late[placement_id], (lender_date(now) - due_on).days)
    proposals = [
        Proposal(
            idempotency_key=f"placement:{one.pk}",
            borrower_id=one.borrower_id,
            loan_ids=loans[one.pk],
            template=(
                "placement_notice"
                if people[one.borrower_id].email and "email" not in lost.get(one.borrower_id, ())
                else "placement_notice_letter"
            ),
            planned_for=now,
            expires_at=now + NOTICE_KEPT_FOR,
            days_past_due=late[one.pk],
            words={
                "placed_with": one.agency.name,
                "placed_with_licence": one.agency.licence,
                "placed_with_phone": one.agency.telephone,
                "mandate": one.mandate.number,
                "notice_days": str(one.mandate.notice_days),
            },
        )
        for one in placed
    ]
    notices = {one.idempotency_key: one for one in plan_contacts(proposals, now)}
    for one in placed:
        one.notice = notices.get(f"placement:{one.pk}")
    Placement.objects.bulk_update(placed, ["notice"], batch_size=500)


def _tell(placements: Collection[Placement], kind: str, now: datetime.datetime, because: str = "") -> None:
    by_agency = defaultdict(list)
    for one in placements:
        by_agency[one.agency.name].append(one.borrower_id)
    for name, borrower_ids in by_agency.items():
        timeline.note_all(borrower_ids, kind, f"{name}: {because}" if because else name, now)
