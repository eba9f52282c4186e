"""Rows: one dated amount due each, what it asks and what was met of it."""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from .terms import COMPONENTS


def nothing() -> dict[str, int]:
    return dict.fromkeys(COMPONENTS, 0)


@dataclass(frozen=True)
class Room:
    """What a cap on all costs leaves to the interest of rows, oldest first; and to the fee of each after it."""

    left: int
    cuts_fees: bool


@dataclass
class Row:
    number: int
    start: date  # its period [start, end), before due dates are moved
    end: date
    regular_start: date  # where the period would start if it were a regular one
    due: date
    asked: dict[str, int] = field(default_factory=nothing)
    paid: dict[str, int] = field(default_factory=nothing)
    waived: dict[str, int] = field(default_factory=nothing)
    lost: dict[str, int] = field(default_factory=nothing)
    paid_on: date | None = None
    no_principal: bool = False
    no_interest: bool = False  # interest grace
    fee_only: bool = False  # a row of its own for a fee
    regular: Fraction = Fraction(0)  # years of its regular period
    level: int = 0  # what its principal and regular interest come to: A, or the even share
    balance: int = 0  # bears interest from `since` to `end`
    rate: Fraction = Fraction(0)
    since: date | None = None
    pieces: list[Fraction] = field(default_factory=list)  # interest of stretches that are over, exact
    spread: int = 0  # share of a broken first period's extra interest
    planned: int = 0  # own interest of its whole period, as a cap on all costs leaves it
    own_asked: int = 0  # daily: own interest asked since the row closed
    carried: int = 0  # interest of another time that falls due here: deferred by grace, or carried by a reschedule
    room: int | None = None  # what a cap on all costs leaves for its interest
    due_already: bool = False
    settled: bool = False
    kept: bool = False  # paid ahead before a reschedule or an acceleration: goes on earning by the day what was paid
    broken: bool = False  # a first period that is not a regular one
    regular_end: date | None = None
    joins: bool = False  # its interest will join the principal at the end of its period
    stretch_from: date | None = None
    stretch_base: int = 0
    stretch_added: int = 0
    joined: int = 0  # unpaid penalty that bears penalty

    def left(self, component: str) -> int:
        return self.asked[component] - self.paid[component] - self.waived[component] - self.lost[component]

    def left_of(self, *components: str) -> int:
        return sum(self.left(component) for component in components)

    @property
    def paid_in_full(self) -> bool:
        return (
            not self.joins
            and self.left_of("principal", "interest") == 0
            and self.met("principal") + self.met("interest") > 0
        )

    @property
    def all_left(self) -> int:
        return self.left_of(*COMPONENTS)

    def met(self, component: str) -> int:
        return self.asked[component] - self.left(component)


def add_fee(rows: list[Row], amount: int, due_on: date, daily: bool) -> Row:
    """ "a fee on the first row due on or after `due_on`, or a row of its own after the last" (a row paid in
    full takes none).
    """
    for row in rows:
        to_come = daily and not row.due_already and not row.fee_only
        if row.due >= due_on and (to_come or row.all_left > 0 or not any(row.asked.values())) and not row.settled:
            row.asked["fee"] += amount
            row.paid_on = None
            return row
    row = Row(rows[-1].number + 1, due_on, due_on, due_on, due_on, since=due_on)
    row.asked["fee"] = amount
    row.fee_only = True
    put_in(rows, row, due_on)
    return row


def put_in(rows: list[Row], row: Row, day: date) -> None:
    """Among the fees after the schedule rows stand in order of due dates: `row` before those due after `day`."""
    place = len(rows)
    while place and rows[place - 1].fee_only and not rows[place - 1].settled and rows[place - 1].due > day:
        place -= 1
    rows.insert(place, row)
