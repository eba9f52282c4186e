"""The time line takes lines of any room, is never rewritten, and what begins elsewhere stops a playbook at once."""

import datetime

import pytest
from django.db import DatabaseError, connection, transaction

from duly.collection import stops, timeline
from duly.collection.models import CaseEvent
from duly.collection.services import hold, open_case
from duly.contact.models import PlannedContact
from small_lender import DUE, borrower, days_after, instant, loan

NOW = instant(DUE, 3)


@pytest.fixture
def case(db):
    late = loan(borrower())
    return open_case(late.borrower_id, [late.pk], DUE, "became overdue")


def test_a_line_of_another_room_joins_the_open_case_of_its_borrower(case) -> None:
    line = timeline.note(case.borrower, "promise_made", "pays 200 on Friday", NOW)
    assert (line.case, line.kind, line.business_date) == (case, "promise_made", DUE)
    assert timeline.note(borrower(), "promise_made", "has no case", NOW) is None
    assert timeline.note_all([case.borrower_id], "promise_made", "again", NOW) == 1


def test_the_time_line_is_never_rewritten(case) -> None:
    line = timeline.note(case, "promise_made", "pays 200", NOW)
    for change in ("UPDATE collection_caseevent SET because = 'x' WHERE id = %s", "DELETE FROM collection_caseevent"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change, [line.pk] if "%s" in change else None)
    assert CaseEvent.objects.get(pk=line.pk).because == "pays 200"


def test_a_kind_is_said_in_the_words_of_its_room(monkeypatch) -> None:
    monkeypatch.setattr(timeline, "_words", dict(timeline._words))
    assert timeline.kind_words("moon_seen") == "moon seen"
    timeline.name_kinds({"moon_seen": "Saw the moon"})
    assert timeline.kind_words("moon_seen") == "Saw the moon"


def test_what_begins_elsewhere_cancels_what_was_planned_and_says_so(case) -> None:
    planned = PlannedContact.objects.create(
        idempotency_key="to be cancelled",
        borrower=case.borrower,
        channel="email",
        template="late_1",
        language="en",
        purpose="reminder",
        planned_for=NOW,
        expires_at=instant(days_after(DUE, 2), 3),
    )
    assert hold([case.borrower_id], "a complaint is open", NOW) == {case.borrower_id}
    planned.refresh_from_db()
    assert (planned.status, planned.why) == (PlannedContact.Status.CANCELLED, "a complaint is open")
    assert case.events.order_by("-pk").first().because == "a complaint is open"


def test_all_that_stops_a_borrower_is_told(monkeypatch) -> None:
    monkeypatch.setattr(stops, "_stops", {})
    stops.register("promise", lambda ids, on: {one: "promised for Friday" for one in ids if one == 1})
    stops.register("dispute", lambda ids, on: dict.fromkeys(ids, f"disputed on {on}"))
    found = stops.stopped([1, 2], datetime.date(2026, 3, 1))
    assert found == {
        1: (stops.Stop("promise", "promised for Friday"), stops.Stop("dispute", "disputed on 2026-03-01")),
        2: (stops.Stop("dispute", "disputed on 2026-03-01"),),
    }
