"""A simulated lender's life, day by day: who draws, who pays and when, what bounces, what is given up as lost.

Every day the whole book is folded, and what people pay is what the fold says they owe. The same seed and first day give
the same life, however far it is followed: a longer run begins with all of a shorter one.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from duly.engine.columns import KIND, Contracts, Int32, Int64, arrange_facts, join_contracts, make_contracts
from duly.engine.contract import COMPONENT, parse_terms
from duly.engine.dates import days
from duly.engine.fold import STATUS, Positions, fold

SEED = 20260101
BORROWERS = 4000
NEVER = np.int32(2**30)
YEAR_RATE = (144_000, 150_000)  # millionths a year, by product
MONTHS_12, DAYS_30 = 0, 1
PRODUCTS: list[dict[str, Any]] = [
    {
        "code": "instalments-12",
        "name_en": "Twelve months, equal instalments",
        "name_zh": "十二期等额本息",
        "terms": {
            "currency": "CNY",
            "method": "equal_installment",
            "every": "1 month",
            "penalty": {"annual_rate": "0.216", "on": "principal", "grace_days": 0, "day_count": "act/365"},
        },
    },
    {
        "code": "bridge-30",
        "name_en": "Thirty days, one payment",
        "name_zh": "三十天一次还清",
        "terms": {
            "currency": "CNY",
            "method": "bullet",
            "every": "30 day",
            "day_count": "act/365",
            "penalty": {"annual_rate": "0.225", "on": "principal", "grace_days": 1, "day_count": "act/365"},
        },
    },
]
# Ways of paying, the share of borrowers who have each, and the delay in days of each: (chance to be late, least, most).
HABITS = ("punctual", "forgetful", "strained", "lost")
SHARES = (0.66, 0.22, 0.09, 0.03)
DELAYS = ((0.03, 1, 4), (0.30, 1, 9), (0.55, 4, 55), (0.15, 1, 20))
STOPS_PAYING = 0.10  # chance that a lost borrower pays no more, each time something falls due
BOUNCES = 0.006
PAID_IN_PART = 0.25  # of late payments of the strained
ARRIVES_LATE = 0.03  # payments that the lender hears of only days after
WRITTEN_OFF_FROM = 150  # days past due
# Circumstances that come to light while a loan is late: chance a day.
CIRCUMSTANCES = (("disputed", 0.0030), ("hardship", 0.0040), ("cease_requested", 0.0020), ("deceased", 0.0008))


@dataclass(frozen=True)
class Life:
    """All that happened from the first day through the last, in order of happening.

    Loans are columns of the engine; `loan_borrower` says whose they are. Facts: `loan` indexes the loans, `reverses` is
    a row or -1, `arrives_on` the day on which the lender comes to know. Circumstances: (borrower, kind, day).
    Dates in days since 1970-01-01.
    """

    contracts: Contracts
    loan_borrower: Int64
    loan: Int64
    kind: npt.NDArray[np.uint8]
    value_date: Int32
    amount: Int64
    component: npt.NDArray[np.uint8]
    reverses: Int64
    arrives_on: Int32
    circumstances: list[tuple[int, str, int]]


def live(
    first: datetime.date,
    last: datetime.date,
    seed: int = SEED,
    borrowers: int = BORROWERS,
    progress: Callable[[], None] | None = None,
) -> Life:
    """The lender's life from `first` through `last`; `progress` is called after each day."""
    world = _World(days(first), seed, borrowers)
    for day in range(days(first), days(last) + 1):
        world.one_day(day)
        if progress:
            progress()
    return world.life()


