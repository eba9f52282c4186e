"""Waivers of more than is owed: which of them count on the day that is asked about, and which is named."""

import pytest
from told import fact, paid, position

from duly.engine.errors import InputError

# Interest of the first installment of told.CONTRACT is 12.00.
TOO_MUCH = fact("waived", "2024-02-15", component="interest", amount="5000.00", id="w")
ENOUGH = fact("waived", "2024-02-15", component="interest", amount="12.00")


def where(*facts, as_of="2024-03-01", **more):
    with pytest.raises(InputError) as raised:
        position(as_of, *facts, **more)
    return raised.value.where


def test_a_waiver_of_more_than_is_owed_is_named():
    assert where(TOO_MUCH) == "/facts/0/amount"
    assert where(ENOUGH, paid("2024-02-16", "1.00"), TOO_MUCH) == "/facts/2/amount"
    assert where(TOO_MUCH, fact("waived", "2024-02-20", component="fee", amount="0.01")) == "/facts/0/amount"


@pytest.mark.parametrize("component", ["principal", "interest", "penalty", "fee"])
def test_of_every_component(component):
    assert where(fact("waived", "2024-02-15", component=component, amount="5000.00")) == "/facts/0/amount"


def test_one_that_has_not_happened_yet_does_not_count():
    assert position("2024-02-14", TOO_MUCH)["waived"]["interest"] == "0.00"


def test_one_that_is_taken_back_does_not_count():
    back = fact("reversed", "2024-02-20", reverses="w")
    assert position("2024-03-01", TOO_MUCH, back)["waived"]["interest"] == "0.00"
    assert where(TOO_MUCH, back, as_of="2024-02-19") == "/facts/0/amount"
    other = fact("waived", "2024-02-15", component="interest", amount="5000.00")
    assert where(TOO_MUCH, other, back) == "/facts/1/amount"


def test_a_cancelled_loan_owes_no_interest_to_waive():
    assert position("2024-03-01", TOO_MUCH, fact("cancelled", "2024-02-20"))["status"] == "cancelled"


def test_what_is_waived_exactly_is_taken():
    assert position("2024-03-01", ENOUGH)["waived"]["interest"] == "12.00"
