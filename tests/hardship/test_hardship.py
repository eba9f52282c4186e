"""Relief and protection: asked for, granted by the right people, penalty at rest meanwhile, and over by itself."""

import datetime
from importlib import resources
from itertools import pairwise

import pytest
from django.contrib.auth.models import User

from duly.close.services import close_through
from duly.collection.after_close import work_close
from duly.collection.hardship.models import HardshipApplication, Pause
from duly.collection.hardship.policy import KINDS, hardship_policy, parse_hardship
from duly.collection.hardship.protecting import end_protection, end_what_is_over, open_protections, protect
from duly.collection.hardship.services import (
    add_paper,
    apply_for_relief,
    decline_relief,
    grant_relief,
    waiting_approval,
    withdraw_application,
)
from duly.collection.stops import stopped
from duly.duties.models import Event
from duly.engine.errors import InputError
from duly.lending import services as lending
from duly.lending.models import Fact, Loan
from duly.lending.positions import position_on
from duly.people import approvals
from duly.people.models import Borrower, Circumstance
from duly.people.roles import Role, give_roles

A_DAY = datetime.timedelta(days=1)
DRAWN = datetime.date(2026, 1, 10)
LATE = datetime.date(2026, 3, 20)
TERMS = {"currency": "CNY", "method": "bullet", "every": "30 day", "penalty": {"annual_rate": "0.365"}}
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde\x00\x00\x00\x0c"
    b"IDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\r\xefF\xb8\x00\x00\x00\x00IEND\xaeB`\x82"
)


def at(day: datetime.date, hour: int = 4) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(hour), datetime.UTC)


def staff(name: str, role: Role) -> User:
    made = User.objects.create_user(name)
    give_roles(made, role)
    return made


@pytest.fixture
def loan(db) -> Loan:
    """1,000.00 for 30 days at no interest, unpaid: a penalty of 1.00 a day from 10 February on."""
    lending.add_product("thirty-days", TERMS, name_en="Thirty days")
    Borrower.objects.create(reference="B1", time_zones="Asia/Shanghai")
    return lending.disburse_loan(
        "L1", borrower="B1", product="thirty-days", principal=1_000_00, disbursed_on=DRAWN, installments=1, key="out"
    )


def penalty(loan: Loan, on: datetime.date) -> int:
    return position_on(Loan.objects.get(pk=loan.pk), on).due["penalty"]


def asks(loan: Loan, key: str = "a") -> HardshipApplication:
    return apply_for_relief(loan.borrower, "illness", "In hospital.", at=at(LATE), key=key)


def test_relief_rests_the_penalty_and_the_playbook_and_ends_by_itself(loan) -> None:
    application = asks(loan)
    pk = loan.borrower_id
    assert stopped([pk], LATE)[pk][0].why == "asks for relief"
    before = penalty(loan, LATE)
    granted = grant_relief(application, 30, by=staff("lin", Role.LEGAL), why="hospital bill seen", at=at(LATE))
    assert granted.until == LATE + 29 * A_DAY
    assert penalty(loan, LATE + 29 * A_DAY) <= before + 1_00
    rested = penalty(loan, LATE + 29 * A_DAY)
    assert stopped([pk], LATE + 29 * A_DAY)[pk][0].name == "hardship"
    assert end_what_is_over(LATE + 28 * A_DAY, at(LATE)) == 0
    assert end_what_is_over(LATE + 29 * A_DAY, at(LATE)) == 1
    assert end_what_is_over(LATE + 29 * A_DAY, at(LATE)) == 0
    assert stopped([pk], LATE + 30 * A_DAY) == {}
    grown = [penalty(loan, LATE + (29 + days) * A_DAY) for days in range(4)]
    assert grown[0] == rested
    assert [then - now for now, then in pairwise(grown[1:])] == [1_00, 1_00]


def test_longer_than_one_person_may_waits_for_a_second(loan) -> None:
    application, lin = asks(loan), staff("lin", Role.LEGAL)
    assert grant_relief(application, 90, by=lin, why="long illness", at=at(LATE)) is None
    assert not Pause.objects.exists()
    waiting = waiting_approval(application)
    done = approvals.approve(waiting, staff("mo", Role.COMPLIANCE))
    application.refresh_from_db()
    assert (application.state, application.decided_by, application.approved_by) == ("granted", "lin", "mo")
    assert done.outcome == f"until {application.until}"
    assert Pause.objects.get().loan == loan
    with pytest.raises(InputError, match="for so long"):
        grant_relief(application, hardship_policy().at_most_days + 1, by=lin, why="x", at=at(LATE))


