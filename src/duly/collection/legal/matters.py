"""Matters: opened on a case, moved from stage to stage, with deadlines and costs, until they end with an outcome."""

import datetime
from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from duly.collection import timeline
from duly.collection.legal.limitation import begin_anew, begin_where_late
from duly.collection.legal.models import Cost, Deadline, Matter, MatterEvent
from duly.collection.models import Case
from duly.contact.local_time import lender_date
from duly.contact.owed import what_is_owed
from duly.engine.errors import InputError
from duly.lending.models import Loan

Kind, Stage, Outcome = Matter.Kind, Matter.Stage, Matter.Outcome

_IN_COURT = {
    Stage.PREPARED: (Stage.FILED,),
    Stage.FILED: (Stage.ACCEPTED,),
    Stage.ACCEPTED: (Stage.HEARD, Stage.DECIDED),
    Stage.HEARD: (Stage.DECIDED, Stage.AGREED),
    Stage.AGREED: (Stage.ENFORCING,),
    Stage.DECIDED: (Stage.ENFORCING,),
    Stage.ENFORCING: (),
    Stage.CLOSED: (),
}
# The ways from stage to stage; from any of them, a matter may be closed.
FLOW = {
    Kind.COURT: _IN_COURT,
    Kind.ARBITRATION: _IN_COURT,
    Kind.MEDIATION: {
        Stage.PREPARED: (Stage.INVITED,),
        Stage.INVITED: (Stage.TALKING, Stage.AGREED),
        Stage.TALKING: (Stage.AGREED,),
        Stage.AGREED: (),
        Stage.CLOSED: (),
    },
}
# A stage that lets the limitation begin anew, and why.
INTERRUPTS = {Stage.FILED: "suit", Stage.INVITED: "mediation", Stage.AGREED: "acknowledgement"}
# By these stages a judgment, an award or an agreement before the court is there.
DECIDED = (Stage.DECIDED, Stage.ENFORCING)
GRANTED = (Outcome.WON, Outcome.PARTLY_WON)


def open_matter(
    case: Case, kind: str, forum: str, *, by: str, now: datetime.datetime, key: str, loan_ids: Collection[int] = ()
) -> Matter:
    """Open a matter on `case` before `forum`, over the late loans of the case or those named; twice is once.

    What is claimed is what brings these loans up to date today. Raises InputError where nothing is late.
    """
    if kind not in Kind.values:
        raise InputError(gettext("It is not clear what kind of matter this is."), "/kind", gettext("Choose one."))
    if not forum.strip():
        raise InputError(gettext("The court or body is missing."), "/forum", gettext("Write its name."))
    if (there := Matter.objects.filter(idempotency_key=key).first()) is not None:
        return there
    on = lender_date(now)
    with transaction.atomic():
        loans = list(_late_loans(case, loan_ids, on))
        owed = what_is_owed([loan.pk for loan in loans], on)
        claimed = sum(owed[loan.pk].overdue for loan in loans)
        currencies = {owed[loan.pk].currency for loan in loans}
        if not claimed or len(currencies) != 1:
            raise InputError(
                gettext("There is nothing late in one currency to claim."), "/case", gettext("Name the loans to claim.")
            )
        matter = Matter.objects.create(
            case=case,
            idempotency_key=key,
            kind=kind,
            forum=forum.strip()[:200],
            claimed=claimed,
            currency=currencies.pop(),
            opened_on=on,
            opened_by=by,
        )
        matter.loans.set(loans)
        _tell(matter, on, by, stage=Stage.PREPARED)
        begin_where_late(loans, on, by)
        timeline.note(case, "matter", f"{matter.number}: {kind}, {matter.forum}", now)
    return matter


def next_stages(matter: Matter) -> list[Stage]:
    """Where the matter may go from here; closing apart, which is possible from everywhere."""
    return list(FLOW[Kind(matter.kind)][Stage(matter.stage)])


@transaction.atomic
def move_matter(
    matter: Matter,
    stage: str,
    on: datetime.date,
    *,
    by: str,
    note: str = "",
    forum_number: str = "",
    awarded: int | None = None,
) -> Matter:
    """The matter came to `stage` on a day. A decision says what was `awarded` (minor units). Raises InputError.

    Filing, asking for mediation and an agreement let the limitation of its loans begin anew.
    """
    held = _held(matter)
    if stage not in next_stages(held):
        raise InputError(
            gettext("The matter cannot go there from where it stands."), "/stage", gettext("Choose one of the stages.")
        )
    _check_day(held, on)
    if stage == Stage.DECIDED:
        if awarded is None or awarded < 0:
            raise InputError(
                gettext("A decision awards an amount, or zero."), "/awarded", gettext("Write what was awarded.")
            )
        held.awarded = awarded
    held.stage = stage
    held.forum_number = forum_number.strip()[:100] or held.forum_number
    held.save(update_fields=["stage", "forum_number", "awarded"])
    _tell(held, on, by, note=note, stage=stage)
    if because := INTERRUPTS.get(Stage(stage)):
        at = timezone.make_aware(datetime.datetime.combine(on, datetime.time(12)))
        for loan in held.loans.select_related("borrower"):
            begin_anew(loan, because, at, by, f"{held.number}/{stage}/{loan.reference}")
    timeline.note(held.case, "matter", f"{held.number}: {Stage(stage).value}", timezone.now())
    return held


