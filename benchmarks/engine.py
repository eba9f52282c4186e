"""How fast the fold is: by number of loans and by feature, beside other libraries and beside the machine's memory.

    python -m benchmarks.engine [--loans 10000000] [--repeat 3] [--chart FILE.svg]

Each book: loans of 12 months in the middle of their lives, 4.5 payments each; a time is the best of several. The other
libraries (the dependency group `bench`) are left out where they are not installed.
"""

import argparse
import datetime
import importlib.util
import resource
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

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


class Measured(NamedTuple):
    """One line of the table: seconds by the clock, and of all cores' work."""

    what: str
    loans: int
    facts: int
    seconds: float
    cpu_seconds: float
    bytes_a_loan: float = 0.0

    @property
    def throughput(self) -> float:
        return self.loans / self.seconds


def best_of(repeat: int, work: Callable[[], object]) -> tuple[float, float]:
    """The least seconds, by the clock and of work, that `work` took."""
    clock, cpu = [], []
    for _ in range(repeat):
        started, worked = time.perf_counter(), time.process_time()
        work()
        clock.append(time.perf_counter() - started)
        cpu.append(time.process_time() - worked)
    return min(clock), min(cpu)


def measure_fold(loans: int, feature: str, repeat: int) -> Measured:
    """The fold of one book; the bytes are the most that the process grew by while folding, the positions with it."""
    contracts, facts = book(loans, feature)
    fold(*book(10, feature), AS_OF)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    positions = fold(contracts, facts, AS_OF)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    held = sum(column.nbytes for column in positions)
    del positions
    clock, cpu = best_of(repeat, lambda: fold(contracts, facts, AS_OF))
    return Measured(feature, loans, len(facts.kind), clock, cpu, max(grown, held) / loans)


def measure_money_warp(loans: int = 50) -> Measured:
    """money-warp on the loans of the same book: four payments, then what is owed, day by day rules of its own."""
    from money_warp import InterestRate, Loan, Money, Warp

    contracts, facts = book(loans, "penalty")
    utc = datetime.UTC

    def instant(day: int) -> datetime.datetime:
        return datetime.datetime.combine(dates.date(day), datetime.time(), utc)

    def fold_all() -> None:
        for row in range(loans):
            due = [
                dates.date(dates.add_periods(contracts.first_due_on[row], number, 1, dates.MONTH, dates.CLAMP))
                for number in range(12)
            ]
            loan = Loan(
                Money(str(contracts.principal[row] / 100)),
                InterestRate("18% annual"),
                due,
                disbursement_date=instant(contracts.disbursed_on[row]),
                fine_rate=InterestRate("2% annual"),
                mora_interest_rate=InterestRate("10.5% annual"),
            )
            for fact in range(facts.start[row] + 1, facts.start[row + 1]):
                if facts.value_date[fact] <= AS_OF:
                    loan.record_payment(Money(str(facts.amount[fact] / 100)), instant(facts.value_date[fact]))
            with Warp(loan, instant(AS_OF)) as now:
                _ = now.principal_balance, now.interest_balance, now.mora_interest_balance, now.fine_balance

    return Measured("money-warp, the same loans", loans, len(facts.kind), *best_of(1, fold_all))


def measure_numpy_financial(loans: int = 1_000_000) -> Measured:
    """numpy-financial: the level installment and the balance after the payments made, in floats, nothing late."""
    import numpy_financial

    contracts, facts = book(loans, "plain")
    paid = np.diff(facts.start) - 1
    principal = contracts.principal.astype(np.float64)

    def balances() -> None:
        level = numpy_financial.pmt(0.015, 12, principal)
        numpy_financial.fv(0.015, paid, level, principal)

    return Measured("numpy-financial, balances only", loans, len(facts.kind), *best_of(3, balances))


def memory_bandwidth() -> float:
    """Bytes a second that this machine copies, reading and writing counted: the best of five gigabytes."""
    source = np.ones(1 << 27)
    target = np.empty_like(source)
    seconds, _ = best_of(5, lambda: np.copyto(target, source))
    return 2 * source.nbytes / seconds


def chart(found: list[Measured], path: str) -> None:
    """The table as bars, loans a second on a scale of tens."""
    import altair
    import polars

    table = polars.DataFrame(
        {"what": [f"{one.what}, {one.loans:,}" for one in found], "loans a second": [one.throughput for one in found]}
    )
    bars = (
        altair.Chart(table, width=460)
        .mark_bar()
        .encode(
            x=altair.X("loans a second:Q", scale=altair.Scale(type="log")),
            y=altair.Y("what:N", sort=None, title=None, axis=altair.Axis(labelLimit=300)),
        )
    )
    bars.save(path)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--loans", type=int, default=SIZES[-1], help="the largest book")
    arguments.add_argument("--repeat", type=int, default=3, help="of how many runs the best counts")
    arguments.add_argument("--chart", help="where to write a chart (SVG)")
    given = arguments.parse_args()
    print(f"{'what':32}{'loans':>12}{'facts':>12}{'seconds':>10}{'cpu s':>9}{'loans/s':>13}{'bytes/loan':>12}")
    found: list[Measured] = []

    def show(one: Measured) -> None:
        found.append(one)
        size = f"{one.bytes_a_loan:12.0f}" if one.bytes_a_loan else ""
        print(
            f"{one.what:32}{one.loans:12,}{one.facts:12,}{one.seconds:10.4f}{one.cpu_seconds:9.3f}"
            f"{one.throughput:13,.0f}{size}",
            flush=True,
        )

    for feature in FEATURES:
        show(measure_fold(min(given.loans, 1_000_000), feature, given.repeat))
    for size in SIZES:
        if size <= given.loans:
            show(measure_fold(size, "penalty", given.repeat))
    largest = found[-1]
    others = (("numpy_financial", measure_numpy_financial), ("money_warp", measure_money_warp))
    for module, measure in others:
        if importlib.util.find_spec(module):
            show(measure())
            print(f"{'':32}the fold does {largest.throughput / found[-1].throughput:,.1f} times as many loans a second")
    bandwidth = memory_bandwidth()
    contracts, facts = book(10_000, "penalty")
    columns = [*contracts[2:], *facts[:-1]]
    moved = sum(column.nbytes for column in columns) / 10_000 + largest.bytes_a_loan
    print(
        f"memory moves {bandwidth / 1e9:.1f} GB/s; a loan's columns in and out are {moved:.0f} bytes, so the fold uses"
    )
    print(f"{largest.throughput * moved / bandwidth:.1%} of it")
    if given.chart:
        chart(found, given.chart)
    return int(largest.loans == SIZES[-1] and (largest.seconds > 3 or largest.bytes_a_loan > 400))


if __name__ == "__main__":
    sys.exit(main())
