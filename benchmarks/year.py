"""A simulated year of 50,000 borrowers by one command: how long it takes, and whether every contact in it was lawful.

    python -m benchmarks.year [--borrowers 50000] [--days 365]

`duly simulate year` lives and checks it; then the independent checker of tests/law_checker.py, which knows nothing of
the gate, judges every contact on record. Exit status 1 when anything is wrong, or it took longer than ten minutes.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"
LIMIT_SECONDS = 600


def main() -> int:
    """Live the year, time it, have it judged."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--borrowers", type=int, default=50_000)
    parser.add_argument("--days", type=int, default=365)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="duly-year-") as folder:
        command = [sys.executable, "-m", "duly", "simulate", "year", "--into", f"{folder}/year"]
        command += ["--borrowers", str(asked.borrowers), "--days", str(asked.days)]
        begun = time.perf_counter()
        lived = subprocess.run(command, check=False).returncode
        took = time.perf_counter() - begun
        print(f"\nlived and checked in {took:,.0f} s ({LIMIT_SECONDS} s at most)")
        os.environ |= {
            "DULY_HOME": f"{folder}/year",
            "DULY_DATABASE_URL": f"sqlite:///{folder}/year/book.sqlite3",
            "DJANGO_SETTINGS_MODULE": "duly.settings",
        }
        import django

        django.setup()
        sys.path.insert(0, str(TESTS))
        from lawful_log import everything, unlawful

        contacts = sum(len(made) for made in everything().values())
        wrong = unlawful("cn")
    print(f"{contacts:,} contacts judged by the independent checker: {len(wrong):,} unlawful")
    for line in wrong[:10]:
        print(f"  {line}")
    return 1 if lived or wrong or took > LIMIT_SECONDS else 0


if __name__ == "__main__":
    sys.exit(main())
