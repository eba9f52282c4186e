"""What a loan is at the end of a day, and the figures that are read off it."""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from .dates import days_outside, fraction, fraction_of_period
from .schedule import Row, accrued, nothing, own_fraction, rounded_pieces
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
    pauses: list[tuple[date, date, tuple[str, ...]]] = field(default_factory=list)
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
    def not_due(self) -> int:
        """Principal not yet due."""
        return self.principal - sum(row.left("principal") for row in self.rows if row.due_already)

    def paused(self, what: str) -> list[tuple[date, date]]:
        return [(begin, end) for begin, end, stops in self.pauses if what in stops]

    # Interest

    @property
    def bearing(self) -> int:
        """Under daily interest: the principal that bears it."""
        if self.terms.penalty["instead"]:
            return self.not_due
        return self.principal

    def running_interest(self, row: Row, day: date) -> int:
        """Under daily interest: what has accrued into the row that runs."""
        return self.within_cost_cap(row, rounded_pieces(self.terms, [*row.pieces, self.stretch(row, day)]))

    def within_cost_cap(self, row: Row, own: int) -> int:
        """ "Daily: interest as it accrues takes what room is left beside what has been earned or charged so far"."""
        if self.terms.cost_share is None:
            return own
        room = rounded(self.terms.cost_share * self.disbursed, "down") - self.costs_beside(row)
        return max(0, min(own, room + row.met("interest")))

    def costs_beside(self, running: Row) -> int:
        taken = sum(
            part[name]
            for part in (self.received, self.waived, self.lost, self.capitalised)
            for name in ("interest", "penalty", "fee")
        )
        interest = sum(row.left("interest") for row in self.rows if row.due_already and row is not running)
        return taken + interest + self.deferred + sum(row.left_of("penalty", "fee") for row in self.rows)

    def stretch(self, row: Row, day: date) -> Fraction:
        paused = [
            (begin, min(end, self.day)) for begin, end in self.paused("interest")
        ]  # what is to come is not paused
        share = sum(
            (own_fraction(self.terms, row, start, end) for start, end in days_outside(self.since, day, paused)),
            Fraction(0),
        )
        return self.bearing * self.rate * share

    def accruals(self, whole_running: bool = False, ending: bool = False) -> list[tuple[Row, int]]:
        """Interest accrued to the day in each row not yet due; what grace defers is in the first row that bears it.

        Where the schedule is `ending`, it is where it arose: what is deferred from earlier rows in the first.
        """
        found, deferred = [], self.deferred
        for at, row in enumerate(self.open_rows):
            if row.kept:
                found.append((row, min(row.asked["interest"], accrued(self.terms, row, self.day))))
                continue
            if self.terms.daily:
                own = self.running_interest(row, self.day) if at == 0 and not row.fee_only else 0
                if at == 0 and whole_running and not row.fee_only:
                    own = self.running_interest(row, max(self.day, row.end))
            else:
                begun = row.start <= self.day
                own = accrued(self.terms, row, row.end if whole_running and begun else self.day)
                if row.room is not None:
                    own = min(own, row.room)
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
            if row.left_of("principal", "interest", "fee") > self.terms.tolerance
            and (row.due < day or (row.due == day and self.terms.dpd_on_due_day))
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
        total = Fraction(0)
        for begin, until in days_outside(start, end, self.paused("penalty")):
            if terms.part_month == "actual" and terms.penalty["day_count"] in ("30/360", "30e/360"):
                total += fraction_of_period(begin, until, row.due, terms.penalty["day_count"], terms.days, "actual")
            else:
                total += fraction(begin, until, terms.penalty["day_count"], terms.days)
        return total

    @property
    def costs(self) -> int:
        """All that the loan has cost so far (scheduled: with what its schedule will)."""
        running = next((row for row in self.open_rows if not row.fee_only), None)
        if self.terms.daily and running is not None:
            return self.costs_beside(running) + self.running_interest(running, self.day) - running.met("interest")
        return sum(self.costs_of(component) for component in ("interest", "penalty", "fee"))

    def costs_of(self, component: str) -> int:
        return sum(part[component] for part in (self.received, self.waived, self.lost, self.capitalised)) + sum(
            row.left(component) for row in self.rows
        )

    # Payoff

    def early_fee(self) -> int:
        return rounded(self.terms.fee_rate * max(0, self.not_due), self.terms.mode)

    def owed(self, early: bool = True) -> int:
        """What settles the loan before its credit balance is taken off."""
        if self.cancelled:
            return self.principal
        if self.written_off:
            return 0
        interest = sum(row.left("interest") for row in self.rows if row.due_already)
        interest += self.interest_ahead(self.accruals(self.terms.to_next_due))
        penalty_and_fees = sum(row.left_of("penalty", "fee") for row in self.rows)
        return self.principal + interest + penalty_and_fees + (self.early_fee() if early else 0)

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
