"""How long the close of one day takes over a million open loans with five million facts.

    python -m benchmarks.close [LOANS]                          on SQLite
    python tests/postgres.py python -m benchmarks.close [LOANS] on a throwaway PostgreSQL

Closes two days: the first writes the position of every loan, the second only what a usual day changes.
"""

import datetime
import os
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np

LOANS = 1_000_000
PAYMENTS = 4
DAY = datetime.date(2025, 6, 30)
LIMIT_SECONDS = {"sqlite": 30, "postgresql": 60}


def main() -> int:
    loans = int(sys.argv[1]) if len(sys.argv) > 1 else LOANS
    with tempfile.TemporaryDirectory(prefix="duly-bench-") as home:
        os.environ.setdefault("DULY_DATABASE_URL", f"sqlite:///{home}/book.sqlite3")
        os.environ |= {"DULY_HOME": home, "DJANGO_SETTINGS_MODULE": "duly.settings"}
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        started = time.perf_counter()
        make_book(loans)
        print(f"{connection.vendor}: a book of {loans:,} open loans, {loans * (1 + PAYMENTS):,} facts")
        print(f"made in {time.perf_counter() - started:.1f} s\n")
        warm_up()
        within = [close_timed(DAY + datetime.timedelta(days=number), connection.vendor) for number in range(2)]
    return 0 if all(within) else 1


def warm_up() -> None:
    """Load the compiled fold, as a running system has it."""
    from duly.engine.columns import arrange_facts, pack_contracts
    from duly.engine.contract import Contract, Terms
    from duly.engine.dates import days
    from duly.engine.fold import fold

    contract = Contract(Terms("CNY"), 1, 0, DAY, DAY + datetime.timedelta(days=1), 1)
    none = np.zeros(0, np.int64)
    fold(pack_contracts([contract]), arrange_facts(1, none, none, none, none, none, none), days(DAY))


def close_timed(day: datetime.date, vendor: str) -> bool:
    """Close `day`, print where the time went, and say whether it was within the limit."""
    from duly.close import services, writing

    spent: dict[str, float] = {}

    def timed(phase: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            started = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                spent[phase] = spent.get(phase, 0) + time.perf_counter() - started

        return call

    phases = [
        ("read contracts and facts", services.Book, "read_through"),
        ("fold twice", services.Book, "fold"),
        ("identities", services, "broken_identities"),
        ("post and tie", services, "running_totals"),
        ("post and tie", services, "differences"),
        ("positions", writing, "write_positions"),
        ("transitions", services, "transitions"),
        ("transitions", writing, "insert_transitions"),
        ("buckets", services, "by_bucket"),
    ]
    originals = [(owner, name, getattr(owner, name)) for _, owner, name in phases]
    for (phase, owner, name), (_, _, original) in zip(phases, originals, strict=True):
        setattr(owner, name, timed(phase, original))
    started = time.perf_counter()
    summary = services.close_day(day)
    total = time.perf_counter() - started
    for owner, name, original in originals:
        setattr(owner, name, original)
    spent["commit and the rest"] = total - sum(spent.values())
    print(f"{day}: {summary.open_loans:,} open, {summary.overdue_loans:,} overdue, ", end="")
    print(f"{summary.positions_changed:,} positions and {sum(summary.transitions.values()):,} transitions written")
    for phase, seconds in spent.items():
        print(f"  {phase:26}{seconds:7.2f} s")
    limit = LIMIT_SECONDS[vendor]
    print(f"  {'all':26}{total:7.2f} s   {'within' if total < limit else 'OVER'} {limit} s\n")
    return total < limit


def make_book(loans: int) -> None:
    """Loans of 12 months, four or five months old, with four payments each; an empty close of the day before DAY."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from duly.close.models import Close
    from duly.engine import columns, contract
    from duly.engine.dates import days
    from duly.lending.arrow import connect
    from duly.lending.models import Product
    from duly.people.models import Borrower

    terms = {"currency": "CNY", "method": "equal_installment", "every": "1 month"}
    product = Product.objects.create(code="bench", name_en="Benchmark", currency="CNY", terms=terms)
    borrower = Borrower.objects.create(reference="bench")
    Close.objects.create(
        business_date=DAY - datetime.timedelta(days=1),
        closed_at=datetime.datetime.now(datetime.UTC),
        facts_through=0,
        loans=0,
        open_loans=0,
        overdue_loans=0,
        ledger_ties=True,
    )
    chance = np.random.default_rng(1)
    ids = np.arange(1, loans + 1)
    made = columns.make_contracts(
        [contract.parse_terms(terms)],
        term=np.zeros(loans, np.int32),
        principal=chance.integers(1_000_00, 20_000_00, loans),
        annual_rate=np.full(loans, 180_000),
        disbursed_on=days(DAY) - chance.integers(110, 158, loans),
        installments=np.full(loans, 12),
    )
    value_date = np.empty((1 + PAYMENTS, loans), np.int32)
    value_date[0] = made.disbursed_on
    for number in range(PAYMENTS):
        value_date[number + 1] = made.first_due_on + 30 * number + chance.integers(-9, 3, loans)
    amount = np.broadcast_to(made.installment_amount + 10_00, value_date.shape).copy()
    amount[0] = made.principal
    rows = value_date.size
    key = pc.binary_join_element_wise("bench", pa.array(np.arange(rows)).cast(pa.string()), "-")
    kind = pa.array(["disbursed", "paid"]).take(pa.array((np.arange(rows) >= loans).astype(np.int8)))
    tables = {
        "lending_loan": {
            "id": ids,
            "reference": pc.binary_join_element_wise("bench", pa.array(ids).cast(pa.string()), "-"),
            "borrower_id": np.full(loans, borrower.pk),
            "product_id": np.full(loans, product.pk),
            "principal": made.principal,
            "annual_rate": made.annual_rate,
            "service_fee": made.service_fee,
            "disbursed_on": pa.array(made.disbursed_on).cast(pa.date32()),
            "first_due_on": pa.array(made.first_due_on).cast(pa.date32()),
            "installments": made.installments,
            "installment_amount": made.installment_amount,
        },
        "lending_fact": {
            "loan_id": np.tile(ids, 1 + PAYMENTS),
            "kind": kind,
            "value_date": pa.array(value_date.ravel()).cast(pa.date32()),
            "amount": amount.ravel(),
            "idempotency_key": key,
        },
    }
    with connect() as connection:
        with connection.cursor() as cursor:
            for table, data in tables.items():
                cursor.adbc_ingest(table, pa.table(data), mode="append")
        connection.commit()


if __name__ == "__main__":
    sys.exit(main())
