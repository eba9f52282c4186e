"""What a loan is at the end of a day, and the figures that are read off it."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from .dates import days_outside, fraction_of_period, without
from .rows import Row, nothing
from .schedule import accrued, cap_on_costs, own_fraction, rounded_pieces
from .terms import COMPONENTS, Terms, rounded

NEVER = date(9999, 1, 1)


@dataclass
class Loan:
    terms: Terms
    rows: list[Row]
    day: date
    rate: Fraction
    principal: int = 0  # outstanding
    disbursed: int = 0
    credit: int = 0
    paid_in: int = 0  # money that came in, recoveries apart
    refunded: int = 0
    recovered: int = 0
    deferred: int = 0  # interest of grace periods that are over, not yet due
    received: dict[str, int] = field(default_factory=nothing)
    waived: dict[str, int] = field(default_factory=nothing)
    lost: dict[str, int] = field(default_factory=nothing)
    capitalised: dict[str, int] = field(default_factory=nothing)
    pauses: dict[str, list[tuple[date, date]]] = field(default_factory=lambda: defaultdict(list))  # by what they stop
    since: date | None = None  # daily interest: start of the running stretch
    written_off: bool = False
    cancelled: bool = False
    non_accrual: bool = False
    settled_on: date | None = None
    upfront: int = 0
    order: list[str] = field(default_factory=list)

    # Rows

    @property
    def due_rows(self) -> list[Row]:
        return [row for row in self.rows if row.due <= self.day]

    @property
    def open_rows(self) -> list[Row]:
        """Rows that no due date (nor an early payment, nor the end of the loan) has closed."""
        return [row for row in self.rows if not row.due_already]

    @property
    def running(self) -> Row | None:
        """Under daily interest: the row that interest runs into until it closes."""
        return next((row for row in self.open_rows if not row.fee_only), None)

    @property
    def not_due(self) -> int:
        """Principal not yet due."""
        return self.principal - sum(row.left("principal") for row in self.rows if row.due_already)

    def paused(self, what: str) -> list[tuple[date, date]]:
        return self.pauses[what]

    # Interest

    @property
    def bearing(self) -> int:
        """Under daily interest: the principal that bears it."""
        if self.terms.penalty["instead"]:
            return self.not_due
        return self.principal

    def running_interest(self, row: Row, day: date) -> int:
        """Under daily interest: what has accrued into the row that runs."""
        return self.within_cost_cap(rounded_pieces(self.terms, [*row.pieces, self.stretch(row, day)]))

    def within_cost_cap(self, own: int) -> int:
        """Interest of the running row, where rows to come are not counted: their interest is only planned."""
        return own if self.terms.cost_share is None else min(own, self.room_for(self.open_rows))

    def room_for(self, rows: list[Row]) -> int:
        """What a cap on all costs leaves to the own interest of `rows`, beside all else that the loan costs."""
        beside = self.costs - sum(row.asked["interest"] - row.carried for row in rows)
        beside -= sum(row.planned - row.met("interest") for row in rows if row.joins)
        return max(0, cap_on_costs(self.terms, self.disbursed) - beside)

    @property
    def costs(self) -> int:
        """Interest, penalty and fees so far; scheduled: with all interest of the schedule."""
        to_join = sum(row.planned - row.met("interest") for row in self.rows if row.joins)
        deferred = self.deferred if self.terms.daily else 0  # a scheduled row asks for it already
        return deferred + to_join + sum(self.costs_of(name) for name in ("interest", "penalty", "fee"))

    def stretch(self, row: Row, day: date, since: date | None = None) -> Fraction:
        paused = [  # what is to come is not paused
            (begin, min(end, self.day)) for begin, end in self.paused("interest")
        ]

        def part(start: date, end: date) -> Fraction:
            return own_fraction(self.terms, row, start, end)

        return self.bearing * self.rate * without(part, since or self.since, day, paused)

    def accruals(self, whole_running: bool = False, ending: bool = False) -> list[tuple[Row, int]]:
        """Interest accrued to the day in each row not yet due; what grace defers is in the first row that bears it.

        Where the schedule is `ending`, it is where it arose: what is deferred from earlier rows in the first.
        """
        found, deferred = [], self.deferred
        for row in (row for row in self.rows if not row.due_already or row.joins):
            if row.kept:
                by = row.end if whole_running and row.start <= self.day else self.day
                found.append((row, min(row.asked["interest"], row.carried + accrued(self.terms, row, by))))
                continue
            if self.terms.daily:
                own = self.running_interest(row, self.day) if row is self.running else 0
                if row is self.running and whole_running:
                    # As a payment on the day would find it: a stretch ends.
                    rest = [self.stretch(row, self.day), self.stretch(row, max(self.day, row.end), self.day)]
                    own = self.within_cost_cap(rounded_pieces(self.terms, [*row.pieces, *rest]))
            else:
                begun = row.start <= self.day
                own = accrued(self.terms, row, row.end if whole_running and begun else self.day)
                if row.room is not None:
                    own = min(own, row.room)
            if row.no_interest and self.terms.grace_capitalised and not self.terms.daily and not row.joins:
                own = row.met("interest")  # it has joined the principal
            if row.no_interest and not self.terms.grace_capitalised and not ending:
                deferred += own
                found.append((row, 0))
            else:
                found.append((row, own + row.carried + deferred))
                deferred = 0
        if deferred and found:
            row, own = found[-1]
            found[-1] = (row, own + deferred)
        return found

    # Late

    def oldest_unpaid(self, day: date) -> date | None:
        late = [
            row.due
            for row in self.rows
            if (row.due < day or (row.due == day and self.terms.dpd_on_due_day))
            and row.left_of("principal", "interest", "fee") > self.terms.tolerance
        ]
        return min(late) if late else None

    def days_past_due(self, day: date) -> int:
        """ "as_of - due date of the oldest row ... if it is before as_of (`dpd_on_due_day: 1`: on it counts,
        and one more);
        days inside a pause of days are left out"."""
        oldest = self.oldest_unpaid(day)
        if oldest is None:
            return 0
        return self.days_late(oldest, day)

    def days_late(self, due: date, day: date) -> int:
        """ "due date to it, less days p <= d < r of the pause [p, r)"."""
        parts = days_outside(due, day, self.paused("days"))
        return sum((end - start).days for start, end in parts) + self.terms.dpd_on_due_day

    # Penalty

    def penalty_base(self, row: Row) -> int:
        on = {
            "principal": ("principal",),
            "principal_and_interest": ("principal", "interest"),
            "installment": ("principal", "interest", "fee"),
        }[self.terms.penalty["on"]]
        return row.left_of(*on) + row.joined

    def penalty_share(self, row: Row, start: date, end: date) -> Fraction:
        terms = self.terms

        def part(begin: date, until: date) -> Fraction:
            day_count = terms.penalty["day_count"]
            return fraction_of_period(begin, until, row.due, day_count, terms.days, terms.part_month)

        return without(part, start, end, self.paused("penalty"))

    def costs_of(self, component: str) -> int:
        return self.settled(component) + sum(row.left(component) for row in self.rows)

    def settled(self, component: str) -> int:
        return sum(part[component] for part in (self.received, self.waived, self.lost, self.capitalised))

    # Payoff

    def early_fee(self, interest: int) -> int:
        """A share of the principal not yet due; a cap on all costs leaves room beside the `interest` that settles."""
        fee = rounded(self.terms.fee_rate * max(0, self.not_due), self.terms.mode)
        if self.terms.cost_share is None:
            return fee
        beside = interest + sum(row.left_of("penalty", "fee") for row in self.rows)
        beside += sum(self.settled(name) for name in ("interest", "penalty", "fee"))
        return max(0, min(fee, cap_on_costs(self.terms, self.disbursed) - beside))

    def owed(self) -> int:
        """What settles the loan before its credit balance is taken off."""
        if self.cancelled:
            return self.principal
        if self.written_off:
            return 0
        interest = self.interest_to_settle()
        penalty_and_fees = sum(row.left_of("penalty", "fee") for row in self.rows)
        return self.principal + interest + penalty_and_fees + self.early_fee(interest)

    def interest_to_settle(self) -> int:
        due = sum(row.left("interest") for row in self.rows if row.due_already)
        return due + self.interest_ahead(self.accruals(self.terms.to_next_due))

    @staticmethod
    def interest_ahead(accruals: list[tuple[Row, int]]) -> int:
        """ "max(0, earned ahead - waived ahead) - paid ahead": a waiver that falls away pays for nothing else."""
        earned = sum(own for _, own in accruals)
        waived = sum(row.waived["interest"] for row, _ in accruals)
        return max(0, earned - waived) - sum(row.paid["interest"] for row, _ in accruals)

    def payoff(self) -> int:
        return max(0, self.owed() - self.credit)

    @property
    def nothing_left(self) -> bool:
        return self.principal == 0 and not any(row.left(component) > 0 for row in self.rows for component in COMPONENTS)
