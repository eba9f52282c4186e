"""A borrower's own pages: what is owed next, one loan, every cent, another day; and never anybody else's."""

import datetime
import re

import pytest

from duly.lending.positions import penalty_of_a_day, position_on


def words(page: bytes) -> str:
    """The text of a page, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.decode()))


def yuan(minor: int) -> str:
    return f"¥{minor / 100:,.2f}"


def test_the_first_page_says_what_brings_one_up_to_date_and_what_a_day_costs(phone, loans, today):
    text = words(phone.get("/my/").content)
    overdue = sum(position_on(loans["late"], today).overdue.values())
    assert f"{yuan(overdue)} brings you up to date." in text
    assert f"adds {yuan(penalty_of_a_day(loans['late'], today))} of penalty interest" in text
    assert "Settled" in text
    assert "L-other" not in text


def test_paying_and_not_being_able_to_pay_have_the_same_weight(phone, loans):
    page = phone.get("/my/").content.decode()
    choices = re.search(r'<div class="choices">(.*?)</div>', page, re.S)
    assert choices
    assert re.findall(r'<a class="act[^"]*" href="([^"]+)">', choices[1]) == ["/my/pay", "/my/cannot-pay"]


@pytest.mark.parametrize(
    ("which", "queries"), [("", 12), ("loans/L/late", 12), ("every-cent/L/late", 10), ("cannot-pay", 14), ("pay", 10)]
)
def test_a_page_stays_within_its_budget_of_queries(phone, loans, django_assert_max_num_queries, which, queries):
    with django_assert_max_num_queries(queries):
        assert phone.get(f"/my/{which}").status_code == 200


def test_a_loan_shows_each_installment_and_what_settles_it_on_any_day(phone, loans, today):
    later = today + datetime.timedelta(days=7)
    text = words(phone.get(f"/my/loans/L-good?settle_on={later}").content)
    assert f"{yuan(position_on(loans['good'], later).payoff)} settles this loan on" in text
    for one in position_on(loans["good"], today).installments:
        assert yuan(one.outstanding) in text


def test_a_day_that_is_none_shows_today(phone, loans, today):
    text = words(phone.get("/my/loans/L-good?settle_on=tomorrow").content)
    assert f"{yuan(position_on(loans['good'], today).payoff)} settles this loan on" in text


def test_every_cent_leaves_out_what_is_of_the_lenders_books_alone(phone, loans):
    text = words(phone.get("/my/every-cent/L/late").content)
    assert "Penalty interest" in text
    assert "not counted as income" not in text


def test_what_happens_next_has_the_dates_and_amounts_of_the_very_loan(phone, loans, today):
    text = words(phone.get("/my/cannot-pay").content)
    late = loans["late"]
    due_on = position_on(late, today).oldest_unpaid_due_on
    in_thirty_days = position_on(late, due_on + datetime.timedelta(days=30))
    assert f"By then {yuan(sum(in_thirty_days.overdue.values()))} brings the loan up to date." in text


def test_another_day_is_shown_before_it_is_agreed_to(phone, loans, today):
    due_on = position_on(loans["good"], today).next_due_on
    later = due_on + datetime.timedelta(days=10)
    assert "more interest in all" in words(phone.get(f"/my/loans/L-good/day?day={later}").content)
    assert position_on(loans["good"], today).next_due_on == due_on
    phone.post("/my/loans/L-good/day", {"day": str(later)})
    assert position_on(loans["good"], today).next_due_on == later


def test_another_day_waits_until_nothing_is_overdue(phone, loans):
    assert "Something is overdue" in words(phone.get("/my/loans/L/late/day").content)


@pytest.mark.parametrize("page", ["loans/L-other", "every-cent/L-other", "loans/L-other/day", "loans/none"])
def test_what_is_anothers_is_not_there(phone, loans, page):
    assert phone.get(f"/my/{page}").status_code == 404


def test_nobody_sees_a_page_without_signing_in(client, loans):
    answer = client.get("/my/")
    assert answer.status_code == 302
    assert "sign-in" in answer.headers["Location"]


def test_the_pages_speak_chinese(phone, loans):
    phone.post("/language", {"language": "zh-hans"})
    text = words(phone.get("/my/").content)
    assert "还清后即恢复正常。" in text
    assert "brings you up to date" not in text
