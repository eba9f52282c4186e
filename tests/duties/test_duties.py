"""Duties with a clock: what begins them, what ends them, and by when, at any instant."""

import datetime

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from duly.contact.outbox import send_due
from duly.contact.services import Proposal, plan_contacts
from duly.duties.models import Event, Mark
from duly.duties.retention import retention_on
from duly.duties.services import (
    DutyLine,
    State,
    answers_of,
    duties_on,
    mark_done,
    mark_not_done,
    record_event,
)
from duly.engine.errors import InputError
from duly.law import duties as law
from duly.people.models import Borrower
from small_lender import DUE, borrower, circumstance, days_after, instant, loan

pytestmark = pytest.mark.django_db

MONDAY = instant(DUE, 2)  # 10:00 in Shanghai
DAY = datetime.timedelta(days=1)


def midnight(day: datetime.date) -> datetime.datetime:
    """The first instant of `day` in Shanghai."""
    return instant(days_after(day, -1), 16)


def happens(kind: str, at: datetime.datetime = MONDAY, of: Borrower | None = None, subject: str = "") -> Event:
    return record_event(kind, at, f"{kind} {at} {of} {subject}", "clerk", of, subject)


def the(what: str, at: datetime.datetime) -> DutyLine:
    (line,) = [one for one in duties_on(at) if one.what == what]
    return line


def states(at: datetime.datetime) -> dict[str, str]:
    return {line.what: line.state.value for line in duties_on(at)}


def test_a_complaint_on_record_is_acknowledged_that_day_and_answered_in_fifteen() -> None:
    circumstance(borrower(), "complaint_open", MONDAY)
    assert states(MONDAY - DAY) == {}
    line = the("answer_complaint", MONDAY)
    assert line.due_at == midnight(days_after(DUE, 16))
    assert (line.rule.id, line.rule.verified) == ("cn.complaint", False)
    assert line.days_left(MONDAY) == 15
    assert the("acknowledge_complaint", MONDAY).due_at == midnight(days_after(DUE, 1))


def test_it_is_due_to_the_last_second_and_late_from_the_next() -> None:
    circumstance(borrower(), "complaint_open", MONDAY)
    end = midnight(days_after(DUE, 16))
    assert the("answer_complaint", end - datetime.timedelta(seconds=1)).state is State.DUE
    assert the("answer_complaint", end).state is State.LATE


def test_a_dispute_on_record_is_answered_in_twenty_days() -> None:
    circumstance(borrower(), "disputed", MONDAY)
    assert the("answer_objection", MONDAY).due_at == midnight(days_after(DUE, 21))


def test_a_circumstance_that_has_ended_needs_no_mark() -> None:
    circumstance(borrower(), "disputed", MONDAY, MONDAY + 3 * DAY)
    assert the("answer_objection", MONDAY + 2 * DAY).state is State.DUE
    line = the("answer_objection", MONDAY + 3 * DAY)
    assert (line.state, line.done_at, line.done_by) == (State.DONE, MONDAY + 3 * DAY, "")


def test_what_is_entered_twice_counts_once() -> None:
    of = borrower()
    circumstance(of, "complaint_open", MONDAY)
    happens("complaint_received", MONDAY + datetime.timedelta(hours=2), of)
    assert len(duties_on(MONDAY + DAY)) == 2


def test_a_mark_makes_it_done_from_its_instant_on() -> None:
    circumstance(borrower(), "disputed", MONDAY)
    key = the("answer_objection", MONDAY).begun.key
    mark_done(key, "answer_objection", MONDAY + DAY, "clerk", MONDAY + 2 * DAY, "the balance was right")
    assert the("answer_objection", MONDAY).state is State.DUE
    line = the("answer_objection", MONDAY + 40 * DAY)
    assert (line.state, line.done_at, line.done_by) == (State.DONE, MONDAY + DAY, "clerk")
    assert answers_of([line]) == {(key, "answer_objection"): "the balance was right"}


