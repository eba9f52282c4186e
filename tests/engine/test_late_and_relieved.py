"""Late loans, and how they are relieved or end: penalty of every kind, pauses, late fees, non-accrual, endings."""

import pytest
from told import fact, paid, position, rows

PENALTY = {"annual_rate": "0.365"}  # a thousandth a day


@pytest.mark.parametrize(
    ("base", "penalty"),
    [("principal", "2.96"), ("principal_and_interest", "3.08"), ("installment", "3.18")],
)
def test_ten_days_of_penalty_on_what_is_overdue(base, penalty):
    # 295.54 of principal, 12.00 of interest, 10.00 of fees.
    fees = [{"on": "installments", "amount": "40.00"}]
    assert position("2024-02-25", penalty=PENALTY | {"on": base}, fees=fees)["outstanding"]["penalty"] == penalty


@pytest.mark.parametrize(
    ("counts_from", "day", "penalty"),
    [
        ("due_date", "2024-02-18", "0.00"),
        ("due_date", "2024-02-19", "1.18"),  # four days of 295.54
        ("end_of_grace", "2024-02-19", "0.30"),  # one day
    ],
)
def test_grace_days_once_broken(counts_from, day, penalty):
    terms = {"penalty": PENALTY | {"grace_days": 3, "grace_counts_from": counts_from}}
    assert position(day, **terms)["outstanding"]["penalty"] == penalty


def test_compound_penalty_bears_penalty_after_a_month():
    # 29 days of 295.54 are 8.57; then 5 days of 304.11 are 1.52.
    found = position("2024-03-20", penalty=PENALTY | {"compound": True})
    assert rows(found, "penalty")[0] == ("10.09",)


def test_a_cap_stops_penalty():
    found = position("2024-04-20", penalty=PENALTY | {"cap": {"amount": "20.00"}})
    assert found["outstanding"]["penalty"] == "20.00"


def test_interest_and_penalty_of_a_day_stay_below_the_cap_on_the_yearly_cost():
    # 18% of 1200.00 less 12% of 904.46 not yet due, ten days of it: 2.94; the penalty alone would be 2.96.
    terms = {"penalty": PENALTY, "cost_cap": {"annual_rate": "0.18"}}
    assert position("2024-02-25", **terms)["outstanding"]["penalty"] == "2.94"


def test_penalty_does_not_grow_in_a_pause_nor_do_days_where_it_stops_them():
    pause = [
        fact("penalty_paused", "2024-02-20", stops=["penalty", "days"]),
        fact("penalty_resumed", "2024-03-01"),
    ]
    found = position("2024-03-10", *pause, penalty=PENALTY)
    assert found["outstanding"]["penalty"] == "4.14"  # 5 days: 1.48, and 9 days: 2.66
    assert found["days_past_due"] == 14


def test_a_late_fee_is_charged_once_an_installment_on_its_day():
    terms = {"late_fee": {"amount": "5.00", "after_days": 3}}
    assert position("2024-02-17", **terms)["due"]["fee"] == "0.00"
    assert position("2024-02-18", **terms)["due"]["fee"] == "5.00"
    assert position("2024-03-17", **terms)["due"]["fee"] == "5.00"
    assert position("2024-03-18", **terms)["due"]["fee"] == "10.00"
    assert position("2024-02-18", paid("2024-02-17", "307.54"), **terms)["earned"]["fee"] == "0.00"


def test_a_cent_within_the_tolerance_is_not_late():
    short = paid("2024-02-15", "307.50")
    assert position("2024-03-01", short)["days_past_due"] == 15
    assert position("2024-03-01", short, tolerance="0.05")["days_past_due"] == 0


def test_payments_by_component_take_interest_everywhere_before_principal():
    terms = {"allocation": {"by": "component"}}
    found = position("2024-03-20", paid("2024-03-20", "21.04"), **terms)
    assert (found["due"]["interest"], found["due"]["principal"]) == ("0.00", "594.04")


def test_after_some_days_late_another_order_holds():
    late = {"days": 30, "order": ["principal", "interest", "fee", "penalty"], "by": "component"}
    terms = {"allocation": {"after_days_past_due": late}}
    in_time = position("2024-03-15", paid("2024-03-15", "300.00"), **terms)
    too_late = position("2024-03-16", paid("2024-03-16", "300.00"), **terms)
    assert (in_time["due"]["interest"], too_late["due"]["interest"]) == ("9.04", "21.04")


def test_ninety_days_late_nothing_is_earned_until_it_is_paid():
    late = position("2024-07-01")
    assert (late["earned"]["interest"], late["suspended"]["interest"]) == ("0.00", "30.14")
    cured = position("2024-07-01", paid("2024-07-01", "1230.14"))
    assert (cured["status"], cured["earned"]["interest"], cured["suspended"]["interest"]) == (
        "settled",
        "30.14",
        "0.00",
    )


def test_part_of_the_way_back_is_not_back():
    # 92 days late on 2024-05-17; two rows paid leave the third, 32 days late: still not accrual.
    some = position("2024-05-17", paid("2024-05-17", "615.08"))
    assert some["days_past_due"] == 32
    assert some["earned"]["interest"] == "21.04"
    assert some["suspended"]["interest"] == "9.10"
    all_of_it = position("2024-05-17", paid("2024-05-17", "615.08"), paid("2024-05-17", "615.06"))
    assert all_of_it["suspended"]["interest"] == "0.00"


def test_settled_for_less():
    found = position("2024-03-01", paid("2024-02-15", "1000.00"), fact("waived", "2024-02-15", component="all"))
    assert (found["status"], found["outstanding"]["total"]) == ("settled", "0.00")


def test_a_cancelled_loan_asks_for_its_principal_and_nothing_else():
    found = position("2024-02-20", paid("2024-02-01", "500.00"), fact("cancelled", "2024-02-05"))
    assert (found["status"], found["payoff"]) == ("cancelled", "700.00")
    assert set(found["earned"].values()) == {"0.00"}
    done = position(
        "2024-02-20", paid("2024-02-01", "500.00"), fact("cancelled", "2024-02-05"), paid("2024-02-10", "710.00")
    )
    assert (done["status"], done["settled_on"], done["credit_balance"]) == ("cancelled", "2024-02-10", "10.00")


def test_what_comes_after_a_write_off_is_recovered():
    lost = fact("written_off", "2024-09-01")
    found = position("2024-12-01", lost, fact("recovered", "2024-10-01", amount="50.00"), paid("2024-11-01", "5.00"))
    assert (found["status"], found["recovered"], found["received"]) == ("written_off", "55.00", "0.00")
    assert found["written_off"] == {"principal": "1200.00", "interest": "30.14", "penalty": "0.00", "fee": "0.00"}


def test_credit_is_refunded_and_owed_again_when_the_payment_bounces():
    over = paid("2024-02-01", "1300.00", id="over")
    refund = fact("refunded", "2024-02-05", amount="50.00")
    assert position("2024-02-10", over, refund)["credit_balance"] == "43.60"
    bounced = position("2024-02-10", over, refund, fact("reversed", "2024-02-08", reverses="over"))
    assert (bounced["status"], bounced["credit_balance"]) == ("open", "-50.00")
    filled = position(
        "2024-02-10", over, refund, fact("reversed", "2024-02-08", reverses="over"), paid("2024-02-10", "60.00")
    )
    assert (filled["credit_balance"], filled["received"]) == ("0.00", "60.00")
