"""Which mandate an agency may act under: in force on the day, neither revoked nor suspended."""

import datetime

import pytest

from duly.agencies.models import Agency, Mandate
from duly.agencies.services import mandate_in_force

NOON = datetime.datetime(2026, 3, 10, 4, tzinfo=datetime.UTC)
A_DAY = datetime.timedelta(days=1)


@pytest.fixture
def agency(db) -> Agency:
    return Agency.objects.create(
        code="a1", name="Agency 1", licence="L-1", telephone="+862100000001", email="a1@agency.example"
    )


def mandate(agency: Agency, begins: int, ends: int) -> Mandate:
    on = NOON.date()
    return Mandate.objects.create(
        number=f"M{begins}:{ends}", agency=agency, begins_on=on + begins * A_DAY, ends_on=on + ends * A_DAY
    )


@pytest.mark.parametrize(("begins", "ends", "holds"), [(0, 0, True), (-9, 9, True), (1, 9, False), (-9, -1, False)])
def test_both_days_of_a_mandate_are_in_it(agency: Agency, begins: int, ends: int, holds: bool) -> None:
    made = mandate(agency, begins, ends)
    assert mandate_in_force(agency, NOON) == (made if holds else None)


def test_revoked_or_suspended_it_ends_at_that_instant(agency: Agency) -> None:
    made = mandate(agency, -9, 9)
    made.revoked_at = NOON
    made.save()
    assert mandate_in_force(agency, NOON - A_DAY) == made
    assert mandate_in_force(agency, NOON) is None
    later = mandate(agency, -1, 9)
    assert mandate_in_force(agency, NOON) == later
    agency.suspended_at = NOON
    assert mandate_in_force(agency, NOON) is None
