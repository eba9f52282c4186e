"""What changes a loan on its way: prepayments, drawdowns, new rates, new schedules, acceleration."""

from told import fact, paid, position, rows

FIRST = paid("2024-02-15", "307.54")


def test_a_prepayment_shortens_the_term():
    found = position("2024-02-15", paid("2024-02-15", "600.00", prepays=True))
    # 600.00 - 307.54 = 292.46 of principal; 612.00 left at 307.54 a month.
    assert found["outstanding"]["principal"] == "612.00"
    assert rows(found, "principal", "interest")[1:] == [("301.42", "6.12"), ("304.43", "3.11"), ("6.15", "0.06")]


def test_or_lowers_the_installment_and_may_cost_a_fee():
    terms = {"prepayment": {"reduces": "installment", "fee_rate": "0.02"}}
    found = position("2024-02-15", paid("2024-02-15", "600.00", prepays=True), **terms)
    assert found["earned"]["fee"] == "5.73"  # 2% of 286.73, which with it is 292.46
    assert [row[0] for row in rows(found, "outstanding")[1:]] == ["210.04", "210.04", "210.05"]


def test_without_prepays_scheduled_interest_is_paid_ahead_and_not_saved():
    found = position("2024-02-15", paid("2024-02-15", "600.00"))
    assert rows(found, "outstanding")[1:3] == [("15.08",), ("307.54",)]


def test_a_new_rate_splits_the_running_period():
    # 16 days of 904.46 at 12% are 4.82, 14 days at 24% are 8.44.
    found = position("2024-03-01", FIRST, fact("rate_changed", "2024-03-01", annual_rate="0.24"))
    assert rows(found, "principal", "interest")[1] == ("300.37", "13.26")


def test_a_floating_loan_bears_its_margin_over_the_benchmark():
    change = fact("rate_changed", "2024-02-15", benchmark_rate="0.20")
    by_margin = position("2024-02-15", FIRST, change, margin="0.04")
    plainly = position("2024-02-15", FIRST, fact("rate_changed", "2024-02-15", annual_rate="0.24"))
    assert rows(by_margin, "principal", "interest") == rows(plainly, "principal", "interest")


def test_a_second_drawdown_is_repaid_with_the_rows_to_come():
    # 16 days of 904.46 at 12% are 4.82, 14 days of 1204.46 are 5.62.
    found = position("2024-03-01", FIRST, fact("disbursed", "2024-03-01", amount="300.00"))
    assert rows(found, "principal", "interest")[1] == ("399.10", "10.44")
    assert (found["disbursed"], found["outstanding"]["principal"]) == ("1500.00", "1204.46")


def test_a_new_schedule_begins_with_what_is_left():
    new = fact("rescheduled", "2024-04-15", installments=3, capitalise=["interest"])
    found = position("2024-04-15", FIRST, new)
    assert found["days_past_due"] == 0
    assert found["capitalised"]["interest"] == "15.10"  # 9.04 + 6.06
    assert found["outstanding"]["principal"] == "919.56"
    assert rows(found, "due_on") == [("2024-02-15",), ("2024-05-15",), ("2024-06-15",), ("2024-07-15",)]


def test_what_is_not_capitalised_is_carried_on_the_first_new_row_or_spread():
    new = fact("rescheduled", "2024-04-15", installments=3)
    first = rows(position("2024-04-15", FIRST, new), "interest")[1:]
    spread = rows(position("2024-04-15", FIRST, new | {"carry": "spread"}), "interest")[1:]
    assert [row for (row,) in first] == ["24.14", "6.06", "3.04"]  # 15.10 and 9.04 of its own
    assert [row for (row,) in spread] == ["14.07", "11.09", "8.08"]


def test_acceleration_makes_all_that_is_left_due():
    found = position("2024-04-20", fact("accelerated", "2024-03-30"))
    # 15 days of 605.96 at 12% are 3.03.
    assert rows(found, "due_on", "principal", "interest")[-1] == ("2024-03-30", "605.96", "3.03")
    assert found["next_due"] is None
    assert found["outstanding"] == found["overdue"]
