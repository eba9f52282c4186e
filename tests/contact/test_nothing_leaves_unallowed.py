"""Whatever is planned, whenever the outbox runs, whoever the borrower is: nothing leaves that the gate has not allowed.

The check beside the gate is its own: it knows only hours and circumstances, and reads files, not the gate's answers.
"""

import datetime
import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from duly.contact.gate import read_answer
from duly.contact.models import Message, PlannedContact
from duly.contact.outbox import send_due
from duly.contact.services import Proposal, plan_contacts
from small_lender import DUE, borrower, circumstance, days_after, instant, loan, outbox_files, pay

START = instant(DUE, 0)
HORIZON_MINUTES = 10 * 24 * 60
ZONES = ["Asia/Shanghai", "Africa/Lagos", "America/New_York", "Asia/Shanghai,America/New_York"]
UNKNOWN = ["", "Nowhere/Land", "Asia/Shanghai,Nowhere/Land"]
NEVER = {"deceased", "minor", "incapacitated"}

minutes = st.integers(0, HORIZON_MINUTES)
wishes = st.lists(
    st.tuples(
        st.integers(0, 2),  # which borrower
        st.sampled_from(["due_soon", "late_1", "late_3", "late_7", "formal_notice"]),
        minutes,  # planned for
        st.integers(1, 4 * 24 * 60),  # how long it keeps
        st.integers(0, 3 * 24 * 60),  # how long before it is planned
    ),
    min_size=1,
    max_size=6,
)
happenings = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from([*sorted(NEVER), "cease_requested", "disputed", "hardship", "paid"]),
        minutes,  # since
        st.none() | st.integers(1, HORIZON_MINUTES),  # for how long
    ),
    max_size=3,
)


def at(minute: int) -> datetime.datetime:
    return START + datetime.timedelta(minutes=minute)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    zones=st.lists(st.sampled_from(ZONES + UNKNOWN), min_size=3, max_size=3),
    wishes=wishes,
    happenings=happenings,
    runs=st.lists(minutes, min_size=1, max_size=12).map(sorted),
)
@example(zones=["Asia/Shanghai"] * 3, wishes=[(0, "late_1", 0, 5000, 0)], happenings=[], runs=[0, 15 * 60, 26 * 60])
def test_nothing_leaves_unallowed(
    zones: list[str],
    wishes: list[tuple[int, str, int, int, int]],
    happenings: list[tuple[int, str, int, int | None]],
    runs: list[int],
    settings: pytest.FixtureRequest,
) -> None:
    with tempfile.TemporaryDirectory() as outbox, transaction.atomic():
        settings.DULY_OUTBOX = Path(outbox)
        people = [borrower(time_zones=zone) for zone in zones]
        loans = [loan(person, due_on=days_after(DUE, number * 5 - 5)) for number, person in enumerate(people)]
        paid_on: dict[int, datetime.date] = {}
        for who, what, since, lasting in happenings:
            if what == "paid":
                day = at(since).date()
                pay(loans[who], on=day)
                paid_on[people[who].pk] = min(day, paid_on.get(people[who].pk, day))
            else:
                circumstance(people[who], what, at(since), None if lasting is None else at(since + lasting))
        for number, (who, template, planned_for, keeps, before) in enumerate(wishes):
            proposal = Proposal(
                idempotency_key=f"wish-{number}-{people[who].reference}",
                borrower_id=people[who].pk,
                loan_ids=[loans[who].pk],
                template=template,
                planned_for=at(planned_for),
                expires_at=at(planned_for + keeps),
                days_past_due=5,
            )
            plan_contacts([proposal], at(planned_for - before))
        for run in runs:
            send_due(at(run))
        files, messages = outbox_files(), list(Message.objects.select_related("planned__borrower", "decision"))
        assert {file.name for file in files} == {message.file_name for message in messages}
        assert PlannedContact.objects.filter(status="sent").count() == len(messages)
        for message in messages:
            check(message, paid_on)
        transaction.set_rollback(True)


def check(message: Message, paid_on: dict[int, datetime.date]) -> None:
    decision, person = message.decision, message.planned.borrower
    assert decision.allowed
    assert (decision.moment, decision.planned_id, decision.contact_at) == ("send", message.planned_id, message.sent_at)
    assert read_answer(decision.inputs, decision.contact_at).allowed
    assert message.planned.planned_for <= message.sent_at < message.planned.expires_at
    assert person.time_zones in ZONES
    for zone in person.time_zones.split(","):
        assert 8 <= message.sent_at.astimezone(ZoneInfo(zone)).hour < 22
    in_force = {
        one.kind
        for one in person.circumstances.all()
        if one.since <= message.sent_at and (one.until is None or message.sent_at < one.until)
    }
    assert not in_force & NEVER
    assert "disputed" not in in_force
    if person.pk in paid_on:
        assert message.sent_at.astimezone(ZoneInfo("Asia/Shanghai")).date() < paid_on[person.pk]
