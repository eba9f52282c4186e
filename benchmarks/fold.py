"""How many loans a second the fold takes in, each from its first fact: 12 installments, five payments.

python -m benchmarks.fold [LOANS]
"""

import datetime
import os
import sys
import time

import numba
import numpy as np

from duly.engine import columns
from duly.engine.contract import Terms
from duly.engine.dates import days
from duly.engine.fold import STATUS, fold

LOANS = 2_000_000
PAYMENTS = 5
DAY = datetime.date(2025, 6, 30)
LEAST_A_SECOND = 5_000_000
ROUNDS = 5


def main() -> int:
    loans = int(sys.argv[1]) if len(sys.argv) > 1 else LOANS
    started = time.perf_counter()
    contracts = make_contracts(loans)
    facts = make_facts(contracts)
    print(f"{loans:,} loans, {len(facts.kind):,} facts, made in {time.perf_counter() - started:.1f} s", end="; ")
    print(f"{numba.get_num_threads()} threads on {os.cpu_count()} cores\n")
    fold(contracts, facts, days(DAY))  # compiled code is loaded, memory is touched
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        positions = fold(contracts, facts, days(DAY))
        seconds = time.perf_counter() - started
        best = min(best, seconds)
        print(f"  {seconds:6.3f} s   {loans / seconds:12,.0f} loans a second")
    still_open = int((positions.status == STATUS["open"]).sum())
    print(f"\n{still_open:,} open, {int((positions.days_past_due > 0).sum()):,} overdue")
    within = loans / best >= LEAST_A_SECOND
    print(f"best {loans / best:,.0f} loans a second: {'at least' if within else 'UNDER'} {LEAST_A_SECOND:,}")
    return 0 if within else 1


def make_contracts(loans: int) -> columns.Contracts:
    """Loans of 12 monthly installments, five to eight months old on DAY."""
    chance = np.random.default_rng(1)
    return columns.make_contracts(
        [Terms("CNY")],
        term=np.zeros(loans, np.int32),
        principal=chance.integers(1_000_00, 20_000_00, loans),
        annual_rate=np.full(loans, 180_000),
        disbursed_on=days(DAY) - chance.integers(150, 250, loans),
        installments=np.full(loans, 12),
    )


def make_facts(contracts: columns.Contracts) -> columns.Facts:
    """A disbursement and five payments each: some early, some late, one in ten of them short."""
    chance = np.random.default_rng(2)
    loans = len(contracts.principal)
    value_date = np.empty((1 + PAYMENTS, loans), np.int32)
    amount = np.empty((1 + PAYMENTS, loans), np.int64)
    value_date[0], amount[0] = contracts.disbursed_on, contracts.principal
    for number in range(PAYMENTS):
        value_date[number + 1] = contracts.first_due_on + 30 * number + chance.integers(-9, 6, loans)
        amount[number + 1] = contracts.installment_amount // np.where(chance.random(loans) < 0.1, 2, 1)
    kind = np.repeat([columns.KIND[name] for name in ("disbursed", "paid")], [loans, loans * PAYMENTS])
    none = np.zeros(value_date.size, np.int64)
    return columns.arrange_facts(
        loans,
        np.tile(np.arange(loans), 1 + PAYMENTS),
        kind,
        value_date.ravel(),
        amount.ravel(),
        none,
        none - 1,
    )


if __name__ == "__main__":
    sys.exit(main())
