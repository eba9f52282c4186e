"""The register of agencies: mandates with a second person, suspension at once, staff, the yearly clock."""

import datetime

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from duly.agencies.commission_terms import commission_terms, read_terms, rounded
from duly.agencies.models import Agency, AgencyEvent, Evaluation
from duly.agencies.services import (
    add_staff,
    agency_of,
    ask_for_mandate,
    ask_to_resume,
    evaluate,
    mandate_in_force,
    mandated,
    register_agency,
    remove_staff,
    revoke_mandate,
    suspend,
)
from duly.agencies.signals import agency_stopped
from duly.duties.services import duties_on
from duly.engine.errors import InputError
from duly.people.approvals import approve
from duly.people.roles import Role, give_roles

NOW = datetime.datetime(2026, 3, 10, 4, tzinfo=datetime.UTC)
A_DAY = datetime.timedelta(days=1)
TERMS = {
    "number": "M-1",
    "begins_on": "2026-01-01",
    "ends_on": "2027-12-31",
    "channels": ["voice"],
    "purposes": ["reminder"],
    "data": ["name", "phone"],
    "commission": {"tiers": [{"from_days": 1, "rate": 80_000}, {"from_days": 91, "rate": 150_000}]},
}


def somebody(name: str, *roles: Role) -> User:
    user = User.objects.create_user(name, is_staff=Role.AGENCY not in roles)
    give_roles(user, *roles)
    return user


@pytest.fixture
def lawyer(db) -> User:
    return somebody("lawyer", Role.LEGAL)


@pytest.fixture
def agency(lawyer: User) -> Agency:
    return register_agency(
        code="a1", name="Agency 1", licence="L-1", telephone="+8610", email="a1@agency.example", by=lawyer, at=NOW
    )


def mandate(agency: Agency, lawyer: User, **changed: object):
    asked = ask_for_mandate(agency, {**TERMS, **changed}, lawyer)
    assert mandate_in_force(agency, NOW) is None
    with pytest.raises(PermissionDenied):
        approve(asked, lawyer)
    approve(asked, somebody("another", Role.COMPLIANCE))
    found = mandate_in_force(agency, NOW)
    assert found is not None
    return found


def test_a_mandate_needs_a_second_person_and_makes_the_agency_public(agency, lawyer):
    assert list(mandated(NOW)) == []
    made = mandate(agency, lawyer)
    assert (made.number, made.data, made.notice_days) == ("M-1", ["name", "phone"], 3)
    assert list(mandated(NOW)) == [agency]


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"ends_on": "2025-12-31"}, "/ends_on"),
        ({"ends_on": "2031-01-01"}, "/ends_on"),
        ({"channels": ["pigeon"]}, "/channels"),
        ({"purposes": []}, "/purposes"),
        ({"data": ["id_number"]}, "/data"),
        ({"notice_days": -1}, "/notice_days"),
        ({"commission": {"tiers": []}}, "/commission/tiers"),
        ({"commission": {"tiers": [{"from_days": 1, "rate": 1_000_001}]}}, "/commission/tiers/0/rate"),
        ({"commission": {"tiers": [{"from_days": 9, "rate": 1}, {"from_days": 1, "rate": 1}]}}, "/commission/tiers"),
    ],
)
def test_terms_that_cannot_be_are_refused_with_their_place(agency, lawyer, changed, where):
    with pytest.raises(InputError) as refused:
        ask_for_mandate(agency, {**TERMS, **changed}, lawyer)
    assert refused.value.where == where


def test_suspended_it_may_do_nothing_from_that_instant_and_others_hear_of_it(agency, lawyer):
    mandate(agency, lawyer)
    user = somebody("agent")
    User.objects.filter(pk=user.pk).update(is_staff=False)
    user.refresh_from_db()
    staff = add_staff(agency, user, lawyer, NOW)
    assert agency_of(user, NOW) == agency
    heard = []

    def hear(agency, why, at, **_):
        heard.append((agency.code, why, at))

    agency_stopped.connect(hear)
    suspend(agency, "threats", lawyer, NOW)
    assert heard == [("a1", "threats", NOW)]
    assert agency_of(user, NOW) is None
    assert list(mandated(NOW)) == []
    with pytest.raises(InputError):
        suspend(agency, "again", lawyer, NOW)
    approve(ask_to_resume(agency, "put right", lawyer), User.objects.get(username="another"))
    agency.refresh_from_db()
    assert agency_of(user, NOW) == agency
    remove_staff(staff, lawyer, NOW)
    assert agency_of(user, NOW) is None


def test_revoked_once(agency, lawyer):
    made = mandate(agency, lawyer)
    revoke_mandate(made, "resold cases", lawyer, NOW)
    assert mandate_in_force(agency, NOW) is None
    with pytest.raises(InputError):
        revoke_mandate(made, "again", lawyer, NOW)


def test_staff_are_of_one_agency_and_never_the_lenders_own(agency, lawyer):
    other = register_agency(code="a2", name="Agency 2", licence="L", telephone="1", email="", by=lawyer, at=NOW)
    user = User.objects.create_user("agent")
    add_staff(agency, user, lawyer, NOW)
    for refused in (user, lawyer, User.objects.create_superuser("root")):
        with pytest.raises(InputError):
            add_staff(other, refused, lawyer, NOW)


def test_the_clock_of_the_yearly_evaluation_runs_by_the_record(agency, lawyer):
    made = mandate(agency, lawyer)
    type(made).objects.filter(pk=made.pk).update(recorded_at=NOW)
    later = NOW + 400 * A_DAY

    def late(at):
        return [one.begun.subject for one in duties_on(at) if one.what == "evaluate_agency" and one.state == "late"]

    assert late(NOW) == []
    assert late(later) == ["Agency 1"]
    evaluate(agency, dict.fromkeys(("conduct", "results", "security", "complaints"), 4), "All well.", lawyer, later)
    assert late(later + A_DAY) == []
    with pytest.raises(InputError):
        evaluate(agency, {"conduct": 6}, "x", lawyer, later)


def test_judgements_stay_on_record(agency, lawyer):
    evaluate(agency, dict.fromkeys(("conduct", "results", "security", "complaints"), 1), "Bad.", lawyer, NOW)
    for table in (Evaluation, AgencyEvent):
        with pytest.raises(IntegrityError), transaction.atomic():
            table.objects.all().delete()


def test_terms_are_read_from_toml_and_rounded_as_named():
    terms = commission_terms(read_terms('rounding = "half_up"\ntiers = [{from_days = 1, rate = 125000}]'))
    assert terms.earned(4, 0) == 0
    assert terms.earned(4, 1) == 1
    assert [rounded(one * 500_000, "half_even") for one in (1, 3, 5)] == [0, 2, 2]
    assert [rounded(one * 500_000, "half_up") for one in (1, 3, 5)] == [1, 2, 3]
    assert [rounded(one * 500_000, "down") for one in (1, 3, 5)] == [0, 1, 2]
