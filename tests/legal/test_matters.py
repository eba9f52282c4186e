"""Matters: ways from stage to stage, limitation and what interrupts it, deadlines, costs that become fees."""

import datetime

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from duly.collection.legal import matters
from duly.collection.legal.limitation import begin_anew, limitations, soonest
from duly.collection.legal.matters import FLOW
from duly.collection.legal.models import Cost, Matter, MatterEvent
from duly.collection.legal.recovering import ask_to_charge
from duly.collection.models import Case
from duly.engine.errors import InputError
from duly.lending.models import Loan
from duly.lending.positions import position_on
from duly.people import approvals

A_DAY = datetime.timedelta(days=1)
Stage = Matter.Stage


@pytest.fixture
def matter(case: Case, now: datetime.datetime) -> Matter:
    """A claim before a court."""
    return matters.open_matter(case, "court", "Example District Court", by="lawyer", now=now, key="m1")


def test_a_claim_is_what_is_late(matter: Matter, case: Case, loan: Loan, today: datetime.date, now) -> None:
    assert matter.claimed == sum(position_on(loan, today).overdue.values())
    assert list(matter.loans.all()) == [loan]
    again = matters.open_matter(case, "court", "Example District Court", by="lawyer", now=now, key="m1")
    assert again == matter
    assert [one.kind for one in case.events.order_by("pk")][-1] == "matter"


def test_nothing_late_is_nothing_to_claim(case: Case, now: datetime.datetime, today: datetime.date) -> None:
    from duly.lending.services import record_payment

    record_payment("L1", 2_000_00, today, key="all")
    with pytest.raises(InputError, match="nothing late"):
        matters.open_matter(case, "court", "Example District Court", by="lawyer", now=now, key="m1")
    assert not Matter.objects.exists()


@pytest.mark.parametrize("kind", list(FLOW))
def test_every_stage_is_reached_and_only_by_its_way(kind: str) -> None:
    flow = FLOW[kind]
    reached, waiting = {Stage.PREPARED}, [Stage.PREPARED]
    while waiting:
        for following in flow[waiting.pop()]:
            if following not in reached:
                reached.add(following)
                waiting.append(following)
    assert reached == set(flow) - {Stage.CLOSED}
    assert flow[Stage.CLOSED] == ()


def test_a_matter_goes_its_way_and_no_other(matter: Matter, today: datetime.date) -> None:
    with pytest.raises(InputError, match="cannot go there"):
        matters.move_matter(matter, "decided", today, by="lawyer", awarded=1)
    with pytest.raises(InputError, match="still to come"):
        matters.move_matter(matter, "filed", today + A_DAY, by="lawyer")
    for stage in ("filed", "accepted", "heard"):
        matter = matters.move_matter(matter, stage, today, by="lawyer", forum_number="(2026) 12")
    with pytest.raises(InputError, match="awards an amount"):
        matters.move_matter(matter, "decided", today, by="lawyer")
    with pytest.raises(InputError, match="before the last step"):
        matters.move_matter(matter, "decided", today - A_DAY, by="lawyer", awarded=1)
    with pytest.raises(InputError, match="Nothing has been decided"):
        matters.close_matter(matter, "won", today, by="lawyer")
    matter = matters.move_matter(matter, "decided", today, by="lawyer", awarded=800_00)
    deadline = matters.set_deadline(matter, "Apply for enforcement", today + 30 * A_DAY, "lawyer")
    matter = matters.close_matter(matter, "partly_won", today, by="lawyer")
    deadline.refresh_from_db()
    assert deadline.done_on == today
    assert [one.stage for one in matter.events.order_by("pk")] == [
        "prepared", "filed", "accepted", "heard", "decided", "closed",
    ]  # fmt: skip
    with pytest.raises(InputError, match="closed"):
        matters.close_matter(matter, "lost", today, by="lawyer")
    with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic():
        MatterEvent.objects.filter(matter=matter).update(by="nobody")