def test_declined_with_a_reason_or_taken_back_nothing_rests(loan) -> None:
    lin = staff("lin", Role.LEGAL)
    application = asks(loan)
    with pytest.raises(InputError, match="reason"):
        decline_relief(application, by=lin, why=" ", at=at(LATE))
    decline_relief(application, by=lin, why="paid on time so far", at=at(LATE))
    with pytest.raises(InputError, match="decided"):
        grant_relief(application, 10, by=lin, why="x", at=at(LATE))
    again = asks(loan, "b")
    withdraw_application(again, at(LATE))
    assert stopped([loan.borrower_id], LATE) == {}
    assert not Circumstance.objects.exists()


def test_one_application_at_a_time_with_papers_that_are_what_they_say(loan) -> None:
    application = asks(loan)
    with pytest.raises(InputError, match="already"):
        asks(loan, "b")
    assert asks(loan) == application
    paper = add_paper(application, "bill.png", PNG, at(LATE))
    assert paper.file.media_type == "image/png"
    with pytest.raises(InputError):
        add_paper(application, "bill.pdf", b"MZ not a paper", at(LATE))


def test_a_loan_under_two_protections_rests_until_the_last_has_ended(loan) -> None:
    lin = staff("lin", Role.LEGAL)
    protect(loan.borrower, "hardship", by=lin, at=at(LATE), days=10)
    second = protect(loan.borrower, "incapacitated", by=lin, at=at(LATE + A_DAY))
    assert end_what_is_over(LATE + 9 * A_DAY, at(LATE)) == 0
    end_protection(second, by=lin, at=at(LATE + 12 * A_DAY), why="a guardian acts now")
    assert Fact.objects.filter(kind="penalty_resumed").count() == 1
    assert open_protections(loan.borrower, at(LATE + 13 * A_DAY)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_each_protection_does_what_the_table_says(loan, kind) -> None:
    policy = hardship_policy().protections[kind]
    protect(loan.borrower, kind, by=None, at=at(LATE))
    facts = Fact.objects.filter(kind="penalty_paused")
    assert facts.count() == bool(policy.pauses)
    grows = penalty(loan, LATE + 20 * A_DAY) - penalty(loan, LATE + 10 * A_DAY)
    assert grows == (0 if "penalty" in policy.pauses else 10_00)
    assert bool(stopped([loan.borrower_id], LATE + A_DAY)) == policy.stops_playbook
    with pytest.raises(InputError, match="in force"):
        protect(loan.borrower, kind, by=None, at=at(LATE + A_DAY))


def test_a_breathing_space_lasts_as_long_as_the_law_says_and_its_clock_runs(loan, settings) -> None:
    settings.DULY_PACKS = ["uk"]
    made = protect(loan.borrower, "breathing_space", by=None, at=at(LATE))
    assert 59 <= (made.until - made.since).days <= 61
    assert Event.objects.get().kind == "breathing_space_began"


def test_over_at_the_close_of_its_last_day(book) -> None:
    lending.add_product("thirty-days", TERMS, name_en="Thirty days")
    Borrower.objects.create(reference="B1", time_zones="Asia/Shanghai")
    made = lending.disburse_loan(
        "L1", borrower="B1", product="thirty-days", principal=1_000_00, disbursed_on=DRAWN, installments=1, key="out"
    )
    protect(made.borrower, "hardship", by=None, at=at(DRAWN + 35 * A_DAY), days=3)
    for day, resumed in ((36, 0), (37, 1), (38, 1)):
        close_through(DRAWN + day * A_DAY)
        work_close(DRAWN + day * A_DAY, now=at(DRAWN + day * A_DAY, 16))
        assert Fact.objects.filter(kind="penalty_resumed").count() == resumed


@pytest.mark.parametrize(
    ("line", "instead", "where"),
    [
        ("alone_days = 60", "alone_days = -1", "/alone_days"),
        ('pauses = ["penalty"]', 'pauses = ["principal"]', "/protections/hardship/pauses"),
        ("[protections.vulnerable]", "[protections.tired]", "/protections"),
        ("stops_playbook = false", 'stops_playbook = "no"', "/protections/vulnerable/stops_playbook"),
    ],
)
def test_a_policy_that_will_not_do_is_told_with_its_place(line, instead, where) -> None:
    text = resources.files("duly.collection.hardship").joinpath("standard.toml").read_text(encoding="utf-8")
    assert line in text
    with pytest.raises(InputError) as told:
        parse_hardship(text.replace(line, instead, 1))
    assert told.value.where == where