def test_marked_again_it_stays_as_it_was() -> None:
    circumstance(borrower(), "disputed", MONDAY)
    key = the("answer_objection", MONDAY).begun.key
    for by in ("first", "second"):
        mark_done(key, "answer_objection", MONDAY, by, MONDAY + DAY)
    assert the("answer_objection", MONDAY + DAY).done_by == "first"
    assert Mark.objects.count() == 1


def test_a_wrong_mark_is_put_right_by_another() -> None:
    circumstance(borrower(), "disputed", MONDAY)
    key = the("answer_objection", MONDAY).begun.key
    mark_done(key, "answer_objection", MONDAY, "clerk", MONDAY)
    mark_not_done(key, "answer_objection", "chief", MONDAY + DAY, "that was another dispute")
    assert the("answer_objection", MONDAY + 2 * DAY).state is State.DUE
    with pytest.raises(InputError, match="has no mark"):
        mark_not_done(key, "answer_objection", "chief", MONDAY + DAY)


@pytest.mark.parametrize(
    ("event", "duty", "at", "says"),
    [
        ("event/0", "answer_complaint", MONDAY, "there is no duty"),
        ("", "sue", MONDAY, "there is no duty"),
        ("", "answer_objection", MONDAY + 2 * DAY, "still to come"),
        ("", "answer_objection", MONDAY - DAY, "before the event"),
    ],
)
def test_a_mark_that_cannot_be_true_is_refused(event: str, duty: str, at: datetime.datetime, says: str) -> None:
    circumstance(borrower(), "disputed", MONDAY)
    key = event or the("answer_objection", MONDAY).begun.key
    with pytest.raises(InputError, match=says):
        mark_done(key, duty, at, "clerk", MONDAY + DAY)
    assert not Mark.objects.exists()


def test_a_hard_complaint_has_its_own_longer_time() -> None:
    of = borrower()
    circumstance(of, "complaint_open", MONDAY)
    happens("hard_complaint_received", MONDAY, of)
    assert the("answer_complaint", MONDAY).due_at == midnight(days_after(DUE, 61))
    assert the("acknowledge_complaint", MONDAY).rule.id == "cn.complaint.acknowledge"


def test_an_agency_is_evaluated_each_year_and_before_its_mandate_ends() -> None:
    happens("agency_mandated", MONDAY, subject="North Agency")
    line = the("evaluate_agency", MONDAY)
    assert line.due_at == midnight(datetime.date(2027, 3, 17))
    mark_done(line.begun.key, "evaluate_agency", MONDAY + 100 * DAY, "clerk", MONDAY + 100 * DAY)
    second = [one for one in duties_on(MONDAY + 101 * DAY) if one.state is State.DUE]
    assert [one.due_at for one in second] == [midnight(days_after(DUE, 100 + 365 + 1))]

    ends = MONDAY + 200 * DAY
    happens("mandate_ends", ends, subject="North Agency")
    (last,) = [one for one in duties_on(ends) if one.state is State.LATE]
    assert last.due_at == ends
    mark_done(last.begun.key, "evaluate_agency", ends - DAY, "clerk", ends)
    assert {one.state for one in duties_on(ends + 800 * DAY)} == {State.DONE}


def test_an_evaluation_recorded_by_itself_does_the_duty() -> None:
    happens("agency_mandated", MONDAY, subject="North Agency")
    happens("agency_evaluated", MONDAY + 9 * DAY, subject="South Agency")
    assert the_first(MONDAY + 10 * DAY).state is State.DUE
    happens("agency_evaluated", MONDAY + 10 * DAY, subject="North Agency")
    line = the_first(MONDAY + 10 * DAY)
    assert (line.state, line.done_at) == (State.DONE, MONDAY + 10 * DAY)


def the_first(at: datetime.datetime) -> DutyLine:
    return next(line for line in duties_on(at) if line.begun.subject == "North Agency")


def test_the_person_is_told_before_a_bad_record_is_reported() -> None:
    report = MONDAY + 10 * DAY
    event = happens("adverse_report_planned", report, borrower(), "line 7 of the March report")
    assert Event.objects.filter(pk=event.pk, recorded_at__lte=datetime.datetime.now(datetime.UTC)).exists()
    assert the("notify_of_report", report).due_at == report
    assert the("notify_of_report", report).state is State.LATE


