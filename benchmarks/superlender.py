"""The real book: how long the import of 18,183 micro-loans and the close of every day take, and whether it agrees.

After the last close the book is held against counts taken straight from the file: loans and open loans of the whole
book by `duly.close.status`, overdue loans and buckets of the single-payment ones.

python -m benchmarks.superlender [trainprevloans.csv]                          on SQLite
python tests/postgres.py python -m benchmarks.superlender [trainprevloans.csv] on a throwaway PostgreSQL
"""

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data" / "superlender" / "trainprevloans.csv"
MAPPING = ROOT / "examples" / "superlender" / "mapping.toml"
IMPORT_SECONDS, CLOSE_SECONDS = 10, 60
COMPARED_EVERY_DAYS = 7
FIRSTS = [1, 31, 61, 91, 181]  # first days past due of the buckets


def main() -> int:
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    with tempfile.TemporaryDirectory(prefix="duly-bench-") as home:
        os.environ.setdefault("DULY_DATABASE_URL", f"sqlite:///{home}/book.sqlite3")
        os.environ |= {"DULY_HOME": home, "DJANGO_SETTINGS_MODULE": "duly.settings"}
        # What is refused is reported in a file beside the input: a copy keeps the data folder as it is.
        copy = Path(home) / data.name
        copy.write_bytes(data.read_bytes())
        subprocess.run([sys.executable, "-m", "duly", "migrate"], check=True, stdout=subprocess.DEVNULL)
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "duly", "import", "--mapping", MAPPING, copy], check=True)
        importing = time.perf_counter() - started
        closing = close_all()
        wrong = disagreements(copy)
    print(f"\nimport {importing:6.2f} s   {verdict(importing, IMPORT_SECONDS)}")
    print(f"closes {closing:6.2f} s   {verdict(closing, CLOSE_SECONDS)}")
    print("\n".join(wrong) or "the book agrees with the file on every date compared, and the ledger ties on each")
    return 0 if importing < IMPORT_SECONDS and closing < CLOSE_SECONDS and not wrong else 1


def close_all() -> float:
    """Close every day to the last fact, print a line a month, and give the seconds it took."""
    import django

    django.setup()
    from django.db.models import Max

    from duly.close.services import close_through
    from duly.lending.models import Fact

    last = Fact.objects.aggregate(last=Max("value_date"))["last"]
    started = time.perf_counter()
    days = close_through(last)
    seconds = time.perf_counter() - started
    months = defaultdict(list)
    for day in days:
        months[f"{day.business_date:%Y-%m}"].append(day)
    print("\nmonth    days    loans    open  overdue  entries  transitions")
    for month, closed in months.items():
        end = closed[-1]
        print(
            f"{month}  {len(closed):4}  {end.loans:7,}  {end.open_loans:6,}  {end.overdue_loans:7,}"
            f"  {sum(one.entries for one in closed):7,}  {sum(sum(one.transitions.values()) for one in closed):11,}"
        )
    print(f"\n{len(days)} days closed, {seconds / len(days) * 1000:.1f} ms a day, the ledger ties on every one")
    return seconds


def disagreements(file: Path) -> list[str]:
    """Every date compared on which the book says something else than the file, with both."""
    import polars as pl

    from duly.close.buckets import bucket_names
    from duly.close.models import Close
    from duly.close.status import book_export, book_status

    rows = pl.read_csv(file, infer_schema_length=None).select(
        "termdays",
        *(pl.col(name).str.slice(0, 10).str.to_date() for name in ("creationdate", "firstduedate", "closeddate")),
    )
    wrong = []
    dates = list(Close.objects.order_by("business_date").values_list("business_date", flat=True))
    for day in dates[::COMPARED_EVERY_DAYS]:
        status = book_status(day)
        is_open = rows.filter((pl.col("creationdate") <= day) & (pl.col("closeddate") > day))
        counted = [rows.filter(pl.col("creationdate") <= day).height, is_open.height, True]
        if [status["loans"], status["open"], status["ledger_ties"]] != counted:
            wrong.append(f"{day}: the book says {status}; the file {counted}")
        late = is_open.filter((pl.col("termdays") <= 30) & (pl.col("firstduedate") < day))
        days_late = (pl.lit(day, pl.Date) - pl.col("firstduedate")).dt.total_days()
        bucket = pl.Series(FIRSTS).search_sorted(late.select(days_late).to_series(), side="right")
        counted_late = Counter(bucket_names()[index] for index in bucket)
        book_export(day, file.with_suffix(".parquet"))
        exported = pl.read_parquet(file.with_suffix(".parquet")).filter(
            (pl.col("product") == "single-payment") & (pl.col("days_past_due") > 0) & (pl.col("status") == "open")
        )
        told_late = dict(exported.group_by("bucket").len().iter_rows())
        if told_late != counted_late:
            wrong.append(f"{day}: overdue in the book {told_late}; in the file {counted_late}")
    return wrong


def verdict(seconds: float, limit: float) -> str:
    return f"within {limit} s" if seconds < limit else f"OVER {limit} s"


if __name__ == "__main__":
    sys.exit(main())
