"""What `duly apr` reads, at its edges: runs of payments, the two days of half a month, and what is refused."""

import datetime

import pytest

from duly.engine import dates
from duly.engine.cash_flows import MAX_FLOWS, flows_of_one, parse_flows
from duly.engine.errors import InputError

ADVANCE = {"on": "2024-01-01", "amount": "100.00"}
PAYMENT = {"on": "2024-02-01", "amount": "110.00"}


def document(*payments, **more):
    return {"method": "us", "advances": [ADVANCE], "payments": list(payments) or [PAYMENT]} | more


def paid_on(*payments, **more):
    """The days of what is paid, as text."""
    flows = parse_flows(document(*payments, **more)).flows
    return [dates.date(day).isoformat() for day, amount in zip(flows.on, flows.amount, strict=True) if amount > 0]


def where(given):
    with pytest.raises(InputError) as raised:
        parse_flows(given)
    assert raised.value.what
    assert raised.value.remedy
    return raised.value.where


def test_advances_are_below_zero_and_payments_above_in_order_of_day():
    read = parse_flows(document({"on": "2024-03-01", "amount": "60"}, {"on": "2024-02-01", "amount": "50"}))
    assert read.flows.start.tolist() == [0, 3]
    assert read.flows.amount.tolist() == [-100_00, 50_00, 60_00]
    assert read.flows.on.tolist() == [dates.days(datetime.date(2024, month, 1)) for month in (1, 2, 3)]
    assert (read.method, read.unit_period, read.currency_decimals) == ("us", None, 2)
    assert read.flows.loan.tolist() == [0, 0, 0]
    yen = document(PAYMENT | {"amount": "110"}, currency="JPY", advances=[ADVANCE | {"amount": "100"}])
    assert parse_flows(yen).flows.amount.tolist() == [-100, 110]


def test_amounts_of_zero_are_left_out():
    assert flows_of_one([(3, 5), (1, 0), (2, -4)]).amount.tolist() == [-4, 5]
    assert flows_of_one([]).start.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("first", "every", "days"),
    [
        ("2024-01-31", "1 month", ["2024-01-31", "2024-02-29", "2024-03-31"]),
        ("2024-01-31", "2 week", ["2024-01-31", "2024-02-14", "2024-02-28"]),
        ("2024-01-31", "10 day", ["2024-01-31", "2024-02-10", "2024-02-20"]),
        ("2024-01-31", "1 year", ["2024-01-31", "2025-01-31", "2026-01-31"]),
        ("2024-01-01", "half month", ["2024-01-01", "2024-01-16", "2024-02-01"]),
        ("2024-01-15", "half month", ["2024-01-15", "2024-01-30", "2024-02-15", "2024-02-29", "2024-03-15"]),
        ("2024-01-14", "half month", ["2024-01-14", "2024-01-29", "2024-02-14", "2024-02-29"]),
        ("2025-01-14", "half month", ["2025-01-14", "2025-01-29", "2025-02-14", "2025-02-28"]),
        ("2024-01-16", "half month", ["2024-01-16", "2024-02-01", "2024-02-16", "2024-03-01"]),
        ("2024-01-30", "half month", ["2024-01-30", "2024-02-15", "2024-02-29", "2024-03-15"]),
        ("2024-01-31", "half month", ["2024-01-31", "2024-02-15", "2024-02-29", "2024-03-15"]),
    ],
)
def test_a_run_of_payments(first, every, days):
    assert paid_on({"on": first, "amount": "50", "every": every, "count": len(days)}) == days


def test_a_payment_may_fall_on_the_day_of_the_first_advance():
    assert paid_on(PAYMENT | {"on": "2024-01-01"}) == ["2024-01-01"]
    assert where(document(PAYMENT | {"on": "2023-12-31"})) == "/payments/0/on"
    later = document(PAYMENT | {"on": "2024-01-15"}, advances=[ADVANCE | {"on": "2024-02-01"}, ADVANCE])
    assert parse_flows(later).flows.amount.tolist() == [-100_00, 110_00, -100_00]


def test_a_run_ends_by_the_year_2200_and_has_so_many_flows_at_most():
    run = {"on": "2024-02-01", "amount": "1", "every": "1 day"}
    assert len(paid_on(run | {"count": MAX_FLOWS - 1})) == MAX_FLOWS - 1
    assert where(document(run | {"count": MAX_FLOWS})) == ""
    assert where(document(run | {"count": MAX_FLOWS + 1})) == "/payments/0/count"
    assert where(document(run | {"count": MAX_FLOWS - 1}, run | {"count": 2})) == "/payments/1"
    yearly = run | {"on": "2024-12-31", "every": "365 day"}
    most = (dates.days(datetime.date(2200, 12, 31)) - dates.days(datetime.date(2024, 12, 31))) // 365 + 1
    assert len(paid_on(yearly | {"count": most})) == most
    assert where(document(yearly | {"count": most + 1})) == "/payments/0/count"


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ([], ""),
        (document(colour="red"), "/colour"),
        (document(method="uk"), "/method"),
        ({"advances": [ADVANCE], "payments": [PAYMENT]}, "/method"),
        (document(currency="XYZ"), "/currency"),
        (document(unit_period="1 moon"), "/unit_period"),
        (document(unit_period="2 year"), "/unit_period"),
        ({"method": "us", "payments": [PAYMENT]}, "/advances"),
        (document(advances=[]), "/advances"),
        (document(advances={}), "/advances"),
        (document(advances=[ADVANCE | {"amount": "0"}]), "/advances"),
        (document(1), "/payments/0"),
        (document(PAYMENT, PAYMENT | {"colour": "red"}), "/payments/1/colour"),
        (document({"on": "2024-02-01"}), "/payments/0/amount"),
        (document({"amount": "1.00"}), "/payments/0/on"),
        (document(PAYMENT | {"on": "soon"}), "/payments/0/on"),
        (document(PAYMENT | {"amount": "1.001"}), "/payments/0/amount"),
        (document(PAYMENT | {"count": 2}), "/payments/0/every"),
        (document(PAYMENT | {"every": "1 month"}), "/payments/0/count"),
        (document(PAYMENT | {"every": "1 month", "count": 0}), "/payments/0/count"),
        (document(PAYMENT | {"every": "1 month", "count": True}), "/payments/0/count"),
        (document(PAYMENT | {"every": "1 month", "count": "2"}), "/payments/0/count"),
        (document(PAYMENT | {"every": "1 moon", "count": 2}), "/payments/0/every"),
    ],
)
def test_a_transaction_that_cannot_be(given, pointer):
    assert where(given) == pointer
