"""The close at the size of a large lender; a long run."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.soak
def test_a_day_of_a_million_loans_closes_within_its_limit(book):
    done = subprocess.run([sys.executable, "-m", "benchmarks.close"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("within") == 2
