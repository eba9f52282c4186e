"""The demonstration's applicants are in every state, made by the same functions as anybody's, and made once."""

import pytest
from django.utils import timezone
from typer.testing import CliRunner

from duly.borrowing.deciding import replays
from duly.borrowing.models import Application, CreditLine, Decision, Drawdown, LineEvent
from duly.cli import app
from duly.demo.borrowing import APPLICANTS, receive_applications
from duly.demo.bureau import RECORDS, facts_of, statements


@pytest.fixture(autouse=True)
def _starter_policy(settings) -> None:
    settings.DULY_POLICY, settings.DULY_CHECKS = "", []


def test_there_are_applications_in_every_state_and_again_there_are_no_more(book):
    now = timezone.now()
    receive_applications(now)
    states = set(Application.objects.values_list("state", flat=True))
    assert states == set(Application.State.values) - {Application.State.SUBMITTED}
    assert set(LineEvent.objects.values_list("kind", flat=True)) >= {"opened", "limit_changed", "frozen"}
    assert set(Drawdown.objects.values_list("state", flat=True)) == {"drawn", "disbursed"}
    assert all(replays(decision) for decision in Decision.objects.filter(decided_by=""))
    receive_applications(now)
    assert (Application.objects.count(), CreditLine.objects.count()) == (len(APPLICANTS), 4)


def test_the_simulated_bureau_says_the_same_of_a_number_and_its_shares_are_whole():
    assert facts_of("990000198502100017") == facts_of("990000198502100017")
    assert sum(record[0] for record in RECORDS) == pytest.approx(1)
    assert statements(0)["months_late_now"] < statements(3)["months_late_now"]


def test_the_command_goes_on_and_writes_no_letter_for_an_open_loan(book, tmp_path):
    receive_applications(timezone.now())
    done = CliRunner().invoke(app, ["borrowing", "go-on"])
    assert (done.exit_code, "0 decided" in done.output) == (0, True)
    loan = Drawdown.objects.get(loan__isnull=False).reference
    refused = CliRunner().invoke(app, ["borrowing", "letter", loan, str(tmp_path / "letter.pdf")])
    assert refused.exit_code == 1
    assert not (tmp_path / "letter.pdf").exists()
