"""Contracts and facts as columns: types, the order of facts, what a plain loan is, and columns that do not fit."""

from dataclasses import replace

import numpy as np
import pytest

from duly.engine import columns
from duly.engine.columns import KIND, arrange_facts, make_contracts, pack_terms
from duly.engine.terms import Terms

PLAIN = Terms("EUR")
NOT_PLAIN = [
    {"method": "bullet"}, {"method": "open", "interest": "daily"}, {"unit": "week"}, {"unit": "day"},
    {"day_count": "act/act"}, {"interest": "daily"}, {"grace_principal": 1}, {"grace_interest": 1},
    {"grace_interest": 1, "grace_principal": 1, "grace_interest_is": "capitalised"},
    {"step_up_every": 1, "step_up_rate": 10_000}, {"holiday_rule": "following"},
    {"penalty_on": "principal_and_interest"}, {"penalty_on": "installment"}, {"penalty_compounds_every": 1},
    {"penalty_grace_counts_from": "end_of_grace"}, {"penalty_cap": 0}, {"penalty_cap_of_principal": 0},
    {"cost_cap_of_principal": 0}, {"cost_cap_annual_rate": 0}, {"late_fee": 1}, {"allocation_by": "component"},
    {"late_allocation_after": 1}, {"prepayment_fee_rate": 1}, {"payoff_interest": "to_next_due"},
    {"part_month": "actual"}, {"split_rounding": "sum"},
]  # fmt: skip
STILL_PLAIN = [
    {}, {"method": "equal_principal"}, {"method": "interest_only"}, {"every": 3}, {"day_count": "30e/360"},
    {"day_count": "act/365"}, {"day_count": "act/360"}, {"rounding": "up"}, {"installment_to": 100},
    {"penalty_rate": 0}, {"penalty_day_count": "act/act"}, {"penalty_grace_days": 5}, {"tolerance": 5},
    {"allocation_order": ("principal", "fee", "interest", "penalty")}, {"dpd_on_due_day": 1},
    {"month_end": "roll"}, {"days": "(start,end]"}, {"last_installment": "smooth"},
    {"prepayment_reduces": "installment"},
    {"non_accrual_after_days": 0}, {"margin": 5}, {"cooling_off_days": 1}, {"holidays": ("DE",)},
]  # fmt: skip


@pytest.mark.parametrize("change", NOT_PLAIN)
def test_terms_that_are_not_a_plain_loans(change):
    assert pack_terms([replace(PLAIN, **change)])["plain"].tolist() == [False]


@pytest.mark.parametrize("change", STILL_PLAIN)
def test_terms_of_a_plain_loan(change):
    assert pack_terms([replace(PLAIN, **change)])["plain"].tolist() == [True]


def contracts(**change):
    given = {"term": [0], "principal": [100_00], "annual_rate": [70_000], "disbursed_on": [19_723]}
    return make_contracts([PLAIN], **{**given, "installments": [6], **change})


def test_each_column_has_the_type_that_the_fold_is_compiled_for():
    made = contracts(first_due_on=[19_754], installment_amount=[17_01], service_fee=[1], balloon=[2], upfront_fee=[3])
    narrow = {"term", "disbursed_on", "first_due_on", "installments"}
    for name in made._fields[2:]:
        assert getattr(made, name).dtype == (np.int32 if name in narrow else np.int64), name
    assert (made.service_fee[0], made.balloon[0], made.upfront_fee[0]) == (1, 2, 3)
    assert (made.first_due_on[0], made.installment_amount[0]) == (19_754, 17_01)
    assert (contracts().first_due_on[0], contracts().installment_amount[0]) == (19_754, 17_01)
    assert contracts().service_fee.tolist() == contracts().upfront_fee.tolist() == contracts().balloon.tolist() == [0]


@pytest.mark.parametrize(
    "change",
    [{"term": [1]}, {"term": [-1]}, {"term": [0, 0]}, {"annual_rate": []}, {"installments": [6, 6]},
     {"service_fee": [1, 2]}, {"first_due_on": [1, 2]}],
)  # fmt: skip
def test_columns_that_do_not_fit_are_refused(change):
    with pytest.raises(ValueError, match="contract"):
        contracts(**change)


def facts(loan, day, reverses=None, loans=2, **more):
    rows = len(loan)
    none = np.zeros(rows, np.int64)
    kind = np.full(rows, KIND["paid"])
    back = none - 1 if reverses is None else np.array(reverses)
    return arrange_facts(loans, np.array(loan, np.int64), kind, np.array(day), np.arange(rows) + 1, none, back, **more)


def test_facts_are_put_by_loan_then_date_then_record():
    found = facts([1, 0, 1, 0, 1, 1], [5, 9, 3, 9, 5, 1])
    assert found.start.tolist() == [0, 2, 6]
    assert found.value_date.tolist() == [9, 9, 1, 3, 5, 5]
    assert found.amount.tolist() == [2, 4, 6, 3, 1, 5]
    types = [column.dtype for column in found[:6]]
    assert types == [np.int64, np.uint8, np.int32, np.int64, np.uint8, np.int64]
    assert found.detail.dtype == np.int32
    assert len(found.detail) == len(found.details) == 0


def test_a_reversal_follows_the_fact_that_it_takes_back():
    found = facts([0, 0, 1], [1, 1, 1], reverses=[-1, 0, -1])
    assert found.reverses.tolist() == [-1, 0, -1]
    found = facts([1, 0, 1], [5, 1, 2], reverses=[2, -1, -1])
    assert found.amount.tolist() == [2, 3, 1]
    assert found.reverses.tolist() == [-1, -1, 1]
    assert facts([], []).reverses.tolist() == []


@pytest.mark.parametrize(
    "wrong",
    [{"loan": [2]}, {"loan": [-1]}, {"reverses": [1]}, {"detail": np.array([0])}],
)
def test_facts_of_what_is_not_there_are_refused(wrong):
    with pytest.raises(ValueError, match="fact"):
        facts(**{"loan": [0], "day": [1], **wrong})


def test_books_of_the_same_terms_are_joined():
    one, other = contracts(), contracts(principal=[200_00])
    joined = columns.join_contracts(one, other)
    assert joined.principal.tolist() == [100_00, 200_00]
    assert joined.installment_amount.tolist() == [one.installment_amount[0], other.installment_amount[0]]
