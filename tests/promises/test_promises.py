"""Promises: money matched first in, first out; kept, partly kept or broken by the business date, from facts alone."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duly.collection.promises.matching import Given, Paid, kept_rates, matched
from duly.collection.promises.models import Promise
from duly.collection.promises.services import (
    judge_promises,
    open_promises,
    rates,
    take_promise,
    withdraw_promise,
)
from duly.collection.stops import stopped
from duly.engine.errors import InputError
from duly.lending.models import Fact
from duly.people.models import Borrower
from small_lender import DUE, borrower, days_after, instant, loan, pay

MADE = days_after(DUE, 3)
BY = days_after(DUE, 10)


def promise(of: Borrower, amount: int = 600_00, due_on: datetime.date = BY, by: str = "anna", **more) -> Promise:
    number = Promise.objects.count()
    return take_promise(
        of,
        amount,
        due_on,
        currency="CNY",
        by=by,
        through="desk",
        on=MADE,
        at=instant(MADE, 4),
        key=f"p{number}",
        **more,
    )


def found(one: Promise, day: datetime.date) -> tuple[str, int]:
    judge_promises(day, instant(day, 16))
    one.refresh_from_db()
    return one.state, one.received


def test_paid_in_two_parts_it_is_kept_on_the_day_of_the_second(db) -> None:
    late = loan(borrower())
    word = promise(late.borrower)
    pay(late, days_after(MADE, 1), 200_00)
    assert found(word, days_after(MADE, 1)) == ("open", 200_00)
    pay(late, BY, 400_00)
    assert found(word, BY) == ("kept", 600_00)
    assert [one.state for one in word.events.order_by("pk")] == ["open", "kept"]


def test_nothing_by_the_day_is_broken_and_a_part_partly_kept_at_the_close_of_the_day_not_before(db) -> None:
    none, part = loan(borrower()), loan(borrower())
    broken, partly = promise(none.borrower), promise(part.borrower)
    pay(part, BY, 599_99)
    assert found(broken, days_after(BY, -1)) == ("open", 0)
    assert found(broken, BY) == ("broken", 0)
    assert found(partly, BY) == ("partly_kept", 599_99)
    pay(none, days_after(BY, 1), 600_00)
    assert found(broken, days_after(BY, 1)) == ("broken", 0)


def test_a_payment_taken_back_unmatches_and_one_that_comes_to_light_late_matches(db) -> None:
    late = loan(borrower())
    word = promise(late.borrower)
    paid = pay(late, days_after(MADE, 2), 600_00)
    assert found(word, days_after(MADE, 2)) == ("kept", 600_00)
    Fact.objects.create(
        loan=late, kind="reversed", value_date=days_after(MADE, 4), reverses=paid, idempotency_key="back"
    )
    assert found(word, days_after(MADE, 4)) == ("open", 0)
    assert found(word, BY) == ("broken", 0)
    pay(late, days_after(MADE, 5), 600_00)
    assert found(word, days_after(BY, 2)) == ("kept", 600_00)


def test_what_was_paid_before_the_word_was_given_does_not_count(db) -> None:
    late = loan(borrower())
    pay(late, MADE, 300_00)
    word = promise(late.borrower)
    assert found(word, MADE) == ("open", 0)
    Fact.objects.create(
        loan=late, kind="paid", value_date=MADE, amount=100_00, details={"from": "credit"}, idempotency_key="c"
    )
    assert found(word, MADE) == ("open", 0)


def test_it_stops_the_playbook_until_its_day_and_no_longer_once_broken(db) -> None:
    late = loan(borrower())
    word = promise(late.borrower)
    pk = late.borrower_id
    assert [one.name for one in stopped([pk], days_after(MADE, 1))[pk]] == ["promise"]
    assert stopped([pk], days_after(BY, 1)) == {}
    judge_promises(BY, instant(BY, 16))
    assert stopped([pk], BY) == {}
    assert not open_promises(word.borrower).exists()


def test_one_word_at_a_time_within_a_month_for_no_more_than_is_owed(db) -> None:
    late = loan(borrower())
    for amount, due_on in ((0, BY), (1_100_00, BY), (600_00, days_after(MADE, -1)), (600_00, days_after(MADE, 32))):
        with pytest.raises(InputError):
            promise(late.borrower, amount, due_on)
    word = promise(late.borrower)
    with pytest.raises(InputError, match="already"):
        promise(late.borrower)
    withdraw_promise(word, "anna", instant(MADE, 5))
    promise(late.borrower)
    with pytest.raises(InputError, match="over"):
        withdraw_promise(word, "anna", instant(MADE, 5))


def test_a_word_on_one_loan_takes_no_money_of_another(db) -> None:
    of = borrower()
    first, second = loan(of), loan(of)
    word = promise(of, loan=first)
    pay(second, MADE, 600_00)
    assert found(word, MADE) == ("open", 0)


def test_judging_takes_the_same_queries_however_many_there_are(db, django_assert_max_num_queries) -> None:
    for number in range(6):
        late = loan(borrower())
        promise(late.borrower)
        if number % 2:
            pay(late, BY, 600_00)
    with django_assert_max_num_queries(9):
        assert judge_promises(BY, instant(BY, 16)) == {"broken": 3, "kept": 3}
    assert judge_promises(BY, instant(BY, 16)) == {}


def test_kept_rates_by_who_took_the_word(db) -> None:
    for by, amount in (("anna", 600_00), ("anna", 100_00), ("anna", 0), ("bert", 0), ("", 600_00)):
        late = loan(borrower())
        promise(late.borrower, by=by)
        if amount:
            pay(late, BY, amount)
    judge_promises(BY, instant(BY, 16))
    anna, machine, bert = rates(BY, BY, "CNY")
    assert (anna.taker, anna.kept, anna.partly_kept, anna.broken, anna.kept_share) == ("anna", 1, 1, 1, 333_333)
    assert (anna.promised, anna.received) == (1_800_00, 700_00)
    assert (machine.taker, machine.kept_share) == ("", 1_000_000)
    assert (bert.taker, bert.kept_share) == ("bert", 0)
    assert kept_rates((), (), (), ()) == []


DAYS = st.integers(0, 12)
PROMISES = st.lists(st.tuples(st.integers(1, 90), DAYS, DAYS, st.sampled_from([None, 1, 2])), max_size=6)
PAYMENTS = st.lists(st.tuples(st.integers(1, 120), DAYS, st.sampled_from([1, 2])), max_size=8)


def slow(promises: list[Given], payments: list[Paid]) -> dict[int, int]:
    """Coin by coin: each, in order of value date, into the first promise with room that it can be for."""
    got = {one.number: 0 for one in promises}
    for payment in sorted(payments, key=lambda one: (one.value_date, one.number)):
        for _coin in range(payment.amount):
            for one in sorted(promises, key=lambda one: (one.due_on, one.made_on, one.number)):
                in_time = one.made_on <= payment.value_date <= one.due_on
                if in_time and one.loan in (None, payment.loan) and got[one.number] < one.amount:
                    got[one.number] += 1
                    break
    return got


@given(PROMISES, PAYMENTS)
def test_matching_is_that_of_coins_one_by_one_and_no_coin_counts_twice(words, paid) -> None:
    promises = [
        Given(number, 1, of, "CNY", amount, days_after(DUE, made), days_after(DUE, made + length), -1)
        for number, (amount, made, length, of) in enumerate(words)
    ]
    payments = [
        Paid(number, 1, of, "CNY", amount, days_after(DUE, day)) for number, (amount, day, of) in enumerate(paid)
    ]
    got = matched(promises, payments)
    assert got == slow(promises, payments)
    assert sum(got.values()) <= sum(one.amount for one in payments)


def test_money_of_another_borrower_or_currency_matches_nothing() -> None:
    word = Given(1, 1, None, "CNY", 100, DUE, BY, -1)
    assert matched([word], [Paid(1, 2, 5, "CNY", 100, DUE), Paid(2, 1, 5, "EUR", 100, DUE)]) == {1: 0}
