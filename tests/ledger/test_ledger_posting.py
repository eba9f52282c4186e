"""What is posted is the difference between the fold's running totals and what the ledger holds."""

import numpy as np
import pytest

from duly.engine.fold import Positions
from duly.ledger.accounts import CHART, MOVEMENTS
from duly.ledger.balances import account_balances, differences
from duly.ledger.posting import Group, Groups, Posted, entries_to_post, posted_totals, running_totals

CNY = Group("cash", "CNY")
NGN = Group("cash", "NGN")


def positions(loans: int = 1, **columns: list[int]) -> Positions:
    """Positions of zeros but for `columns`."""
    return Positions(*(np.array(columns.get(name, [0] * loans), np.int64) for name in Positions._fields))


def one_group(loans: int, key: Group = CNY) -> Groups:
    return Groups([key], np.zeros(loans, np.int64))


def test_every_movement_is_a_figure_of_the_fold_between_two_accounts_of_the_chart():
    codes = {code for code, *_ in CHART}
    assert len(codes) == len(CHART)
    # Interest that is received and not earned is in advance; what is suspended counts as earned.
    none = {"interest_earned", "interest_suspended"}
    totals = running_totals(positions(**{name: [1] for name in Positions._fields if name not in none}), one_group(1))
    assert {movement for _, movement in totals} == set(MOVEMENTS) - {"interest_earned"}
    assert {code for accounts in MOVEMENTS.values() for code in accounts} == codes


def test_a_first_day_posts_what_happened():
    totals = running_totals(positions(disbursed=[100_00], interest_earned=[7]), one_group(1))
    assert entries_to_post(totals, {}) == [
        Posted("cash", "CNY", "disbursed", "1100", "1000", 100_00),
        Posted("cash", "CNY", "interest_earned", "1200", "4100", 7),
    ]


def test_what_is_posted_already_is_not_posted_again():
    totals = {(CNY, "disbursed"): 100_00}
    posted = entries_to_post(totals, {})
    assert entries_to_post(totals, posted_totals(posted)) == []


def test_a_total_that_shrank_is_posted_the_other_way_round():
    posted = posted_totals([Posted("cash", "CNY", "principal_received", "1000", "1100", 50_00)])
    back = entries_to_post({(CNY, "principal_received"): 20_00}, posted)
    assert back == [Posted("cash", "CNY", "principal_received", "1100", "1000", 30_00)]
    assert posted_totals([*back, Posted("cash", "CNY", "principal_received", "1000", "1100", 50_00)]) == {
        (CNY, "principal_received"): 20_00
    }


def test_a_total_that_vanished_is_posted_back_whole():
    assert entries_to_post({}, {(CNY, "disbursed"): 5}) == [Posted("cash", "CNY", "disbursed", "1000", "1100", 5)]


def test_products_and_currencies_are_posted_apart():
    groups = Groups([CNY, NGN, Group("card", "CNY")], np.array([1, 0, 1, 0]))
    totals = running_totals(positions(4, disbursed=[1, 20, 300, 4000]), groups)
    assert totals == {(CNY, "disbursed"): 4020, (NGN, "disbursed"): 301}


def test_sums_are_exact_where_floats_are_not():
    large = 2**53
    groups = Groups([CNY, NGN], np.array([0, 1, 0, 1]))
    assert groups.sums(np.array([large, 1, 1, large])).tolist() == [large + 1, large + 1]


@pytest.mark.parametrize("sums_of", [0, 3])
def test_a_book_without_loans_or_with_empty_groups_sums_to_nothing(sums_of):
    groups = Groups([CNY] * sums_of, np.array([], np.int64))
    assert groups.sums(np.array([], np.int64)).tolist() == [0] * sums_of


def test_interest_received_before_it_is_earned_is_a_liability_not_a_negative_asset():
    ahead = positions(
        disbursed=[100], principal_outstanding=[100], received=[5], interest_received=[5], interest_earned=[2]
    )
    entries = entries_to_post(running_totals(ahead, one_group(1)), {})
    balances = account_balances(entries)
    assert (CNY, "1200") not in balances
    assert balances[CNY, "2200"] == -3
    assert differences(entries, ahead, one_group(1)) == []


def test_a_ledger_that_says_otherwise_than_the_loans_is_named_by_account_product_and_currency():
    owed = positions(disbursed=[100], principal_outstanding=[99])
    entries = entries_to_post(running_totals(owed, one_group(1)), {})
    assert differences(entries, owed, one_group(1)) == [
        "account 1100, product cash, CNY: the ledger says 100, the loans 99 (minor units)"
    ]


def test_debts_that_cancel_over_two_products_still_do_not_tie():
    groups = Groups([CNY, Group("card", "CNY")], np.array([0, 1]))
    loans = positions(2, disbursed=[100, 100], principal_outstanding=[101, 99])
    entries = entries_to_post(running_totals(loans, groups), {})
    assert len(differences(entries, loans, groups)) == 2


def test_an_entry_that_no_movement_explains_is_refused():
    with pytest.raises(ValueError, match="not a movement of the chart"):
        posted_totals([Posted("cash", "CNY", "disbursed", "1100", "4100", 1)])
