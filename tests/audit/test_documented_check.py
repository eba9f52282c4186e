"""The program of docs/audit.md that checks the log without Duly does what the page says."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from test_the_log import NOW, as_owner_of_the_database, decide, run

from duly.contact.log.checkpoint import checkpoint, public_key

PAGE = Path(__file__).parents[2] / "docs" / "audit.md"


def check(home: Path) -> tuple[int, str]:
    (program,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    book, kept = str(connection.settings_dict["NAME"]), str(home / "checkpoint.json")
    done = subprocess.run([sys.executable, "-c", program, book, kept, public_key()], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE contact_decision SET allowed = NOT allowed WHERE id = 2",
        "DELETE FROM contact_decision WHERE id = 2",
        "DELETE FROM contact_decision WHERE id = 3",
        "UPDATE contact_packtext SET text = text || ' '",
    ],
)
def test_the_documented_program_agrees_and_finds_tampering(
    book: object, tmp_path: Path, settings: object, tampering: str
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the program reads SQLite")
    settings.HOME = tmp_path  # type: ignore[attr-defined]
    decide(3)
    (tmp_path / "checkpoint.json").write_text(json.dumps(checkpoint(NOW)))
    assert check(tmp_path) == (0, "3 decisions, as written\n")
    with as_owner_of_the_database():
        run(tampering)
    assert check(tmp_path)[0] == 1
