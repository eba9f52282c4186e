"""Told before, objected to, put right: from the notice to the correction, and how long a bad month is shown."""

import datetime

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from reported import everybody_agrees, lines_of, metro2, noon_after, report, rows

from duly.bureau import objections
from duly.bureau.models import Line, Objection
from duly.bureau.months import month_end
from duly.bureau.notices import plan_notices
from duly.bureau.reading import may_report_from
from duly.bureau.record import record_of
from duly.bureau.retention import shown_until
from duly.close.services import close_through
from duly.contact.models import Message, PlannedContact
from duly.contact.outbox import send_due
from duly.duties.services import State, duties_on
from duly.engine.errors import InputError
from duly.people import consents
from duly.people.models import Borrower
from duly.people.roles import Role, give_roles
from small_book import lend, pays

UTC = datetime.UTC


def reachable() -> None:
    """Every borrower has an e-mail address, a clock, and has agreed to be reported."""
    for borrower in Borrower.objects.all():
        borrower.email, borrower.time_zones, borrower.name = "borrower@people.example", "Asia/Shanghai", "Borrower 12"
        borrower.save()
    everybody_agrees()


def close_and_tell(day: datetime.date) -> list[PlannedContact]:
    """The close of a day, the notices planned the morning after, and what is due sent."""
    close_through(day)
    morning = datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time(1), UTC)  # 9:00 in Shanghai
    planned = plan_notices(day, morning)
    send_due(morning + datetime.timedelta(hours=3))
    return planned


def test_the_notice_goes_out_before_the_month_ends_and_the_month_is_reported(book, tmp_path):
    lend("L")  # due on 2025-02-06
    reachable()
    assert close_and_tell(datetime.date(2025, 2, 17)) == []  # not yet in the month's last days
    (notice,) = close_and_tell(datetime.date(2025, 2, 19))
    message = Message.objects.get(planned=notice)
    assert "征信" in message.subject or "credit bureau" in message.subject
    assert close_and_tell(datetime.date(2025, 2, 20)) == []  # told already
    assert report("2025-02", tmp_path, "cn").report.held_back["not_told"] == 0
    (row,) = rows(tmp_path, "2025-02")
    assert (row["RpyStatus"], row["AcctStatus"], row["FiveCate"]) == ("1", "2", "2")


def test_one_message_a_borrower_and_none_without_consent(book, tmp_path):
    for name, borrower in (("A", "one"), ("B", "one"), ("C", "another")):
        lend(name, borrower=borrower)
    reachable()
    consents.withdraw(
        Borrower.objects.get(reference="another"), "credit_report", at=datetime.datetime(2025, 1, 9, tzinfo=UTC)
    )
    (notice,) = close_and_tell(datetime.date(2025, 2, 20))
    assert set(notice.loans.values_list("reference", flat=True)) == {"A", "B"}


def test_a_new_delinquency_needs_a_new_notice(book, tmp_path):
    loan = lend("L", installments=6)
    reachable()
    close_and_tell(datetime.date(2025, 2, 20))
    pays(loan, datetime.date(2025, 2, 27), 214_00)
    assert report("2025-02", tmp_path, "cn").report.loans == 1
    # Late again from 6 March: what was said in February does not cover it.
    assert report("2025-03", tmp_path, "cn").report.held_back["not_told"] == 1
    close_and_tell(datetime.date(2025, 4, 22))
    assert report("2025-04", tmp_path, "cn").report.corrections == 1
    assert [line[:3] for line in lines_of("L")] == [
        ("2025-02", "Of The Month", 0), ("2025-03", "Late", 25), ("2025-04", "Of The Month", 55),
    ]  # fmt: skip


def test_a_waiting_period_of_the_packs_is_waited_for(book, tmp_path, settings):
    sent = datetime.datetime(2025, 2, 20, 4, tzinfo=UTC)
    assert may_report_from(sent) == sent
    settings.DULY_PACKS = ["us"]
    # 14 days begin on the day after: over at the end of 6 March where the lender is.
    assert may_report_from(sent) == datetime.datetime(2025, 3, 6, 16, tzinfo=UTC)
    # So notices are planned two weeks earlier: 22 days late at the end of February, 53 at the end of March.
    settings.DULY_BUREAU = ["metro2"]
    lend("L")
    reachable()
    for day, planned in ((datetime.date(2025, 3, 6), 0), (datetime.date(2025, 3, 8), 1)):
        close_through(day)
        assert (
            len(plan_notices(day, datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time(1), UTC)))
            == planned
        )


@pytest.fixture
def reported(book, tmp_path):
    """A loan that was reported as late in February, its borrower, and somebody who decides."""
    loan = lend("L")
    reachable()
    close_and_tell(datetime.date(2025, 2, 20))
    report("2025-02", tmp_path, "cn")
    decider = User.objects.create_user("legal")
    give_roles(decider, Role.LEGAL)
    return loan, loan.borrower, decider


