"""The simulated lender: the same life from the same seed, people who pay what they owe, and all that goes wrong."""

import datetime

import numpy as np
import pytest

from duly.demo.simulation import PRODUCTS, Life, live
from duly.engine.columns import KIND, arrange_facts
from duly.engine.dates import days
from duly.engine.fold import STATUS, Positions, fold

FIRST = datetime.date(2025, 1, 1)
LAST = datetime.date(2025, 9, 30)
COLUMNS = ("loan", "kind", "value_date", "amount", "component", "reverses")


@pytest.fixture(scope="module")
def life() -> Life:
    return live(FIRST, LAST, borrowers=600)


@pytest.fixture(scope="module")
def book(life) -> Positions:
    return fold(
        life.contracts, arrange_facts(len(life.loan_borrower), *(getattr(life, c) for c in COLUMNS)), days(LAST)
    )


def test_the_same_seed_lives_the_same_life():
    one, again, other = (live(FIRST, datetime.date(2025, 3, 1), seed, 100) for seed in (1, 1, 2))
    assert all(np.array_equal(getattr(one, name), getattr(again, name)) for name in COLUMNS)
    assert not np.array_equal(one.amount, other.amount)


def test_a_longer_life_begins_with_all_of_a_shorter_one(life):
    shorter = live(FIRST, datetime.date(2025, 6, 30), borrowers=600)
    for name in (*COLUMNS, "arrives_on", "loan_borrower"):
        column = getattr(shorter, name)
        assert 0 < len(column) < len(getattr(life, name))
        assert np.array_equal(column, getattr(life, name)[: len(column)])
    assert life.circumstances[: len(shorter.circumstances)] == shorter.circumstances


def test_all_that_happens_to_most_loans_happens_here(life):
    assert set(life.kind) == {KIND[name] for name in ("disbursed", "paid", "reversed", "waived", "written_off")}
    assert (life.arrives_on > life.value_date).any(), "some payments are heard of only days after"
    assert {kind for _, kind, _ in life.circumstances} >= {"disputed", "hardship"}
    assert set(life.contracts.term) == set(range(len(PRODUCTS)))


def test_most_borrowers_pay_and_some_are_late(book):
    is_open = book.status == STATUS["open"]
    late = (book.days_past_due[is_open] > 0).mean()
    assert 0.01 < late < 0.15
    assert (book.status == STATUS["settled"]).mean() > 0.3


def test_nobody_pays_what_is_not_owed(life, book):
    # What people pay is what the fold says they owe, so next to nothing is left over when a payment comes back.
    assert book.credit_balance.sum() * 1000 < book.received.sum()


def test_a_reversal_names_an_earlier_payment_of_the_same_loan(life):
    rows = np.flatnonzero(life.kind == KIND["reversed"])
    taken_back = life.reverses[rows]
    assert len(rows) > 0
    assert (life.kind[taken_back] == KIND["paid"]).all()
    assert (life.loan[taken_back] == life.loan[rows]).all()
    assert (life.arrives_on[taken_back] <= life.arrives_on[rows]).all()
