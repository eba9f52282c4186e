"""Interest by the day: late costs, early saves, the installment stays and the last one takes the difference."""

from told import fact, paid, position, rows, schedule

DAILY = {"interest": "daily", "day_count": "act/365"}


def test_paid_on_its_due_dates_a_daily_loan_does_what_its_schedule_says():
    planned = rows(schedule(**DAILY), "principal", "interest")
    found = position(
        "2024-05-14", *[paid(day, "307.51") for day in ("2024-02-15", "2024-03-15", "2024-04-15")], **DAILY
    )
    assert rows(found, "principal", "interest") == planned
    assert found["next_due"] == {"on": "2024-05-15", "amount": "307.50"}


def test_five_days_late_cost_interest_on_all_the_principal():
    # 1200.00 × 12% × 5/365 = 1.97 runs into the second row; what is paid over the first goes to that and to principal.
    found = position("2024-02-20", paid("2024-02-20", "309.58"), **DAILY)
    assert rows(found, "principal", "interest", "paid")[:2] == [
        ("295.28", "12.23", "307.51"),
        ("298.40", "9.11", "2.07"),
    ]
    assert found["outstanding"]["principal"] == "904.62"  # 1200.00 - 295.28 - 0.10


def test_what_is_paid_early_saves_interest_from_that_day():
    late = position("2024-05-15", paid("2024-03-15", "307.51"), paid("2024-02-15", "307.51"), **DAILY)
    early = position("2024-05-15", paid("2024-03-01", "307.51"), paid("2024-02-15", "307.51"), **DAILY)
    assert float(early["payoff"]) < float(late["payoff"])


def test_a_row_whose_level_amount_is_paid_early_closes_and_the_rest_is_a_prepayment():
    found = position("2024-02-20", paid("2024-02-15", "307.51"), paid("2024-02-20", "400.00"), **DAILY)
    assert rows(found, "paid_on")[1] == ("2024-02-20",)
    # 307.51 for the row, of that 904.72 × 12% × 5/365 = 1.49 interest; 92.49 of principal beyond it.
    assert found["outstanding"]["principal"] == "506.21"


def test_overdue_principal_goes_on_bearing_interest_unless_penalty_takes_its_place():
    terms = DAILY | {"penalty": {"annual_rate": "0.365"}}
    both = position("2024-06-14", **terms)
    instead = position("2024-06-14", **DAILY, penalty={"annual_rate": "0.365", "instead_of_interest": True})
    assert both["outstanding"]["interest"] == "59.58"  # 151 days on 1200.00, each month rounded by itself
    assert float(instead["outstanding"]["interest"]) < 35


def test_a_pause_of_interest_costs_nothing():
    pause = [fact("penalty_paused", "2024-02-15", stops=["interest"]), fact("penalty_resumed", "2024-02-25")]
    without, paused = position("2024-03-15", **DAILY), position("2024-03-15", *pause, **DAILY)
    # Ten days of 1200.00 at 12% are 3.95, give or take a rounding.
    saved = float(without["outstanding"]["interest"]) - float(paused["outstanding"]["interest"])
    assert 3.9 < saved < 4.1
