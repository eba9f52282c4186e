"""Rare combinations, each by itself: what the definition says, worked out by hand.

The rules are those of docs/engine/semantics.md, by their numbers in section 7.
"""

from fractions import Fraction

import pytest
from told import fact, paid, position, rows, schedule

# Most stories: 1200.00 over 4 months at 12% with months of 30 days. Equal principal: 300.00 a month, interest of
# 12.00, 9.00, 6.00, 3.00; without interest grace.
EVEN = {"method": "equal_principal"}


def test_steps_count_grace_rows_and_the_installment_is_that_of_the_first_row_that_repays():
    # Rule 8. No interest: x, 1.1 x, 1.21 x after one row of grace, together 1200.00: x = 1200 / 3.31 = 362.54.
    found = schedule(annual_rate="0", grace={"principal": 1}, step_up={"every": 1, "rate": "0.1"})
    assert [row["principal"] for row in found["installments"]] == ["0.00", "362.54", "398.79", "438.67"]
    first = Fraction(120_000) / (1 + Fraction(11, 10) + Fraction(121, 100))
    assert round(first) == 36_254


def test_total_interest_counts_what_joins_the_principal():
    # Rule 67. 12.00 joins in the first month; then 404.00 a month of 1212.00: 12.12, 8.08, 4.04.
    found = schedule(**EVEN, grace={"interest": 1, "interest_is": "capitalised"})
    assert [row["interest"] for row in found["installments"]] == ["0.00", "12.12", "8.08", "4.04"]
    assert found["total_interest"] == "36.24"


def test_a_cap_on_all_costs_cuts_the_schedule_that_is_shown():
    # Rule 21. 2% of 1200.00 is 24.00: 12.00, 9.00, and 3.00 of the 6.00.
    found = schedule(**EVEN, cost_cap={"of_principal": "0.02"})
    assert [row["interest"] for row in found["installments"]] == ["12.00", "9.00", "3.00", "0.00"]
    assert [row["principal"] for row in found["installments"]] == ["300.00"] * 4


def test_fees_on_dates_take_what_room_the_rows_leave():
    # Rule 21. The rows' interest is 30.00, the cap 36.00.
    fees = [{"name": "card", "on": "2024-09-01", "amount": "10.00"}]
    found = schedule(**EVEN, cost_cap={"of_principal": "0.03"}, fees=fees)
    assert [(row["due_on"], row["fee"]) for row in found["installments"]][-1] == ("2024-09-01", "6.00")
    assert position("2024-01-15", **EVEN, cost_cap={"of_principal": "0.03"}, fees=fees)["outstanding"]["fee"] == "6.00"


def test_a_fee_for_settling_early_is_cut_to_the_room_beside_the_interest_that_settles():
    # Rule 21. Half a month: 6.00 of interest; the cap of 24.00 leaves 18.00 of the 60.00.
    terms = {**EVEN, "cost_cap": {"of_principal": "0.02"}, "prepayment": {"fee_rate": "0.05"}}
    assert position("2024-01-30", **terms)["payoff"] == "1224.00"
    after = position("2024-01-30", paid("2024-01-30", "1224.00"), **terms)
    assert (after["status"], after["earned"]) == ("settled", {"interest": "6.00", "penalty": "0.00", "fee": "18.00"})


def test_a_due_date_is_never_moved_to_where_the_schedule_starts():
    # Section 2. Paid out on Saturday 2024-10-05; the Sunday would be moved back to Friday the 4th.
    found = schedule(disbursed_on="2024-10-05", every="1 day", installments=1, holiday_rule="preceding")
    assert [row["due_on"] for row in found["installments"]] == ["2024-10-07"]


def test_a_tie_is_rounded_by_the_stretch_and_not_by_the_sum_so_far():
    # Rule 1. 450 yen at 36%, 0.45 a day, half to even: 20 days are 9; 10 more are 4.5 → 4, though 13.5 would be 14.
    yen = {"currency": "JPY", "principal": "450", "annual_rate": "0.36", "method": "bullet", "interest": "daily"}
    found = position("2024-02-15", fact("penalty_resumed", "2024-02-05"), **yen)
    assert found["accrued_interest"] == "13"


