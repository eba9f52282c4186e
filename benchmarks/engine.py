"""How fast the fold is: loans a second by number of loans and by feature, and memory a loan.

    python benchmarks/engine.py [--loans 10000000] [--features]

Each book: loans of 12 months in the middle of their lives, 4.5 payments each; the fold runs twice, the second counts.
"""

import argparse
import resource
import sys
import time
from typing import Any

import numpy as np

from duly.engine import dates
from duly.engine.columns import arrange_facts, make_contracts
from duly.engine.contract import parse_terms
from duly.engine.facts import no_detail
from duly.engine.fold import fold
from duly.engine.records import DETAIL_DTYPE, KIND, Contracts, Facts

AS_OF = 20_000
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
BASE: dict[str, Any] = {"currency": "CNY", "method": "equal_installment", "every": "1 month", "day_count": "30/360"}
FEATURES: dict[str, dict[str, Any]] = {
    "plain": {"penalty": {"annual_rate": "0"}},
    "penalty": {},
    "compound penalty, late fee": {
        "penalty": {"compound": True, "on": "installment"},
        "late_fee": {"amount": "5.00", "after_days": 3},
    },
    "daily interest": {"interest": "daily", "day_count": "act/365"},
    "rescheduled": {},
}


def book(loans: int, feature: str, seed: int = 1) -> tuple[Contracts, Facts]:
    """A book of `loans` with one feature; one loan in ten pays a month late, one in twenty not at all."""
    chance = np.random.default_rng(seed)
    principal = chance.integers(1_000_00, 20_000_00, loans)
    disbursed_on = AS_OF - chance.integers(110, 200, loans)
    contracts = make_contracts(
        [parse_terms({**BASE, **FEATURES[feature]})],
        term=np.zeros(loans, np.int32),
        principal=principal,
        annual_rate=np.full(loans, 180_000),
        disbursed_on=disbursed_on,
        installments=np.full(loans, 12),
    )
    payments = 4 + (np.arange(loans) % 2)
    payments[chance.random(loans) < 0.05] = 0
    loan = np.repeat(np.arange(loans), payments + 1)
    number = np.arange(len(loan)) - np.repeat(np.cumsum(payments + 1) - payments - 1, payments + 1)
    late = np.where(chance.random(loans) < 0.1, 30, 0)
    value_date = contracts.first_due_on[loan] + 30 * (number - 1) + late[loan] + chance.integers(-2, 3, len(loan))
    value_date = np.where(number == 0, disbursed_on[loan], value_date).astype(np.int32)
    kind = np.where(number == 0, KIND["disbursed"], KIND["paid"])
    amount = np.where(number == 0, principal[loan], contracts.installment_amount[loan])
    detail, details = None, None
    if feature == "rescheduled":
        kind = np.where(number == 3, KIND["rescheduled"], kind)
        detail = np.where(number == 3, 0, -1)
        one = no_detail()
        one.installments = 18
        details = np.array([one], DETAIL_DTYPE)
    none = np.zeros(len(loan), np.int64)
    return contracts, arrange_facts(loans, loan, kind, value_date, amount, none, none - 1, detail, details)


def timed(contracts: Contracts, facts: Facts) -> tuple[float, float]:
    """Seconds of a fold, and bytes a loan that it takes beside its input."""
    fold(contracts, facts, AS_OF)
    started = time.perf_counter()
    positions = fold(contracts, facts, AS_OF)
    seconds = time.perf_counter() - started
    return seconds, sum(column.nbytes for column in positions) / len(positions.status)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--loans", type=int, default=SIZES[-1], help="the largest book")
    arguments.add_argument("--features", action="store_true", help="a million loans of each feature")
    given = arguments.parse_args()
    print(f"{'loans':>12} {'facts':>12} {'feature':28} {'seconds':>8} {'loans/s':>12} {'bytes/loan':>10}")
    jobs = [(size, "penalty") for size in SIZES if size <= given.loans]
    if given.features:
        jobs = [(min(given.loans, 1_000_000), feature) for feature in FEATURES]
    for loans, feature in jobs:
        contracts, facts = book(loans, feature)
        seconds, memory = timed(contracts, facts)
        print(f"{loans:12,} {len(facts.kind):12,} {feature:28} {seconds:8.3f} {loans / seconds:12,.0f} {memory:10.0f}")
    print(f"most memory used: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB; {dates.date(AS_OF)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