class _World:
    """The state of the simulation: the people and their plans, the loans made, the facts so far."""

    def __init__(self, first: int, seed: int, borrowers: int) -> None:
        self.random = np.random.default_rng(seed)
        self.terms = [parse_terms(product["terms"]) for product in PRODUCTS]
        self.habit = self.random.choice(len(HABITS), borrowers, p=SHARES)
        self.product = np.where(self.random.random(borrowers) < 0.6, MONTHS_12, DAYS_30)
        # More borrowers join as the year goes on; the last of them in the fifteenth month.
        self.draws_on = (first + np.floor(450 * self.random.random(borrowers) ** 0.75)).astype(np.int64)
        self.has_loan = np.zeros(borrowers, np.bool_)
        self.known = np.zeros(borrowers, np.bool_)  # a circumstance of theirs has come to light
        self.circumstances: list[tuple[int, str, int]] = []
        none32, none64 = np.empty(0, np.int32), np.empty(0, np.int64)
        self.contracts = make_contracts(
            self.terms, term=none32, principal=none64, annual_rate=none64, disbursed_on=none32, installments=none32
        )
        self.borrower = none64
        self.pays_on = none32  # when each loan's borrower means to pay; NEVER while nothing is due
        self.settles_early_on = none32
        self.gave_up = np.empty(0, np.bool_)
        self.facts: dict[str, list[npt.NDArray[Any]]] = {
            name: [] for name in ("loan", "kind", "value_date", "amount", "component", "reverses", "arrives_on")
        }
        self.fact_count = 0
        self.bouncing: list[tuple[int, int]] = []  # (day, row of the payment that bounces then)

    def one_day(self, day: int) -> None:
        """Draw, pay, bounce, come to light, write off: one business day."""
        self._draw(day)
        self._bounce(day)
        position = self._fold(day)
        self._pay(day, position)
        self._come_to_light(day, position)
        if day % 7 == 0:
            self._write_off(day, position)
        self._free_the_settled(day, position)

    def life(self) -> Life:
        """Everything so far."""
        return Life(
            contracts=self.contracts,
            loan_borrower=self.borrower,
            **{name: self._column(name) for name in self.facts},
            circumstances=list(self.circumstances),
        )

    def _draw(self, day: int) -> None:
        who = np.flatnonzero((self.draws_on == day) & ~self.has_loan)
        if not len(who):
            return
        product = self.product[who]
        long = product == MONTHS_12
        principal = np.where(
            long, self.random.integers(10, 121, len(who)) * 500_00, self.random.integers(5, 41, len(who)) * 100_00
        )
        new = make_contracts(
            self.terms,
            term=product,
            principal=principal,
            annual_rate=np.where(long, *YEAR_RATE),
            service_fee=np.where(long, principal // 200, 0),
            disbursed_on=np.full(len(who), day, np.int32),
            installments=np.where(long, 12, 1),
        )
        first_loan = len(self.borrower)
        self.contracts = join_contracts(self.contracts, new)
        self.borrower = np.concatenate([self.borrower, who])
        self.pays_on = np.concatenate([self.pays_on, np.full(len(who), NEVER, np.int32)])
        early = (self.random.random(len(who)) < 0.12) & long
        early_on = np.where(early, day + self.random.integers(60, 330, len(who)), NEVER).astype(np.int32)
        self.settles_early_on = np.concatenate([self.settles_early_on, early_on])
        self.gave_up = np.concatenate([self.gave_up, np.zeros(len(who), np.bool_)])
        self.has_loan[who] = True
        self._record("disbursed", np.arange(first_loan, len(self.borrower)), day, principal)

    def _fold(self, day: int) -> Positions:
        columns = [self._column(name) for name in ("loan", "kind", "value_date", "amount", "component", "reverses")]
        return fold(self.contracts, arrange_facts(len(self.borrower), *columns), day)

    def _pay(self, day: int, position: Positions) -> None:
        due = position.principal_due + position.interest_due + position.penalty_due + position.fee_due
        is_open = position.status == STATUS["open"]
        habit = self.habit[self.borrower]
        self._decide_when(day, np.flatnonzero(is_open & (due > 0) & (self.pays_on == NEVER) & ~self.gave_up), habit)
        paying = is_open & (due > 0) & (self.pays_on <= day)
        in_part = paying & (habit == HABITS.index("strained")) & (position.days_past_due > 3)
        in_part &= self.random.random(len(due)) < PAID_IN_PART
        share = self.random.integers(20, 80, len(due))
        amount = np.where(in_part, np.maximum(due * share // 100, 1), due)
        early = is_open & (self.settles_early_on <= day) & (position.days_past_due == 0) & (position.payoff > 0)
        amount = np.where(early, position.payoff, amount)
        loans = np.flatnonzero(paying | early)
        rows = self._record("paid", loans, day, amount[loans], self._arrival(day, len(loans)))
        self.pays_on[loans] = NEVER
        self.pays_on[in_part] = day + 10
        for loan, row in zip(loans, rows, strict=True):
            if self.random.random() < BOUNCES:
                self.bouncing.append((day + 2, int(row)))
                self.settles_early_on[loan] = NEVER

    def _decide_when(self, day: int, loans: Int64, habit: Int64) -> None:
        chance, least, most = np.array(DELAYS).T[:, habit[loans]]
        late = self.random.random(len(loans)) < chance
        delay = np.floor(least + self.random.random(len(loans)) ** 2 * (most - least + 1)).astype(np.int32)
        self.pays_on[loans] = day + np.where(late, delay, 0)
        stops = (habit[loans] == HABITS.index("lost")) & (self.random.random(len(loans)) < 2 * STOPS_PAYING)
        stops |= (habit[loans] == HABITS.index("strained")) & (self.random.random(len(loans)) < STOPS_PAYING / 4)
        self.gave_up[loans[stops]] = True
        self.pays_on[loans[stops]] = NEVER

    def _arrival(self, day: int, payments: int) -> Int32:
        delayed = self.random.random(payments) < ARRIVES_LATE
        return (day + np.where(delayed, self.random.integers(1, 6, payments), 0)).astype(np.int32)

    def _bounce(self, day: int) -> None:
        rows = [row for when, row in self.bouncing if when == day]
        self.bouncing = [one for one in self.bouncing if one[0] > day]
        if rows:
            loans = self._column("loan")[rows]
            # The lender hears of the return after it has heard of the payment.
            arrives = np.maximum(self._column("arrives_on")[rows], day).astype(np.int32)
            self._record("reversed", loans, day, np.zeros(len(rows), np.int64), arrives, reverses=np.array(rows))
            self.pays_on[loans] = day + 3
            self.has_loan[self.borrower[loans]] = True

    def _come_to_light(self, day: int, position: Positions) -> None:
        late = np.flatnonzero((position.status == STATUS["open"]) & (position.days_past_due > 2))
        late = late[~self.known[self.borrower[late]]]
        drawn = self.random.random((len(CIRCUMSTANCES), len(late)))
        for (kind, chance), row in zip(CIRCUMSTANCES, drawn, strict=True):
            for loan in late[row < chance]:
                borrower = int(self.borrower[loan])
                if self.known[borrower]:
                    continue
                self.known[borrower] = True
                self.circumstances.append((borrower, kind, day))
                if kind == "deceased":
                    self.gave_up[self.borrower == borrower] = True
                    self.pays_on[self.borrower == borrower] = NEVER
                if kind == "hardship" and position.penalty_outstanding[loan] > 0:
                    self._record(
                        "waived", np.array([loan]), day, position.penalty_outstanding[[loan]], component="penalty"
                    )

    def _write_off(self, day: int, position: Positions) -> None:
        lost = (position.status == STATUS["open"]) & (position.days_past_due >= WRITTEN_OFF_FROM) & self.gave_up
        loans = np.flatnonzero(lost)
        self._record("written_off", loans, day, np.zeros(len(loans), np.int64))

    def _free_the_settled(self, day: int, position: Positions) -> None:
        done = np.flatnonzero((position.status == STATUS["settled"]) & (position.settled_on == day - 1))
        who = self.borrower[done]
        self.has_loan[who] = False
        again = self.random.random(len(who)) < np.where(self.product[who] == DAYS_30, 0.85, 0.5)
        wait = 1 + self.random.geometric(1 / 18, len(who))
        self.draws_on[who] = np.where(again, day + wait, -1)

    def _record(
        self,
        kind: str,
        loans: npt.NDArray[np.integer],
        day: int,
        amount: Int64,
        arrives_on: Int32 | None = None,
        component: str = "",
        reverses: npt.NDArray[np.integer] | None = None,
    ) -> npt.NDArray[np.int64]:
        count = len(loans)
        rows = {
            "loan": np.asarray(loans, np.int64),
            "kind": np.full(count, KIND[kind], np.uint8),
            "value_date": np.full(count, day, np.int32),
            "amount": np.asarray(amount, np.int64),
            "component": np.full(count, COMPONENT[component], np.uint8),
            "reverses": np.full(count, -1, np.int64) if reverses is None else np.asarray(reverses, np.int64),
            "arrives_on": np.full(count, day, np.int32) if arrives_on is None else arrives_on,
        }
        for name, column in rows.items():
            self.facts[name].append(column)
        first = self.fact_count
        self.fact_count += count
        return np.arange(first, self.fact_count)

    def _column(self, name: str) -> npt.NDArray[Any]:
        parts = self.facts[name]
        if len(parts) > 1:
            parts[:] = [np.concatenate(parts)]
        return parts[0] if parts else np.empty(0, np.int64)
