"""How long the real book takes: import of 18,183 micro-loans, and the close of every day from the first to the last.

python -m benchmarks.superlender [trainprevloans.csv]                          on SQLite
python tests/postgres.py python -m benchmarks.superlender [trainprevloans.csv] on a throwaway PostgreSQL
"""

import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data" / "superlender" / "trainprevloans.csv"
MAPPINGS = ROOT / "examples" / "superlender"
IMPORT_SECONDS, CLOSE_SECONDS = 10, 60


def main() -> int:
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    (mapping,) = MAPPINGS.glob("*.toml")
    with tempfile.TemporaryDirectory(prefix="duly-bench-") as home:
        os.environ.setdefault("DULY_DATABASE_URL", f"sqlite:///{home}/book.sqlite3")
        os.environ |= {"DULY_HOME": home, "DJANGO_SETTINGS_MODULE": "duly.settings"}
        # What is refused is reported in a file beside the input: a copy keeps the data folder as it is.
        copy = Path(home) / data.name
        copy.write_bytes(data.read_bytes())
        subprocess.run([sys.executable, "-m", "duly", "migrate"], check=True, stdout=subprocess.DEVNULL)
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "duly", "import", "--mapping", mapping, copy], check=True)
        importing = time.perf_counter() - started
        closing = close_all()
    print(f"\nimport {importing:6.2f} s   {verdict(importing, IMPORT_SECONDS)}")
    print(f"closes {closing:6.2f} s   {verdict(closing, CLOSE_SECONDS)}")
    return 0 if importing < IMPORT_SECONDS and closing < CLOSE_SECONDS else 1


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


def verdict(seconds: float, limit: float) -> str:
    return f"within {limit} s" if seconds < limit else f"OVER {limit} s"


if __name__ == "__main__":
    sys.exit(main())
