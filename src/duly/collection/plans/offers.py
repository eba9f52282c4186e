"""What a plan would cost, which plans may be offered, and how a counter-offer is answered. Pure: the fold is asked.

A plan is worked out by adding its facts to the loan's own and folding: there is no second way of computing it. So what
a borrower is offered is, to the cent, what the loan will ask once the plan is agreed.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal, localcontext

from duly.collection.plans.policy import MILLION, Band, PlanPolicy
from duly.engine.contract import Contract
from duly.engine.errors import InputError
from duly.engine.facts import Fact, Reschedule
from duly.engine.position import Position, position


@dataclass(frozen=True)
class Debt:
    """A loan that a plan is sought for: its contract, its facts in order of record, and how it stands on `on`."""

    contract: Contract
    facts: Sequence[Fact]
    on: datetime.date
    standing: Position

    @property
    def overdue(self) -> int:
        """All that is overdue, penalty interest included, in minor units."""
        return sum(self.standing.overdue.values())


@dataclass(frozen=True)
class Proposal:
    """What somebody proposes: so many monthly installments from `first_due_on` on, and `down_payment` at once."""

    installments: int
    first_due_on: datetime.date
    down_payment: int = 0


@dataclass(frozen=True)
class Due:
    """One amount of a plan, in minor units, on its day."""

    on: datetime.date
    amount: int


@dataclass(frozen=True)
class Plan:
    """A proposal worked out. Money in minor units.

    `facts` make it so, in order; `owed_today` is what would settle the loan on the day, `waived` what is let go of,
    `present_value` what all that will be paid is worth today, rounded down.
    """

    proposal: Proposal
    facts: tuple[Fact, ...]
    dues: tuple[Due, ...]
    waived: Mapping[str, int]
    owed_today: int
    present_value: int

    @property
    def monthly(self) -> int:
        """The largest installment: who can pay it a month can keep the plan."""
        return max(one.amount for one in self.dues)

    @property
    def total(self) -> int:
        """All that will be paid."""
        return self.proposal.down_payment + sum(one.amount for one in self.dues)


@dataclass(frozen=True)
class Reason:
    """Why a proposal is not within the policy: a code, and the bound in its own unit (minor units, a count, a date)."""

    code: str
    bound: int | datetime.date


@dataclass(frozen=True)
class Answer:
    """The answer to a proposal: the plan when it may be agreed; else why not, and the nearest plan that may."""

    agreed: Plan | None
    reasons: tuple[Reason, ...]
    nearest: Plan | None


def debt(contract: Contract, facts: Sequence[Fact], on: datetime.date) -> Debt:
    """The loan as it stands on `on`. Raises InputError when nothing of it is left to be paid."""
    standing = position(contract, facts, on)
    if standing.status != "open":
        raise InputError(f"the loan is {standing.status}", "/loan", "a plan is for a loan that is still to be paid")
    return Debt(contract, facts, on, standing)


def work_out(of: Debt, band: Band, policy: PlanPolicy, proposal: Proposal, let_go: int = 0) -> Plan:
    """What `proposal` comes to under the rates and waivers of `band`, whether or not it may be agreed.

    `let_go` (minor units) is forgiven besides, of interest first, then penalty interest, fees and principal.
    """
    waived = {
        component: amount
        for component, share in band.waive.items()
        if (amount := of.standing.due[component] * share // MILLION)
    }
    facts = [Fact("waived", of.on, amount, component=component) for component, amount in waived.items()]
    if proposal.down_payment:
        facts.append(Fact("paid", of.on, proposal.down_payment))
    terms = Reschedule(
        installments=proposal.installments,
        every=1,
        unit="month",
        first_due_on=proposal.first_due_on,
        annual_rate=band.annual_rate,
        method="equal_installment",
        capitalise=band.capitalise,
        carry="spread",
        forgive=_forgiven(of, facts, let_go) if let_go else (),
    )
    facts.append(Fact("rescheduled", of.on, reschedule=terms))
    after = position(of.contract, [*of.facts, *facts], of.on)
    dues = tuple(Due(row.due_on, row.outstanding) for row in after.installments if row.outstanding > 0)
    value = proposal.down_payment + present_value(dues, of.on, policy.discount_rate)
    return Plan(proposal, tuple(facts), dues, waived, of.standing.payoff, value)


def hold(of: Debt, band: Band, policy: PlanPolicy, proposal: Proposal, promised: Sequence[Due]) -> Plan:
    """The plan of `proposal` on a later day than it was promised: no amount of it is above the one `promised`.

    What grew in between is forgiven. Raises InputError when the day of the first installment has come.
    """
    if proposal.first_due_on <= of.on:
        raise InputError("the first day to pay on is over", "/first_due_on", "ask for an offer of today")
    plan, let_go = work_out(of, band, policy, proposal), 0
    while above := _above(plan.dues, promised):
        let_go += above
        plan = work_out(of, band, policy, proposal, let_go)
    return plan


def _above(dues: Sequence[Due], promised: Sequence[Due]) -> int:
    # By how much the plan asks for more than was promised: in all, or, times their number, in one installment.
    pairs = list(zip(dues, promised, strict=False))
    most = max((one.amount - kept.amount for one, kept in pairs), default=0)
    in_all = sum(one.amount for one in dues) - sum(one.amount for one in promised)
    return max(in_all, most * len(dues) if in_all <= 0 else 0, 0)


def _forgiven(of: Debt, facts: Sequence[Fact], amount: int) -> tuple[tuple[str, int | None], ...]:
    left = position(of.contract, [*of.facts, *facts], of.on)
    there = {
        "interest": left.due["interest"] + left.accrued_interest,
        "penalty": left.outstanding["penalty"],
        "fee": left.outstanding["fee"],
        "principal": left.outstanding["principal"],
    }
    forgiven: list[tuple[str, int | None]] = []
    for component, most in there.items():
        share = min(amount, most)
        if share:
            forgiven.append((component, share))
            amount -= share
    return tuple(forgiven)


def present_value(dues: Sequence[Due], on: datetime.date, annual_rate: int) -> int:
    """What `dues` are worth on `on`: each divided by (1 + rate) ^ (days / 365); the sum is rounded down."""
    with localcontext() as context:
        context.prec = 40
        growth = 1 + Decimal(annual_rate) / MILLION
        value = sum((one.amount / growth ** (Decimal((one.on - on).days) / 365) for one in dues), Decimal(0))
        return int(value.to_integral_value(ROUND_FLOOR))


def offers(of: Debt, policy: PlanPolicy, monthly: int, first_due_on: datetime.date) -> list[Plan]:
    """The plans that may be offered to somebody who can pay `monthly`: paid off soonest, evenly between, lightest.

    At most three, by installments; empty when nothing within the policy is that light. The down payment is the least.
    """
    band = _band(of, policy)
    if band is None:
        return []
    fitting = [one for one in _all_plans(of, band, policy, first_due_on) if one.monthly <= monthly]
    if not fitting:
        return []
    chosen = {0, (len(fitting) - 1) // 2, len(fitting) - 1}
    return [fitting[at] for at in sorted(chosen)]


def answer(of: Debt, policy: PlanPolicy, proposal: Proposal) -> Answer:
    """Whether `proposal` may be agreed; if not, every reason, and the plan nearest to it that may.

    Nearest keeps the day and the money at once as near as they may be, then comes closest by monthly amount.
    """
    band = _band(of, policy)
    if band is None:
        return Answer(None, (Reason("no_band", of.standing.payoff),), None)
    least_down = _least_down_payment(of, band)
    earliest, latest = _first_due_range(of, policy)
    reasons = []
    if proposal.down_payment < least_down:
        reasons.append(Reason("down_payment", least_down))
    if proposal.first_due_on > latest:
        reasons.append(Reason("first_due_late", latest))
    if proposal.first_due_on < earliest:
        reasons.append(Reason("first_due_early", earliest))
    if proposal.installments > band.max_installments:
        reasons.append(Reason("installments", band.max_installments))
    as_near = Proposal(
        min(proposal.installments, band.max_installments),
        min(max(proposal.first_due_on, earliest), latest),
        min(max(proposal.down_payment, least_down), of.standing.payoff),
    )
    plan = work_out(of, band, policy, as_near)
    reasons += _money_reasons(plan, band)
    if not reasons:
        return Answer(plan, (), None)
    allowed = _all_plans(of, band, policy, as_near.first_due_on, as_near.down_payment)
    nearest = min(allowed, key=lambda one: abs(one.monthly - plan.monthly), default=None)
    return Answer(None, tuple(reasons), nearest)


def lightest(of: Debt, policy: PlanPolicy, first_due_on: datetime.date) -> Plan | None:
    """The plan with the least to pay a month that may be agreed; None where there is none."""
    band = _band(of, policy)
    plans = _all_plans(of, band, policy, first_due_on) if band else []
    return min(plans, key=lambda one: one.monthly, default=None)


def _band(of: Debt, policy: PlanPolicy) -> Band | None:
    return policy.band(of.standing.days_past_due, of.standing.payoff)


def _all_plans(
    of: Debt, band: Band, policy: PlanPolicy, first_due_on: datetime.date, down_payment: int | None = None
) -> list[Plan]:
    # Every number of installments that the policy allows, fewest first.
    down = _least_down_payment(of, band) if down_payment is None else down_payment
    earliest, latest = _first_due_range(of, policy)
    first = min(max(first_due_on, earliest), latest)
    plans = (
        work_out(of, band, policy, Proposal(number, first, down)) for number in range(1, band.max_installments + 1)
    )
    return [one for one in plans if one.dues and not _money_reasons(one, band)]


def _money_reasons(plan: Plan, band: Band) -> list[Reason]:
    reasons = []
    if plan.dues and plan.monthly < band.least_installment:
        reasons.append(Reason("least_installment", band.least_installment))
    floor = plan.owed_today * band.present_value // MILLION
    if plan.present_value < floor:
        reasons.append(Reason("present_value", floor))
    return reasons


def _least_down_payment(of: Debt, band: Band) -> int:
    # Rounded up to the minor unit: a share is never undercut.
    return -(-of.overdue * band.down_payment // MILLION)


def _first_due_range(of: Debt, policy: PlanPolicy) -> tuple[datetime.date, datetime.date]:
    one_day = datetime.timedelta(days=1)
    return of.on + one_day, of.on + policy.first_due_within_days * one_day
