"""A month of loans for the credit record: folded at its end and at the ends of the months before it.

Every month is folded from all facts known when it is reported, so a payment that came to light late stands in its own
month of the history too. A few folds a month; nothing is read or computed loan by loan.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from duly.bureau.facts import loan_of_each, standing_on
from duly.bureau.standing import Int32, Int64, Lateness, Standing, lateness, standing
from duly.engine.columns import Contracts, Facts
from duly.engine.contract import COMPONENT
from duly.engine.dates import NO_DATE, days
from duly.engine.errors import InputError
from duly.engine.fold import STATUS, Positions, fold
from duly.engine.records import PAID, WAIVED, WRITTEN_OFF

HISTORY = 24  # months that a record tells of besides its own
ONE_DAY = datetime.timedelta(days=1)


def month_end(text: str) -> datetime.date:
    """The last day of a month written as 2026-10. Raises InputError for anything else."""
    try:
        first = datetime.datetime.strptime(text, "%Y-%m").replace(tzinfo=datetime.UTC).date()
    except ValueError:
        raise InputError(f"{text!r} is not a month", "/month", "give one as 2026-10") from None
    return (first + 31 * ONE_DAY).replace(day=1) - ONE_DAY


def month_before(end: datetime.date) -> datetime.date:
    """The last day of the month before the one that ends on `end`."""
    return end.replace(day=1) - ONE_DAY


def months_to(end: datetime.date, count: int) -> list[datetime.date]:
    """The last days of `count` months up to `end`, the newest first."""
    found = [end]
    while len(found) < count:
        found.append(month_before(found[-1]))
    return found[:count]


@dataclass(frozen=True)
class Month:
    """Loans at the end of a month, one row each: positions, what the record says, and how it came there.

    `history` are the months before, newest first, as far as a loan of these goes back. `before` is what the record
    says of the month before. `late_since` is the due date with which the delinquency began that stands at the end, or
    stood when the loan was paid or written off (NO_DATE: none). `received` is what came in within the month,
    `last_paid_on` the value date of the last payment that stands (NO_DATE: none). Money in minor units.
    """

    end: datetime.date
    contracts: Contracts
    facts: Facts
    positions: Positions
    standing: Standing
    before: Standing | None
    history: list[Lateness]
    late_since: Int32
    received: Int64
    last_paid_on: Int32

    def some(self, rows: npt.NDArray[np.integer]) -> "Month":
        """The loans of `rows` alone, in that order."""
        contracts, facts = some_rows(self.contracts, self.facts, rows)
        return replace(
            self,
            contracts=contracts,
            facts=facts,
            positions=Positions(*(column[rows] for column in self.positions)),
            standing=Standing(*(column[rows] for column in self.standing)),
            before=None if self.before is None else Standing(*(column[rows] for column in self.before)),
            history=[Lateness(*(column[rows] for column in then)) for then in self.history],
            late_since=self.late_since[rows],
            received=self.received[rows],
            last_paid_on=self.last_paid_on[rows],
        )

    @property
    def reportable(self) -> npt.NDArray[np.bool_]:
        """The loans that belong to this month: paid out by its end, and neither cancelled nor over before it began."""
        status, before = self.standing.status, self.before
        out = np.isin(status, (STATUS["not_disbursed"], STATUS["cancelled"]))
        out |= (status == STATUS["settled"]) & (self.positions.settled_on <= days(month_before(self.end)))
        if before is not None:
            lost = (status == STATUS["written_off"]) & (before.status == STATUS["written_off"])
            out |= lost & (self.standing.balance == 0) & (before.balance == 0)
        return ~out


def month_of(contracts: Contracts, facts: Facts, end: datetime.date) -> Month:
    """The month that ends on `end`, by all of `facts`."""
    positions = fold(contracts, facts, days(end))
    history: list[Lateness] = []
    before, received_before = None, np.zeros(len(contracts.principal), np.int64)
    for ended, then in _months_before(contracts, facts, end):
        if not history:
            before, received_before = standing(then, ended), then.received + then.recovered
        history.append(lateness(then))
    ends = months_to(end, len(history) + 1)
    return Month(
        end=end,
        contracts=contracts,
        facts=facts,
        positions=positions,
        standing=standing(positions, end),
        before=before,
        history=history,
        late_since=_late_since(contracts, facts, [lateness(positions), *history], ends),
        received=np.maximum(positions.received + positions.recovered - received_before, 0),
        last_paid_on=_last_paid_on(facts, days(end)),
    )


def some_rows(contracts: Contracts, facts: Facts, rows: npt.NDArray[np.integer]) -> tuple[Contracts, Facts]:
    """The loans of `rows` alone, in that order, with their facts."""
    shared = ("terms", "closed_days")
    picked = contracts._replace(
        **{name: column[rows] for name, column in contracts._asdict().items() if name not in shared}
    )
    counts = np.diff(facts.start)[rows]
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    moved = np.repeat(start[:-1] - facts.start[rows], counts)
    place = np.arange(start[-1]) - moved
    reverses = facts.reverses[place]
    return picked, facts._replace(
        start=start,
        reverses=np.where(reverses >= 0, reverses + moved, -1),
        detail=facts.detail[place] if len(facts.detail) else facts.detail,
        **{name: getattr(facts, name)[place] for name in ("kind", "value_date", "amount", "component")},
    )


def _months_before(contracts: Contracts, facts: Facts, end: datetime.date) -> Iterator[tuple[datetime.date, Positions]]:
    first = int(contracts.disbursed_on.min()) if len(contracts.principal) else 0
    for before in months_to(end, HISTORY + 1)[1:]:
        if days(before) < first:
            return
        yield before, fold(contracts, facts, days(before))


def _late_since(contracts: Contracts, facts: Facts, newest_first: list[Lateness], ends: list[datetime.date]) -> Int32:
    since = _late_since_write_off(contracts, facts, newest_first[-1], ends[-1])
    end_before = NO_DATE
    for end, then in zip(reversed(ends), reversed(newest_first), strict=True):
        oldest = then.oldest_unpaid_due_on
        late_at_both = (since != NO_DATE) & (oldest != NO_DATE)
        # An installment that is unpaid at two months' ends was unpaid all the time between.
        goes_on = late_at_both & (oldest <= end_before)
        unsure = np.flatnonzero(late_at_both & ~goes_on)
        goes_on[unsure[_never_paid_up(contracts, facts, unsure, oldest[unsure], end_before)]] = True
        since = np.where((then.status == STATUS["open"]) & ~goes_on, oldest, since).astype(np.int32)
        end_before = days(end)
    return since


def _never_paid_up(
    contracts: Contracts, facts: Facts, rows: npt.NDArray[np.integer], oldest: Int32, since: int
) -> npt.NDArray[np.bool_]:
    """Which of `rows`, late on day `since`, were late on every day up to the due date `oldest` of each.

    Goes back from due date to due date: what was the oldest unpaid on the day on which this one fell due?
    """
    late = np.zeros(len(rows), np.bool_)
    asked, on = np.arange(len(rows)), oldest
    while len(asked):
        earlier = np.full(len(asked), NO_DATE, np.int32)
        for day in np.unique(on):
            that_day = np.flatnonzero(on == day)
            then = fold(*some_rows(contracts, facts, rows[asked[that_day]]), int(day))
            earlier[that_day] = then.oldest_unpaid_due_on
        was_late = (earlier != NO_DATE) & (earlier < on)
        late[asked[was_late & (earlier <= since)]] = True
        further = was_late & (earlier > since)
        asked, on = asked[further], earlier[further]
    return late


def _late_since_write_off(contracts: Contracts, facts: Facts, first: Lateness, on: datetime.date) -> Int32:
    # Written off before all the months looked at: the oldest due date that would be unpaid had it not been.
    since = np.full(len(first.status), NO_DATE, np.int32)
    lost = np.flatnonzero(first.status == STATUS["written_off"])
    if len(lost):
        their_contracts, theirs = some_rows(contracts, facts, lost)
        is_write_off = theirs.kind == WRITTEN_OFF
        nothing_waived = theirs._replace(
            kind=np.where(is_write_off, WAIVED, theirs.kind).astype(np.uint8),
            component=np.where(is_write_off, COMPONENT["fee"], theirs.component).astype(np.uint8),
        )
        since[lost] = fold(their_contracts, nothing_waived, days(on)).oldest_unpaid_due_on
    return since


def _last_paid_on(facts: Facts, on: int) -> Int32:
    paid = standing_on(facts, on) & (facts.kind == PAID)
    last = np.full(len(facts.start) - 1, NO_DATE, np.int32)
    np.maximum.at(last, loan_of_each(facts)[paid], facts.value_date[paid])
    return last
