"""How fast applications are reviewed: one as a table of fields, and a million by the column.

python -m benchmarks.risk [APPLICATIONS]

Measured with the starter policy and the scorecard of card holders, every check included; the words of the reasons are
put together when somebody asks for a row's.
"""

import os
import sys
import time
from typing import Any

import numpy as np

from duly.risk.characteristics import CardMonths, characteristics_of
from duly.risk.judge import OUTCOMES, review_many
from duly.risk.policy import parse_policy, shipped_text
from duly.risk.review import review, told
from duly.risk.scorecard import parse_scorecard, shipped_scorecard_text

APPLICATIONS = 1_000_000
MOST_SECONDS = 5.0
MOST_MILLISECONDS = 2.0
ROUNDS = 3


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else APPLICATIONS
    policy = parse_policy(shipped_text("starter"))
    scorecard = parse_scorecard(shipped_scorecard_text("card_holders"))
    columns = make_columns(count, list(scorecard.kinds))
    print(f"{count:,} applications, {len(columns)} columns, {os.cpu_count()} cores")
    best, processor, judged = float("inf"), float("inf"), None
    for _ in range(ROUNDS):
        started, worked = time.perf_counter(), time.process_time()
        judged = review_many(columns, policy, scorecard)
        best, processor = min(best, time.perf_counter() - started), min(processor, time.process_time() - worked)
    assert judged is not None
    shares = np.bincount(judged.outcome, minlength=3) / count
    print(f"by the column: {best:.3f} s ({processor:.3f} of the processor), {count / best:,.0f} a second")
    print(", ".join(f"{name} {share:.1%}" for name, share in zip(OUTCOMES, shares, strict=True)))
    one = single(columns, policy, scorecard)
    print(f"one by itself, reasons and all: {one:.3f} ms of the processor")
    rows = [told(judged, row) for row in range(0, count, max(1, count // 1000))]
    alone = [review(row_of(columns, row), policy, scorecard) for row in range(0, count, max(1, count // 1000))]
    print(f"{len(rows):,} rows compared with each by itself: {'the same' if rows == alone else 'DIFFERENT'}")
    within = best <= MOST_SECONDS * count / APPLICATIONS and one <= MOST_MILLISECONDS and rows == alone
    print(f"{'within' if within else 'OVER'} {MOST_SECONDS} s a million and {MOST_MILLISECONDS} ms for one")
    return 0 if within else 1


def make_columns(count: int, characteristics: list[str]) -> dict[str, Any]:
    """Applications made by chance: most sound, one in fifty with something that is not known."""
    chance = np.random.default_rng(1)

    def rare(share: float) -> Any:
        return chance.random(count) < share

    income = (chance.lognormal(13.3, 0.5, count)).astype(np.int64)
    columns: dict[str, Any] = {
        "age_years": chance.integers(17, 70, count),
        "is_student": rare(0.02),
        "id_verified": ~rare(0.01),
        "face_matched": ~rare(0.01),
        "documents_altered": rare(0.005),
        "on_blocklist": rare(0.01),
        "people_on_device": chance.poisson(0.3, count),
        "applications_30_days": chance.poisson(1.2, count),
        "monthly_income": np.ma.MaskedArray(income, rare(0.02)),
        "income_verified": ~rare(0.1),
        "monthly_spending": (income * chance.uniform(0.2, 0.7, count)).astype(np.int64),
        "monthly_debt_payments": (income * chance.uniform(0, 0.3, count)).astype(np.int64),
        "total_debt": (income * chance.exponential(5, count)).astype(np.int64),
        "lenders_owed": chance.poisson(1.1, count),
        "days_past_due_now": np.where(rare(0.05), chance.integers(1, 90, count), 0),
        "debt_written_off": rare(0.01),
        "late_with_us": rare(0.02),
        "purpose": chance.choice(
            ["consumption", "travel", "renovation", "investment"], count, p=[0.6, 0.2, 0.17, 0.03]
        ),
    }
    limit = chance.integers(10_000, 500_000, count)
    bill = (limit * chance.uniform(0, 1, (6, count))).astype(np.int64)
    paid = (bill * chance.uniform(0, 0.5, (6, count))).astype(np.int64)
    late = np.where(chance.random((6, count)) < 0.08, chance.integers(1, 3, (6, count)), 0)
    worked_out = characteristics_of(CardMonths(limit, bill, paid, late, 43_000))
    return columns | {name: worked_out[name] for name in characteristics}


def row_of(columns: dict[str, Any], row: int) -> dict[str, Any]:
    """One application of many, as a table of fields."""
    found = {}
    for name, column in columns.items():
        value = column[row]
        found[name] = None if value is np.ma.masked else value.item()
    return found


def single(columns: dict[str, Any], policy: Any, scorecard: Any) -> float:
    """Milliseconds of the processor for one review by itself, as JSON."""
    application = row_of(columns, 0)
    review(application, policy, scorecard)
    worked = time.process_time()
    for _ in range(200):
        review(application, policy, scorecard).as_json()
    return (time.process_time() - worked) / 200 * 1000


if __name__ == "__main__":
    raise SystemExit(main())