def test_limitation_is_three_years_and_begins_anew(matter: Matter, loan: Loan, today: datetime.date) -> None:
    # Civil Code of China, art. 188: three years; art. 195: a suit lets it begin anew.
    due_on = position_on(loan, today).oldest_unpaid_due_on
    found = limitations([loan])[loan.pk]
    assert (found.because, found.last_day) == ("due", due_on.replace(year=due_on.year + 3))
    matters.move_matter(matter, "filed", today, by="lawyer")
    found = limitations([loan])[loan.pk]
    assert (found.because, found.last_day) == ("suit", today.replace(year=today.year + 3))
    assert soonest({loan.pk: found}, [loan.pk]) == found


def test_what_has_run_out_begins_no_more(loan: Loan, now: datetime.datetime) -> None:
    long_ago = now - 1500 * A_DAY
    begin_anew(loan, "due", long_ago, "lawyer", "a")
    begin_anew(loan, "demand", now, "lawyer", "b")
    begin_anew(loan, "demand", long_ago - A_DAY, "lawyer", "c")
    assert limitations([loan])[loan.pk].began_at == long_ago
    with pytest.raises(InputError, match="interrupts nothing"):
        begin_anew(loan, "weather", now, "lawyer", "d")


def test_limitation_is_counted_by_loan(loan: Loan, now: datetime.datetime, today: datetime.date) -> None:
    from duly.lending.services import disburse_loan

    other = disburse_loan(
        "L2", borrower="B1", product="three-months", principal=100_00, disbursed_on=today, installments=3, key="o2"
    )
    begin_anew(loan, "due", now - 40 * A_DAY, "lawyer", "a")
    begin_anew(other, "due", now - 20 * A_DAY, "lawyer", "b")
    begin_anew(loan, "demand", now - 10 * A_DAY, "lawyer", "c")
    found = limitations([loan, other])
    assert soonest(found, [loan.pk, other.pk]).loan == "L2"
    assert soonest(found, [loan.pk]).because == "demand"
    assert soonest(found, []) is None


def test_a_cost_becomes_a_fee_by_judgment_and_a_second_person(
    matter: Matter, loan: Loan, lawyer: User, cashier: User, today: datetime.date
) -> None:
    cost = matters.record_cost(matter, "court", 50_00, today, recoverable=True, by="lawyer")
    own = matters.record_cost(matter, "other", 10_00, today, recoverable=False, by="lawyer")
    with pytest.raises(InputError, match="Nothing has been awarded"):
        ask_to_charge(cost, loan, lawyer)
    for stage in ("filed", "accepted"):
        matters.move_matter(matter, stage, today, by="lawyer")
    matters.move_matter(matter, "decided", today, by="lawyer", awarded=900_00)
    cost.matter.refresh_from_db()
    with pytest.raises(InputError, match="cannot be charged"):
        ask_to_charge(own, loan, lawyer)
    asked = ask_to_charge(cost, loan, lawyer)
    with pytest.raises(PermissionDenied):
        approvals.approve(asked, lawyer)
    assert not loan.facts.filter(kind="fee_charged").exists()
    approvals.approve(asked, cashier)
    fee = loan.facts.get(kind="fee_charged")
    assert (fee.amount, fee.details["name"]) == (50_00, f"{matter.number} court")
    assert Cost.objects.get(pk=cost.pk).fact == fee
    cost.refresh_from_db()
    with pytest.raises(InputError, match="cannot be charged"):
        ask_to_charge(cost, loan, lawyer)


def test_a_refused_claim_charges_nothing(matter: Matter, loan: Loan, lawyer: User, today: datetime.date) -> None:
    cost = matters.record_cost(matter, "court", 50_00, today, recoverable=True, by="lawyer")
    for stage in ("filed", "accepted"):
        matters.move_matter(matter, stage, today, by="lawyer")
    matters.move_matter(matter, "decided", today, by="lawyer", awarded=0)
    cost.matter.refresh_from_db()
    with pytest.raises(InputError, match="Nothing has been awarded"):
        ask_to_charge(cost, loan, lawyer)


@given(st.lists(st.sampled_from(list(Stage)), max_size=8), st.sampled_from(list(FLOW)))
def test_no_way_leads_from_a_decision_back(stages: list[str], kind: str) -> None:
    walked, at = [Stage.PREPARED], Stage.PREPARED
    for stage in stages:
        if stage in FLOW[kind][at]:
            at = stage
            walked.append(at)
    assert len(set(walked)) == len(walked)
