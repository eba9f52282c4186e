"""`duly import` from a shell: what it prints, how it ends, and a book that closes after it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from written_files import FACTS, LOANS, TWO_LOANS, write

pytestmark = pytest.mark.usefixtures("book")


def duly_import(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "duly", "import", "--mapping", "map.toml", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_from_a_check_to_a_closed_book(tmp_path):
    write(tmp_path, "map.toml", LOANS + FACTS)
    write(tmp_path, "loans.csv", f"{TWO_LOANS.rstrip()}\n    C3,L3,ten,7,2024-01-01,6\n")
    write(tmp_path, "facts.csv", "id,loan,what,on,amount,of,back\n1,L1,PMT,2024-02-01,17.01,,")

    check = duly_import(tmp_path, "--check", "loans.csv", "facts.csv")
    assert check.returncode == 0
    assert "100.00 EUR" in check.stdout
    assert "loans.csv row 4: principal 'ten' is not a number" in check.stdout
    assert "Nothing was written" in check.stdout

    strict = duly_import(tmp_path, "--strict", "--json", "loans.csv", "facts.csv")
    assert (strict.returncode, json.loads(strict.stdout)["written"]) == (1, False)

    done = duly_import(tmp_path, "--json", "loans.csv", "facts.csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "rows": 4,
        "rejected": 1,
        "unused": 0,
        "written": True,
        "new": {"products": 1, "borrowers": 2, "loans": 2, "facts": 3},
        "already_on_record": {"borrowers": 0, "loans": 0, "facts": 0},
        "rejected_files": ["loans.csv.rejected.csv"],
    }
    again = json.loads(duly_import(tmp_path, "--json", "loans.csv", "facts.csv").stdout)
    assert set(again["new"].values()) == {0}

    status = [sys.executable, "-m", "duly", "book", "status", "--on", "2024-02-01", "--json"]
    found = json.loads(subprocess.run(status, capture_output=True, text=True, check=True).stdout)
    assert (found["loans"], found["open"], found["overdue"]) == (2, 2, 0)
    assert found["principal_outstanding"] == "1283.57"  # 100.00 and 1200.00, less 17.01 of which 0.58 was interest


def test_a_mapping_that_does_not_work_ends_with_status_2_and_says_where(tmp_path):
    write(tmp_path, "map.toml", LOANS.replace('principal = "lent"', 'principle = "lent"'))
    write(tmp_path, "loans.csv", TWO_LOANS)
    told = duly_import(tmp_path, "--json", "loans.csv")
    assert told.returncode == 2
    errors = json.loads(told.stderr)["errors"]
    assert [one["where"] for one in errors] == ["/loans/0/principle", "/loans/0/principal"]
    assert "did you mean 'principal'?" in duly_import(tmp_path, "loans.csv").stderr


def test_a_file_that_is_not_there_is_told(tmp_path):
    write(tmp_path, "map.toml", LOANS)
    told = duly_import(tmp_path, "nowhere.csv")
    assert told.returncode == 2
    assert "nowhere.csv cannot be read: No such file" in told.stderr