def test_penalty_from_the_end_of_grace_counts_parts_of_months_from_the_due_date():
    # Rule 5. Due 2024-02-15, ten days of grace: from 02-25 on; 02-15 to 03-15 has 29 days, of which 19 are left, then
    # 5 of the 31 to 04-15: (19/29 + 5/31) / 12 of a year at 12% on 300.00.
    penalty = {"annual_rate": "0.12", "grace_days": 10, "grace_counts_from": "end_of_grace", "day_count": "30/360"}
    found = position("2024-03-20", **EVEN, penalty=penalty, conventions={"part_month": "actual"})
    exact = 30_000 * Fraction(12, 100) * (Fraction(19, 29) + Fraction(5, 31)) / 12
    assert found["installments"][0]["penalty"] == f"{round(exact) / 100:.2f}"


def test_a_late_fee_ends_no_stretch_whose_base_it_does_not_change():
    # Rule 2, split_rounding sum: 300.00 × 18% × 29/365 from 02-15 to 03-15, rounded once: 4.29 (in two, 0.15 + 4.14).
    penalty = {"annual_rate": "0.18"}
    late_fee = {"amount": "5.00", "after_days": 1}
    terms = {**EVEN, "penalty": penalty, "late_fee": late_fee, "conventions": {"split_rounding": "sum"}}
    exact = 30_000 * Fraction(18, 100) * Fraction(29, 365)
    assert position("2024-03-15", **terms)["installments"][0]["penalty"] == f"{round(exact) / 100:.2f}"


def test_a_pause_of_fees_counts_from_the_start_of_its_first_day():
    # Rule 19. The late fee of the first installment would be charged on that day.
    late_fee = {"amount": "5.00", "after_days": 1}
    stops = fact("penalty_paused", "2024-02-16", stops=["fee"])
    assert position("2024-02-20", **EVEN, late_fee=late_fee)["due"]["fee"] == "5.00"
    assert position("2024-02-20", stops, **EVEN, late_fee=late_fee)["due"]["fee"] == "0.00"


def test_interest_is_suspended_until_nothing_is_overdue_though_the_next_falls_due_that_day():
    # Rule 18. On 03-15 the first installment is paid and the second falls due: it is overdue from the day after.
    terms = {**EVEN, "interest": "daily", "non_accrual_after_days": 5, "conventions": {"dpd_on_due_day": 1}}
    found = position("2024-03-18", paid("2024-03-15", "312.00"), **terms)
    assert (found["due"]["interest"], found["accrued_interest"]) == ("12.00", "0.90")
    assert found["suspended"]["interest"] == "12.90"


def test_suspended_is_what_is_due_whatever_is_paid_in_advance():
    # Rule 66. All interest of the schedule is paid ahead, then a new schedule is not kept to.
    ahead = paid("2024-01-20", "36.00")
    new = fact("rescheduled", "2024-01-20", installments=4)
    terms = {"method": "interest_only", "non_accrual_after_days": 5}
    found = position("2024-03-01", ahead, new, **terms)
    assert found["suspended"]["interest"] == found["due"]["interest"] == "12.00"


@pytest.mark.parametrize("kind", ["written_off", "waived"])
def test_paid_on_is_set_by_a_waiver_of_all_and_not_by_a_write_off(kind):
    # Rule 35.
    over = fact(kind, "2024-02-20", component="all") if kind == "waived" else fact(kind, "2024-02-20")
    found = position("2024-03-01", paid("2024-02-15", "312.00"), over, **EVEN)
    day = "2024-02-20" if kind == "waived" else None
    assert rows(found, "paid_on") == [("2024-02-15",), (day,), (day,), (day,)]


def test_settling_in_grace_asks_for_no_principal_that_interest_would_have_become():
    # Rule 54. Half a month of the first period is 6.00; the principal is 1200.00, not the 1212.00 planned.
    grace = {"interest": 1, "interest_is": "capitalised"}
    found = position("2024-03-01", paid("2024-01-30", "1206.00"), **EVEN, grace=grace)
    assert found["status"] == "settled"
    assert sum(Fraction(row["principal"]) for row in found["installments"]) == 1200
    assert sum(Fraction(row["interest"]) for row in found["installments"]) == 6


def test_interest_deferred_by_grace_is_asked_once():
    # Rule 54. The second row, paid ahead, has asked for the first month's interest too: 12.00 + 9.00.
    found = position(
        "2024-03-30", paid("2024-02-20", "621.00"), paid("2024-03-30", "603.00"), **EVEN, grace={"interest": 1}
    )
    assert (found["status"], found["earned"]["interest"]) == ("settled", "24.00")


def test_a_drawdown_on_a_settled_loan_is_a_row_of_its_own_at_the_rate_of_the_day():
    # Rules 23 and 64; 2024-03-17 is a Sunday.
    terms = {**EVEN, "annual_rate": "0", "holiday_rule": "following"}
    found = position(
        "2024-02-17",
        paid("2024-01-20", "1200.00"),
        fact("rate_changed", "2024-02-01", annual_rate="0.12"),
        fact("disbursed", "2024-02-17", amount="100.00"),
        **terms,
    )
    assert found["next_due"] == {"on": "2024-03-18", "amount": "101.00"}
    assert len(found["installments"]) == 5