def test_an_objection_starts_its_clock_and_a_decision_stops_it(reported):
    _, borrower, decider = reported
    now = noon_after("2025-02", 8)
    line = Line.objects.get()
    objection = objections.object_to(line, borrower, "I paid on 6 February.", now)
    assert objections.object_to(line, borrower, "Once more.", now) == objection
    (duty,) = [one for one in duties_on(now) if one.begun.key == objection.clock]
    assert (duty.what, duty.state, duty.begun.subject) == ("answer_objection", State.DUE, "L 2025-02")
    # 20 days begin on the day after and end with the last, in Shanghai.
    assert duty.due_at == datetime.datetime(2025, 3, 28, 16, tzinfo=UTC)
    later = now + datetime.timedelta(days=3)
    objections.decide(objection, "refused", "The payment arrived on 9 March.", decider, later)
    (duty,) = [one for one in duties_on(later) if one.begun.key == objection.clock]
    assert (duty.state, duty.done_by) == (State.DONE, "legal")
    told = PlannedContact.objects.get(template="record_objection_answered")
    send_due(later + datetime.timedelta(hours=14))  # ten in the morning where the borrower lives
    assert objection.number in Message.objects.get(planned=told).subject
    with pytest.raises(InputError, match="decided already"):
        objections.decide(objection, "withdrawn", "After all.", decider, later)


def test_corrected_means_that_the_facts_were_put_right_and_goes_out_by_itself(reported, tmp_path):
    loan, borrower, decider = reported
    now = noon_after("2025-02", 8)
    objection = objections.object_to(Line.objects.get(), borrower, "I paid on 6 February.", now)
    with pytest.raises(InputError, match="still says what was reported"):
        objections.decide(objection, "corrected", "Found the payment.", decider, now)
    pays(loan, datetime.date(2025, 2, 6), 412_00)
    objections.decide(objection, "corrected", "Found the payment.", decider, now)
    pays(loan, datetime.date(2025, 3, 6), 408_00)
    report("2025-03", tmp_path, "cn")
    (row,) = rows(tmp_path, "2025-03", "-corrections")
    assert (row["InfRecType"], row["Month"], row["RpyStatus"], row["OverdPrd"]) == ("211", "2025-02", "N", "0")
    (record,) = record_of(borrower, datetime.date(2025, 4, 5))
    february = record.months[-1]
    assert (february.code, february.before[0].days_past_due, february.objection.decision) == ("N", 22, "corrected")


def test_a_withdrawn_month_is_taken_out_and_stays_out(reported, tmp_path):
    _, borrower, decider = reported
    now = noon_after("2025-02", 8)
    objection = objections.object_to(Line.objects.get(), borrower, "This is not my loan.", now)
    objections.decide(objection, "withdrawn", "It cannot be shown to be theirs.", decider, now)
    report("2025-03", tmp_path, "cn")
    (row,) = rows(tmp_path, "2025-03", "-corrections")
    assert (row["InfRecType"], row["Month"], row["AcctCode"]) == ("214", "2025-02", "L")
    assert report("2025-04", tmp_path, "cn").report.corrections == 0
    (record,) = record_of(borrower, datetime.date(2025, 4, 5))
    assert (record.months[-1].status, record.months[-1].may_object) == ("deleted", False)


def test_an_open_objection_and_its_answer_are_said_in_metro2(reported, tmp_path):
    loan, borrower, decider = reported
    report("2025-02", tmp_path, "metro2")
    line = Line.objects.get(report__layout="metro2")
    objection = objections.object_to(line, borrower, "I paid.", noon_after("2025-02", 20))
    pays(loan, datetime.date(2025, 3, 25), 900_00)
    report("2025-03", tmp_path, "metro2", now=noon_after("2025-03", 1))
    assert metro2(tmp_path, "2025-03").accounts[0].base["compliance_condition_code"] == "XB"
    objections.decide(objection, "refused", "It came later.", decider, noon_after("2025-03", 9))
    report("2025-04", tmp_path, "metro2")
    assert metro2(tmp_path, "2025-04").accounts[0].base["compliance_condition_code"] == "XH"


def test_only_ones_own_line_and_only_with_a_reason(reported):
    _, borrower, decider = reported
    now = noon_after("2025-02", 8)
    line = Line.objects.get()
    stranger = Borrower.objects.create(reference="stranger")
    with pytest.raises(PermissionDenied):
        objections.object_to(line, stranger, "Mine?", now)
    with pytest.raises(InputError, match="Nothing was said"):
        objections.object_to(line, borrower, "  ", now)
    objection = objections.object_to(line, borrower, "Wrong.", now)
    with pytest.raises(PermissionDenied):
        objections.decide(objection, "refused", "No.", User.objects.create_user("anyone"), now)
    with pytest.raises(InputError, match="needs reasons"):
        objections.decide(objection, "refused", " ", decider, now)
    with pytest.raises(InputError, match="no decision"):
        objections.decide(objection, "perhaps", "Hm.", decider, now)
    assert Objection.objects.get().decision == ""


def test_something_bad_is_shown_five_years_from_its_end(reported, tmp_path, settings):
    loan, borrower, _ = reported
    pays(loan, datetime.date(2025, 3, 10), 830_00)
    report("2025-03", tmp_path, "cn")
    ended = month_end("2025-03")

    def months(on: datetime.date) -> list[str]:
        return [one.code for one in record_of(borrower, on)[0].months]

    assert shown_until(ended) == datetime.date(2030, 3, 31)
    assert months(datetime.date(2030, 3, 31)) == ["N", "1"]
    assert months(datetime.date(2030, 4, 1)) == ["N"]
    settings.DULY_PACKS = ["us"]
    assert shown_until(ended) is None
    assert months(datetime.date(2040, 1, 1)) == ["N", "1"]