def test_a_limitation_period_begins_anew_with_each_demand() -> None:
    of = borrower()
    happens("limitation_began", MONDAY, of)
    happens("limitation_began", MONDAY + 30 * DAY, of)
    assert the("sue", MONDAY + 30 * DAY).due_at == midnight(datetime.date(2029, 4, 16))


def test_the_first_message_begins_the_validation_and_its_mark_the_dispute_window(settings) -> None:
    of = borrower("America/New_York,America/Los_Angeles")
    late = loan(of)
    sent_at = instant(days_after(DUE, 2), 17)  # Wednesday, 13:00 in New York, 10:00 in Los Angeles
    plan_contacts([Proposal("first", of.pk, [late.pk], "late_1", sent_at, sent_at + DAY, 1)], sent_at - DAY)
    assert send_due(sent_at).sent == 1
    settings.DULY_PACKS = ["us"]
    # Both zones end their day later than UTC does; the earlier of the two midnights counts.
    line = the("send_validation", sent_at)
    assert line.due_at == datetime.datetime(2026, 3, 24, 4, tzinfo=datetime.UTC)
    mark_done(line.begun.key, "send_validation", sent_at + DAY, "clerk", sent_at + DAY)
    window = the("dispute_window_ends", sent_at + DAY)
    # Sent on Thursday 19 March: received on Thursday the 26th, over with 25 April; the later midnight counts.
    assert window.due_at == datetime.datetime(2026, 4, 26, 7, tzinfo=datetime.UTC)
    assert window.state is State.DUE
    assert the("dispute_window_ends", window.due_at).state is State.DONE
    with pytest.raises(InputError, match="ends by itself"):
        mark_done(window.begun.key, window.what, sent_at + DAY, "clerk", sent_at + DAY)


def test_the_day_is_the_persons_not_the_lenders() -> None:
    circumstance(borrower("Pacific/Auckland"), "complaint_open", MONDAY)  # 15:00 in Auckland, at UTC+13
    assert the("acknowledge_complaint", MONDAY).due_at == datetime.datetime(2026, 3, 16, 11, tzinfo=datetime.UTC)


def test_the_same_event_is_recorded_once_and_another_under_its_key_is_refused() -> None:
    first = record_event("data_request_received", MONDAY, "letter 7", "clerk", borrower())
    again = record_event("data_request_received", MONDAY, "letter 7", "clerk", first.borrower)
    assert first == again
    with pytest.raises(InputError, match="another event"):
        record_event("complaint_received", MONDAY, "letter 7", "clerk", first.borrower)


@pytest.mark.parametrize(
    ("kind", "at", "subject", "where"),
    [
        ("full_moon", MONDAY, "x", "/kind"),
        ("agency_mandated", MONDAY.replace(tzinfo=None), "x", "/at"),
        ("agency_mandated", MONDAY, "  ", "/subject"),
    ],
)
def test_an_event_that_means_nothing_is_refused(kind: str, at: datetime.datetime, subject: str, where: str) -> None:
    with pytest.raises(InputError) as refused:
        record_event(kind, at, "key", "clerk", subject=subject)
    assert refused.value.where == where


def test_neither_events_nor_marks_are_changed_or_deleted_and_notes_are_not_readable_at_rest() -> None:
    event = record_event("data_request_received", MONDAY, "k", "clerk", borrower(), note="wants a copy")
    mark_done(f"event/{event.pk}", "answer_data_request", MONDAY, "clerk", MONDAY, "sent it")
    for model in (Event, Mark):
        for change in (lambda rows: rows.update(at=MONDAY + DAY), lambda rows: rows.delete()):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                change(model.objects.all())
    with connection.cursor() as cursor:
        cursor.execute("select note from duties_event union select answer from duties_mark")
        kept = " ".join(row[0] for row in cursor.fetchall())
    assert "copy" not in kept
    assert "sent it" not in kept