def test_a_fee_on_a_settled_loan_takes_back_nothing_that_was_earned():
    # Rule 24: the interest of the settlement stays earned, to the end of the period here.
    terms = {**EVEN, "conventions": {"payoff_interest": "to_next_due"}}
    before = position("2024-01-20", paid("2024-01-20", "1212.00"), **terms)
    after = position(
        "2024-01-20", paid("2024-01-20", "1212.00"), fact("fee_charged", "2024-01-20", amount="1.00"), **terms
    )
    assert before["earned"]["interest"] == after["earned"]["interest"] == "12.00"
    assert (before["status"], after["status"], after["payoff"]) == ("settled", "open", "1.00")


def test_money_refunded_that_was_not_there_is_owed_on_a_settled_loan():
    # Rule 64.
    facts = [
        paid("2024-01-15", "1200.00", id="first"),
        paid("2024-01-16", "50.00", id="over"),
        fact("refunded", "2024-01-17", amount="50.00"),
        fact("reversed", "2024-01-18", reverses="over"),
    ]
    found = position("2024-01-18", *facts, **EVEN)
    assert (found["status"], found["credit_balance"], found["payoff"]) == ("settled", "-50.00", "50.00")


def test_a_new_schedule_keeps_of_a_row_what_was_paid_of_it_and_forgives_before_it_capitalises():
    # Rules 26 and 72. 12.00 of interest joins the principal; the row shows the 100.00 that were paid.
    order = {"order": ["principal", "interest", "fee", "penalty"]}
    new = fact("rescheduled", "2024-02-15", installments=2, capitalise=["interest"], forgive={"principal": "12.00"})
    found = position("2024-02-15", paid("2024-02-15", "100.00"), new, **EVEN, allocation=order)
    assert rows(found, "principal", "interest", "outstanding")[0] == ("100.00", "0.00", "0.00")
    assert found["outstanding"]["principal"] == "1100.00"


def test_a_broken_first_period_of_a_new_schedule_is_spread():
    # Section 3: two months instead of one on 1200.00 cost 12.00 more, 4.00 a row.
    new = fact("rescheduled", "2024-01-15", installments=3, first_due_on="2024-03-15")
    found = position("2024-01-15", new, **EVEN, conventions={"broken_period": "spread"})
    assert rows(found, "interest") == [("16.00",), ("12.00",), ("8.00",)]


def test_cancelling_shows_the_principal_disbursed():
    # Rule 28.
    over = [fact("waived", "2024-02-01", component="all"), fact("cancelled", "2024-02-02")]
    found = position("2024-02-02", *over, **EVEN)
    assert rows(found, "principal", "outstanding") == [("1200.00", "0.00")]


def test_a_waiver_ahead_stays_on_its_row_when_the_loan_is_settled():
    # Rule 42. 12.00 of the first row's interest is waived; half a month has accrued: nothing more is owed.
    waiver = fact("waived", "2024-01-20", component="interest", amount="12.00")
    found = position("2024-01-30", waiver, paid("2024-01-30", "1200.00"), **EVEN)
    assert (found["status"], found["waived"]["interest"]) == ("settled", "12.00")
    assert rows(found, "interest")[0] == ("12.00",)


def test_recovered_money_fills_a_negative_credit_balance_first_and_comes_from_credit_only_where_there_is_some():
    # Rule 27.
    lost = fact("written_off", "2024-03-01")
    assert (
        position("2024-03-02", lost, paid("2024-03-02", "10.00", **{"from": "credit"}), **EVEN)["recovered"] == "0.00"
    )


def test_the_payoff_to_the_next_due_date_settles_to_the_cent_by_the_day():
    # Rule 71: two pieces, 504.41 × 7% for 59 and 1 of 360 days: 5.79 + 0.10.
    terms = {
        "principal": "504.41",
        "disbursed_on": "2023-01-21",
        "annual_rate": "0.07",
        "method": "open",
        "installments": 2,
        "day_count": "30e/360",
        "conventions": {"payoff_interest": "to_next_due"},
    }
    payoff = position("2023-03-20", **terms)["payoff"]
    assert payoff == "510.30"
    found = position("2023-03-20", paid("2023-03-20", payoff), **terms)
    assert (found["status"], found["credit_balance"]) == ("settled", "0.00")
