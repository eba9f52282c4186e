"""Plans watched after each close: what is late puts them at risk and then breaks them, what is paid ends them.

Judged by the business date, from the positions that the close left: one query for all plans, and a few more for those
that change.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Sequence

from django.db.models import Max, Q

from duly.close.models import Close, Position
from duly.collection import timeline
from duly.collection.plans.agreeing import received_since, start_those_paid, undo
from duly.collection.plans.models import Plan, PlanEvent
from duly.collection.plans.offering import policy_of
from duly.collection.plans.telling import tell_ended

State = Plan.State
STOPS = {
    State.WAITING: "a plan waits for its first payment",
    State.KEPT: "a plan is kept",
}


def watch_plans(day: datetime.date, now: datetime.datetime) -> None:
    """Bring every open plan into the state that the close of `day` found; called after each close, in order.

    Again, or for a day before a plan was agreed, it changes nothing of it.
    """
    waiting = list(Plan.objects.filter(state=State.WAITING, agreed_on__lte=day))
    if waiting:
        start_those_paid({one.loan_id for one in waiting}, day, now)
    lapsed = Plan.objects.filter(state=State.WAITING, first_payment_by__lt=day).select_related(
        "offer", "loan__borrower"
    )
    _end(list(lapsed), State.LAPSED, day, now, "the first payment did not come")
    # A plan whose facts the last close has not seen yet is judged by the next.
    seen = Close.objects.order_by("-business_date").values_list("facts_through", flat=True).first() or 0
    in_force = (
        Plan.objects.filter(state__in=Plan.IN_FORCE, started_on__lte=day)
        .annotate(last_fact=Max("facts__fact"))
        .filter(last_fact__lte=seen)
        .select_related("offer__policy", "loan__product", "loan__borrower", "loan__position")
        .order_by("pk")
    )
    found: dict[tuple[str, str], list[Plan]] = defaultdict(list)
    plans = list(in_force)
    short = _first_payments_gone(plans, day)
    for plan in plans:
        state, why = _standing(plan, day, plan.pk in short)
        if state != plan.state:
            found[state, why].append(plan)
    for (state, why), some in found.items():
        if state in (State.DONE, State.BROKEN):
            _end(some, state, day, now, why)
        else:
            _move(some, state, day, now, why)


def _standing(plan: Plan, day: datetime.date, short: bool) -> tuple[str, str]:
    position = getattr(plan.loan, "position", None)
    if position is None:
        return plan.state, ""
    if position.status != Position.Status.OPEN:
        return State.DONE, "the loan is paid" if position.status == Position.Status.SETTLED else "the loan has ended"
    if short:
        return State.BROKEN, "the first payment was taken back"
    policy = policy_of(plan.offer.policy.text, plan.loan.product.currency)
    since = position.oldest_unpaid_due_on
    late = (day - since).days if since is not None else 0
    if late > policy.broken_after_days:
        return State.BROKEN, f"an installment is {late} days late"
    if late > policy.at_risk_after_days:
        return State.AT_RISK, "an installment is late"
    return State.KEPT, "nothing is late"


def _first_payments_gone(plans: Sequence[Plan], day: datetime.date) -> set[int]:
    # The plans whose first payment has been reversed since they began.
    with_one = [one for one in plans if one.offer.down_payment]
    received = received_since(with_one, day)
    return {one.pk for one in with_one if received[one.pk] < one.offer.down_payment}


def _end(plans: Sequence[Plan], state: str, day: datetime.date, now: datetime.datetime, why: str) -> None:
    if not plans:
        return
    if state == State.LAPSED:
        undo(plans, day, "plan lapsed")
    if state == State.BROKEN:
        undo([one for one in plans if _reverses(one)], day, "plan broken")
    _move(plans, state, day, now, why, ended_on=day)
    tell_ended(plans, state, now)


def _reverses(plan: Plan) -> bool:
    return policy_of(plan.offer.policy.text, plan.loan.product.currency).when_broken == "reverse"


def _move(
    plans: Sequence[Plan],
    state: str,
    day: datetime.date,
    now: datetime.datetime,
    why: str,
    ended_on: datetime.date | None = None,
) -> None:
    Plan.objects.filter(pk__in=[one.pk for one in plans]).update(state=state, ended_on=ended_on)
    PlanEvent.objects.bulk_create(PlanEvent(plan=one, state=state, on=day, at=now, why=why) for one in plans)
    timeline.note_all({one.loan.borrower_id for one in plans}, f"plan_{state}", why, now)


def borrowers_with_plans(borrower_ids: Collection[int], on: datetime.date) -> dict[int, str]:
    """Whose playbook rests because a plan is under way, and why. One query."""
    there = Plan.objects.filter(
        Q(ended_on=None) | Q(ended_on__gt=on), loan__borrower_id__in=borrower_ids, agreed_on__lte=on
    ).exclude(state=State.AT_RISK)
    return {
        borrower_id: STOPS.get(State(state), "a plan is under way")
        for borrower_id, state in there.values_list("loan__borrower_id", "state")
    }