def test_thousands_cost_no_more_queries_than_one(django_assert_num_queries) -> None:
    circumstance(borrower(), "disputed", MONDAY)
    with django_assert_num_queries(5):
        duties_on(MONDAY)
    of = borrower()
    Event.objects.bulk_create(
        Event(
            idempotency_key=str(number),
            kind="complaint_received",
            at=MONDAY - number * datetime.timedelta(hours=7),
            borrower=of,
            subject=str(number),
            recorded_by="clerk",
        )
        for number in range(2000)
    )
    with django_assert_num_queries(5):
        assert len(duties_on(MONDAY)) == 1 + 2 * 2000


def test_what_is_due_is_what_the_law_says_of_each_event_alone() -> None:
    """The bulk way against the plain one: one call of the law an event."""
    zones = ["Asia/Shanghai", "America/New_York", ""]
    kinds = ["complaint_received", "credit_objection_received", "data_request_received"]
    for number in range(60):
        at = MONDAY - number * datetime.timedelta(hours=31)
        happens(kinds[number % 3], at, borrower(zones[number % len(zones)]), str(number))
    expected = sorted(
        duty.due_at
        for event in Event.objects.select_related("borrower")
        for duty in law.due(event.kind, event.at, "cn", event.borrower.time_zones or "Asia/Shanghai")
    )
    assert [line.due_at for line in duties_on(MONDAY)] == expected


@given(days=st.integers(0, 400), later=st.integers(0, 400))
def test_the_clock_only_runs_forward(days: int, later: int) -> None:
    """A duty nobody does goes from due to late, once, and stays there."""
    with transaction.atomic():
        circumstance(borrower(), "complaint_open", MONDAY)
        then = the("answer_complaint", MONDAY + days * DAY)
        after = the("answer_complaint", MONDAY + (days + later) * DAY)
        assert then.due_at == after.due_at
        assert (then.state, after.state) != (State.LATE, State.DUE)
        transaction.set_rollback(True)


def test_records_of_collection_are_kept_five_years_and_longer_while_a_complaint_is_open() -> None:
    of = borrower()
    late = loan(of)
    sent_at = instant(days_after(DUE, 2), 2)
    plan_contacts([Proposal("first", of.pk, [late.pk], "late_1", sent_at, sent_at + DAY, 1)], sent_at - DAY)
    kept = {one.rule.id: one for one in retention_on(sent_at)}
    assert kept["cn.record"].since is None
    send_due(sent_at)
    kept = {one.rule.id: one for one in retention_on(sent_at)}
    assert kept["cn.record"].until == midnight(datetime.date(2031, 3, 19))
    assert kept["cn.credit.retain"].since is None
    circumstance(of, "complaint_open", sent_at)
    kept = {one.rule.id: one for one in retention_on(sent_at)}
    assert (kept["cn.record"].since, kept["cn.record"].until) == (sent_at, None)


def test_the_lenders_own_stricter_time_counts_and_is_named(settings, tmp_path) -> None:
    pack = tmp_path / "ours.toml"
    pack.write_text("""
version = 1
level = "house"
title = { en = "Ours", zh = "本行" }

[[rules]]
id = "ours.complaint"
kind = "deadline"
title = { en = "Answer a complaint in a week", zh = "一周内答复投诉" }
citation = "House rules"
sure = "text"
verified = true
figures = { event = "complaint_received", duty = "answer_complaint", amount = 7, unit = "days" }
""")
    circumstance(borrower(), "complaint_open", MONDAY)
    settings.DULY_HOUSE_PACKS = [str(pack)]
    line = the("answer_complaint", MONDAY)
    assert (line.rule.id, line.due_at) == ("ours.complaint", midnight(days_after(DUE, 8)))
    # An event of its own sets its own clock running.
    text = pack.read_text().replace("complaint_received", "letter_received").replace("answer_complaint", "answer")
    (tmp_path / "letters.toml").write_text(text.replace("ours.", "letters."))
    settings.DULY_HOUSE_PACKS = [str(tmp_path / "letters.toml")]
    record_event("letter_received", MONDAY, "a letter", "clerk", subject="Example Agency")
    assert the("answer", MONDAY).rule.id == "letters.complaint"
    settings.DULY_HOUSE_PACKS = []
    assert [line.what for line in duties_on(MONDAY) if line.begun.subject] == []
