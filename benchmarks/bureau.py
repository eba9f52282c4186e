"""How long a month of the credit record takes over a million loans with five million facts.

    python -m benchmarks.bureau [LOANS] [LAYOUT]                          on SQLite
    python tests/postgres.py python -m benchmarks.bureau [LOANS] [LAYOUT] on a throwaway PostgreSQL

All loans are of one borrower: reading and deciphering who people are is left out, and grows with their number.
"""

import datetime
import os
import sys
import tempfile
import time
from pathlib import Path

LOANS = 1_000_000
MONTH = datetime.date(2025, 6, 30)
LIMIT_SECONDS = {"sqlite": 60, "postgresql": 60}


def main() -> int:
    loans = int(sys.argv[1]) if len(sys.argv) > 1 else LOANS
    layout = sys.argv[2] if len(sys.argv) > 2 else "metro2"
    with tempfile.TemporaryDirectory(prefix="duly-bench-") as home:
        os.environ.setdefault("DULY_DATABASE_URL", f"sqlite:///{home}/book.sqlite3")
        os.environ |= {"DULY_HOME": home, "DJANGO_SETTINGS_MODULE": "duly.settings"}
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        from benchmarks.close import make_book, warm_up

        make_book(loans)
        closed_and_agreed()
        warm_up()
        vendor = connection.vendor
        print(f"{vendor}: {loans:,} loans, {5 * loans:,} facts, layout {layout}")
        folds = of_columns(loans)
        print(f"  {folds[0]:7.2f} s to read the book")
        print(f"  {folds[1]:7.2f} s for the month's columns: {folds[2]} folds, payment history and delinquencies")
        whole = reported(Path(home), layout)
        print(f"  {whole:7.2f} s for all of it: files of {megabytes(Path(home)):,.0f} MB, a line a loan on record")
        limit = LIMIT_SECONDS[vendor] * loans / LOANS + 5
        print("  within" if whole < limit else "  OVER", f"{limit:.0f} s")
    return 0 if whole < limit else 1


def closed_and_agreed() -> None:
    """The month closed (the close itself is another benchmark's), and the borrower's consent."""
    from duly.close.models import Close
    from duly.people import consents
    from duly.people.models import Borrower

    Close.objects.create(
        business_date=MONTH,
        closed_at=datetime.datetime.now(datetime.UTC),
        facts_through=0,
        loans=0,
        open_loans=0,
        overdue_loans=0,
        ledger_ties=True,
    )
    consents.give(Borrower.objects.get(), "credit_report", "en", at=datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC))


def of_columns(loans: int) -> tuple[float, float, int]:
    """Seconds to read the book and for the columns of the month, a hundred thousand loans at a time; and the folds."""
    import numpy as np

    from duly.bureau.months import month_of, some_rows
    from duly.bureau.reporting import CHUNK
    from duly.close.book import Book, high_water_mark
    from duly.lending.arrow import connect

    started = time.perf_counter()
    book = Book()
    with connect() as connection:
        book.read_through(connection, high_water_mark(connection))
    facts = book.facts()
    read = time.perf_counter() - started
    started, folds = time.perf_counter(), 0
    for start in range(0, loans, CHUNK):
        month = month_of(*some_rows(book.contracts, facts, np.arange(start, min(start + CHUNK, loans))), MONTH)
        folds = 1 + len(month.history)
    return read, time.perf_counter() - started, folds


def reported(home: Path, layout: str) -> float:
    """Seconds for the whole report."""
    from duly.bureau.reporting import report_month

    now = datetime.datetime(2025, 7, 5, 4, tzinfo=datetime.UTC)
    started = time.perf_counter()
    said = report_month(MONTH, layout, home / "out", now).report
    took = time.perf_counter() - started
    print(f"  {said.loans:,} loans reported, {said.held_back['not_told']:,} held back")
    return took


def megabytes(home: Path) -> float:
    return sum(path.stat().st_size for path in (home / "out").iterdir()) / 1e6


if __name__ == "__main__":
    sys.exit(main())
