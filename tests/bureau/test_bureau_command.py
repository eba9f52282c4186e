"""`duly bureau` as somebody types it: refused, done, done again, and what it says."""

import subprocess
import sys

from reported import everybody_agrees

from duly.bureau.models import Report
from duly.bureau.months import month_end
from duly.close.services import close_through
from small_book import lend


def duly(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "duly", "bureau", *arguments], capture_output=True, text=True, check=False
    )


def test_a_month_is_refused_reported_and_written_again(book, tmp_path):
    lend("L")
    everybody_agrees()
    asked = ("report", "--month", "2025-01", "--layout", "metro2", "--out", str(tmp_path / "out"))
    refused = duly(*asked)
    assert (refused.returncode, "2025-01 is not closed" in refused.stderr) == (1, True)
    close_through(month_end("2025-01"))
    done = duly(*asked)
    assert "2025-01: 1 loans, 0 corrections; held back: 0 without consent, 0 not told" in done.stdout, done.stderr
    written = (tmp_path / "out" / "metro2-2025-01.dat").read_bytes()
    again = duly(*asked)
    assert "(written again)" in again.stdout
    assert (tmp_path / "out" / "metro2-2025-01.dat").read_bytes() == written
    assert Report.objects.count() == 1
    wrong = duly("report", "--month", "2025-13", "--layout", "metro2", "--out", str(tmp_path))
    assert (wrong.returncode, '"/month"' in wrong.stderr) == (2, True)