@transaction.atomic
def close_matter(matter: Matter, outcome: str, on: datetime.date, *, by: str, note: str = "") -> Matter:
    """The matter ends with an outcome; its open deadlines end with it. Raises InputError."""
    held = _held(matter)
    if held.stage == Stage.CLOSED:
        raise InputError(gettext("This matter is closed."), "/matter", gettext("Open a new one where need be."))
    if outcome not in Outcome.values:
        raise InputError(gettext("The outcome is missing."), "/outcome", gettext("Choose one."))
    if outcome in (*GRANTED, Outcome.LOST) and held.stage not in DECIDED:
        raise InputError(
            gettext("Nothing has been decided yet."), "/outcome", gettext("Put the decision on record first.")
        )
    _check_day(held, on)
    held.stage, held.outcome, held.closed_on = Stage.CLOSED, outcome, on
    held.save(update_fields=["stage", "outcome", "closed_on"])
    _tell(held, on, by, note=note, stage=Stage.CLOSED)
    held.deadlines.filter(done_on=None).update(done_on=on, done_by=by)
    timeline.note(held.case, "matter", f"{held.number}: closed, {outcome}", timezone.now())
    return held


def note_in_matter(matter: Matter, note: str, on: datetime.date, by: str) -> None:
    """Put on record what happened without a change of stage. Raises InputError for nothing."""
    if not note.strip():
        raise InputError(gettext("There is nothing written."), "/note", gettext("Write what happened."))
    _check_day(matter, on)
    _tell(matter, on, by, note=note.strip())


def set_deadline(matter: Matter, what: str, due_on: datetime.date, by: str) -> Deadline:
    """Something must be done by the end of `due_on`. Raises InputError."""
    if not what.strip() or matter.stage == Stage.CLOSED:
        raise InputError(gettext("It is not clear what is due."), "/what", gettext("Write what must be done."))
    return Deadline.objects.create(matter=matter, what=what.strip()[:200], due_on=due_on, set_by=by)


def meet_deadline(deadline: Deadline, on: datetime.date, by: str) -> None:
    """It was done on `on`; again changes nothing."""
    Deadline.objects.filter(pk=deadline.pk, done_on=None).update(done_on=on, done_by=by)


def record_cost(matter: Matter, what: str, amount: int, paid_on: datetime.date, *, recoverable: bool, by: str) -> Cost:
    """The lender paid `amount` (minor units) for the matter. It is no debt of the borrower's by that. InputError."""
    if what not in Cost.What.values or amount <= 0:
        raise InputError(gettext("A cost has a kind and an amount above zero."), "/amount", gettext("Fill in both."))
    _check_day(matter, paid_on)
    return Cost.objects.create(
        matter=matter, what=what, amount=amount, paid_on=paid_on, recoverable=recoverable, recorded_by=by
    )


def _late_loans(case: Case, loan_ids: Collection[int], on: datetime.date) -> list[Loan]:
    loans = Loan.objects.filter(case_stays__case=case).select_related("borrower", "product").distinct()
    found = [loan for loan in loans.order_by("pk") if not loan_ids or loan.pk in loan_ids]
    owed = what_is_owed([loan.pk for loan in found], on) if found else {}
    return [loan for loan in found if owed[loan.pk].overdue > 0]


def _held(matter: Matter) -> Matter:
    return Matter.objects.select_for_update(of=("self",)).select_related("case").get(pk=matter.pk)


def _check_day(matter: Matter, on: datetime.date) -> None:
    if on > timezone.localdate():
        raise InputError(gettext("That day is still to come."), "/on", gettext("Give the day on which it happened."))
    last = MatterEvent.objects.filter(matter=matter).exclude(stage="").order_by("-on").first()
    if last is not None and on < last.on:
        raise InputError(
            gettext("That day is before the last step."), "/on", gettext("Give the day on which it happened.")
        )


def _tell(matter: Matter, on: datetime.date, by: str, note: str = "", stage: str = "") -> None:
    MatterEvent.objects.create(matter=matter, on=on, stage=stage, note=note.strip(), by=by)
