"""Schedules of every shape: balloons, steps, grace, holidays, broken periods; figures worked in the comments."""

import pytest
from told import rows, schedule


def due(**terms):
    return rows(schedule(**terms), "principal", "interest")


def test_a_balloon_is_left_for_the_last_installment_and_bears_interest_all_along():
    # Interest of 1200.00 at 1% a month is 12.00, though only 600.00 of it is repaid in level installments.
    shown = due(balloon="600.00")
    assert shown[0] == ("147.77", "12.00")
    assert shown[-1] == ("752.24", "7.52")


def test_level_installments_step_up():
    totals = rows(schedule(step_up={"every": 2, "rate": "0.10"}), "total")
    assert totals == [("293.03",), ("293.03",), ("322.33",), ("322.34",)]


def test_deferred_interest_of_grace_falls_due_with_the_first_installment_after_it():
    shown = due(grace={"principal": 1, "interest": 1})
    assert shown[:2] == [("0.00", "0.00"), ("396.03", "24.00")]  # 12.00 of its own and 12.00 from before


def test_capitalised_interest_joins_the_principal():
    shown = schedule(grace={"interest": 1, "interest_is": "capitalised"})
    assert rows(shown, "interest", "balance_after")[:2] == [("0.00", "1212.00"), ("12.12", "812.01")]
    assert shown["total_interest"] == "36.32"  # 12.00 + 12.12 + 8.12 + 4.08


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("following", ["2024-02-01", "2024-03-01", "2024-04-02", "2024-05-02"]),  # Easter Monday, Labour Day
        ("preceding", ["2024-02-01", "2024-03-01", "2024-03-28", "2024-04-30"]),  # Good Friday is closed too
        ("modified_following", ["2024-02-01", "2024-03-01", "2024-04-02", "2024-05-02"]),
        ("none", ["2024-02-01", "2024-03-01", "2024-04-01", "2024-05-01"]),
    ],
)
def test_due_dates_move_off_german_holidays_and_interest_does_not(rule, days):
    shown = schedule(disbursed_on="2024-01-01", holidays=["DE"], holiday_rule=rule)
    assert [day for (day,) in rows(shown, "due_on")] == days
    assert rows(shown, "interest") == rows(schedule(disbursed_on="2024-01-01"), "interest")


def test_a_working_weekend_of_china_is_a_business_day():
    # Sunday 2024-02-04 was worked before the Spring Festival; Sunday 2024-03-10 was not.
    shown = schedule(disbursed_on="2024-01-04", holidays=["CN"], holiday_rule="following", installments=1)
    assert rows(shown, "due_on") == [("2024-02-04",)]
    shown = schedule(disbursed_on="2024-02-10", holidays=["CN"], holiday_rule="following", installments=1)
    assert rows(shown, "due_on") == [("2024-03-11",)]


def test_ten_days_more_in_the_first_period_cost_4_00_one_way_or_another():
    terms = {"first_due_on": "2024-02-25"}
    assert due(**terms)[0] == ("295.54", "16.00")
    spread = schedule(**terms, conventions={"broken_period": "spread"})
    assert [interest for (interest,) in rows(spread, "interest")] == ["13.00", "10.04", "7.06", "4.04"]
    upfront = schedule(**terms, conventions={"broken_period": "upfront"})
    assert (rows(upfront, "interest")[0], upfront["upfront_fee"]) == (("12.00",), "4.00")


def test_an_open_loan_has_one_row_with_interest_by_the_day():
    # 121 days: 1200.00 × 12% × 121 / 365 = 47.74
    assert due(method="open", day_count="act/365") == [("1200.00", "47.74")]


def test_fees_on_dates_join_the_next_installment_or_have_a_row_of_their_own():
    fees = [{"on": "2024-02-16", "amount": "7.00"}, {"on": "2024-06-01", "amount": "9.00"}]
    shown = rows(schedule(fees=fees), "due_on", "fee")
    assert shown[1] == ("2024-03-15", "7.00")
    assert shown[4] == ("2024-06-01", "9.00")


def test_the_largest_loan_of_600_installments_repays_to_the_cent():
    shown = schedule(principal="100000000000.00", installments=600, annual_rate="0.0999")
    assert len(shown["installments"]) == 600
    assert shown["installments"][-1]["balance_after"] == "0.00"
