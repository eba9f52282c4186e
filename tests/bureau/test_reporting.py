"""Reporting a month: when it is refused, once and again the same bytes, what is held back, what is put right."""

import datetime
import hashlib
import json

import pytest
from reported import everybody_agrees, lines_of, metro2, noon_after, report, rows

from duly.bureau.models import Line, Report
from duly.bureau.months import month_end
from duly.bureau.reporting import ReportError, report_month
from duly.close.services import close_through
from duly.engine.errors import InputError
from duly.engine.fold import STATUS
from duly.lending.models import Loan
from duly.people import consents
from duly.people.models import Borrower
from small_book import busy_book, happens, lend, pays


def test_a_month_that_is_not_closed_is_refused(book, tmp_path):
    lend("L")
    close_through(month_end("2025-01") - datetime.timedelta(days=1))
    with pytest.raises(ReportError, match="2025-01 is not closed"):
        report_month(month_end("2025-01"), "cn", tmp_path / "out", noon_after("2025-01"))
    assert not (tmp_path / "out").exists()
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("layout", "form", "where"), [("morse", "", "/layout"), ("cn", "packed", "/form"), ("metro2", "csv", "/form")]
)
def test_a_layout_or_form_that_there_is_not_is_refused(book, tmp_path, layout, form, where):
    with pytest.raises(InputError) as refused:
        report_month(month_end("2025-01"), layout, tmp_path, noon_after("2025-01"), form)
    assert refused.value.where == where


@pytest.mark.parametrize("layout", ["metro2", "cn"])
def test_a_month_written_again_has_the_same_bytes_whatever_has_come_since(book, tmp_path, layout):
    busy_book(12, seed=3)
    everybody_agrees()
    first = report("2025-02", tmp_path / "first", layout)
    files = {path.name: path.read_bytes() for path in (tmp_path / "first").iterdir()}
    pays(Loan.objects.get(reference="busy-0"), datetime.date(2025, 2, 1), 50_00)
    again = report_month(month_end("2025-02"), layout, tmp_path / "again", noon_after("2025-02", 40))
    assert (first.is_again, again.is_again) == (False, True)
    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == files
    assert Report.objects.count() == 1


def test_the_manifest_names_every_file_with_its_hash(book, tmp_path):
    busy_book(5, seed=3)
    everybody_agrees()
    reported = report("2025-02", tmp_path)
    manifest = json.loads(reported.manifest.read_text())
    assert manifest["month"] == "2025-02"
    assert manifest["loans"] == len(metro2(tmp_path, "2025-02").accounts) == Line.objects.count()
    for name, file in manifest["files"].items():
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == file["sha256"]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_person_known_otherwise_since_means_that_the_old_bytes_are_gone(book, tmp_path):
    lend("L")
    everybody_agrees()
    report("2025-01", tmp_path)
    Borrower.objects.update(name="Somebody Else")
    with pytest.raises(ReportError, match="can no longer be written with the same bytes"):
        report_month(month_end("2025-01"), "metro2", tmp_path / "again", noon_after("2025-01"))
    assert list((tmp_path / "again").iterdir()) == []


def test_months_are_reported_in_order(book, tmp_path):
    lend("L")
    everybody_agrees()
    report("2025-02", tmp_path)
    with pytest.raises(ReportError, match="reported in order"):
        report("2025-01", tmp_path)
    with pytest.raises(InputError, match="was reported in the form fixed"):
        report("2025-02", tmp_path, form="packed")


def test_who_did_not_agree_or_took_it_back_is_not_in_it(book, tmp_path):
    for name in ("agrees", "silent", "took it back", "agrees later"):
        lend(name)
    everybody_agrees()
    of = {borrower.reference.removeprefix("borrower of "): borrower for borrower in Borrower.objects.all()}
    lend("too late")
    consents.withdraw(of["took it back"], "credit_report", at=noon_after("2025-01", -10))
    consents.withdraw(of["silent"], "credit_report", at=noon_after("2025-01", -10))
    consents.withdraw(of["agrees later"], "credit_report", at=noon_after("2025-01", -10))
    consents.give(of["agrees later"], "credit_report", "en", at=noon_after("2025-01", 20))
    reported = report("2025-01", tmp_path)
    said = {account.base["consumer_account_number"] for account in metro2(tmp_path, "2025-01").accounts}
    assert said == {"agrees"}
    assert reported.report.held_back == {"no_consent": 4, "not_told": 0}


def test_what_is_late_is_not_said_before_the_borrower_was_told(book, tmp_path):
    lend("L")  # due on 2025-02-06
    everybody_agrees()
    assert report("2025-01", tmp_path, "cn").report.held_back["not_told"] == 0
    assert report("2025-02", tmp_path, "cn").report.held_back["not_told"] == 1
    assert [row["Month"] for row in rows(tmp_path, "2025-01")] == ["2025-01"]
    assert rows(tmp_path, "2025-02") == []
    assert lines_of("L") == [("2025-01", "Of The Month", 0, STATUS["open"])]


def test_a_month_that_was_held_back_is_said_once_all_is_paid(book, tmp_path):
    loan = lend("L")
    everybody_agrees()
    report("2025-02", tmp_path, "cn")
    # What was paid in time comes to light in March: February was in good order after all.
    pays(loan, datetime.date(2025, 2, 6), 412_00)
    pays(loan, datetime.date(2025, 3, 6), 408_00)
    report("2025-03", tmp_path, "cn")
    assert lines_of("L") == [
        ("2025-02", "Late", 0, STATUS["open"]),
        ("2025-03", "Of The Month", 0, STATUS["open"]),
    ]


def test_a_payment_that_came_to_light_late_is_sent_as_a_correction(book, tmp_path):
    loan = lend("L")
    everybody_agrees()
    report("2025-01", tmp_path, "cn")
    report("2025-02", tmp_path, "metro2")  # 22 days late: not adverse in this layout
    pays(loan, datetime.date(2025, 2, 6), 412_00)
    reported = report("2025-03", tmp_path, "metro2")
    assert reported.report.corrections == 1
    (corrected,) = metro2(tmp_path, "2025-03", "-corrections").accounts
    assert corrected.base["correction_indicator"] == 1
    assert corrected.base["current_balance"] == 800
    assert Line.objects.get(kind=Line.Kind.CORRECTION).month == month_end("2025-02")
    # Nothing more has changed: the next report says nothing again.
    pays(loan, datetime.date(2025, 3, 6), 408_00)
    assert report("2025-04", tmp_path, "metro2").report.corrections == 1
    assert report("2025-05", tmp_path, "metro2").report.corrections == 0


def test_a_loan_that_never_came_about_is_taken_out_of_the_record(book, tmp_path):
    loan = lend("L")
    everybody_agrees()
    report("2025-01", tmp_path, "metro2")
    happens(loan, "cancelled", datetime.date(2025, 2, 3))
    report("2025-02", tmp_path, "metro2")
    assert metro2(tmp_path, "2025-02").accounts == []
    (gone,) = metro2(tmp_path, "2025-02", "-corrections").accounts
    assert (gone.base["account_status"], gone.base["consumer_account_number"]) == ("DA", "L")
    report("2025-03", tmp_path, "metro2")
    assert not (tmp_path / "metro2-2025-03-corrections.dat").exists()
