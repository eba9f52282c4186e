"""`duly duties`: the same answers on the terminal, for people and for programs."""

import json

import pytest
from typer.testing import CliRunner

from duly.cli import app
from small_lender import DUE, borrower, circumstance, instant

pytestmark = pytest.mark.django_db
run = CliRunner().invoke


def test_what_is_late_and_due_is_counted_first_and_never_a_failure() -> None:
    of = borrower()
    circumstance(of, "disputed", instant(DUE, 2))
    before, after = (run(app, ["duties", "--on", on]) for on in ("2026-03-20", "2026-04-20"))
    assert (before.exit_code, after.exit_code) == (0, 0)
    assert before.stdout.startswith("0 late, 1 due")
    assert after.stdout.startswith("1 late, 0 due")
    assert of.reference in after.stdout


def test_as_json_it_is_the_document_of_the_api() -> None:
    circumstance(borrower(), "disputed", instant(DUE, 2))
    done = run(app, ["duties", "--on", "2026-04-05", "--json"])
    found = json.loads(done.stdout)
    assert found["at"] == "2026-04-05T16:00:00+00:00"
    (duty,) = found["duties"]
    # It is due by the end of that very day, and at the end of it late.
    assert (duty["due_at"], duty["state"], duty["days_left"]) == (found["at"], "late", 0)


def test_a_day_that_no_calendar_has_is_wrong_input() -> None:
    done = run(app, ["duties", "--on", "9999-12-31"])
    assert done.exit_code == 2
    assert json.loads(done.stderr)["where"] == "/on"
