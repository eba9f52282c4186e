"""Figures as people read them."""

import pytest
from django.utils import translation

from duly.screens.figures import ledger_money, money, rate, share, short_money, ticks
from duly.screens.standing import of_loan


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (123456, "CNY", "¥1,234.56"),
        (5, "CNY", "¥0.05"),
        (1234567, "NGN", "₦12,345.67"),
        (1234, "JPY", "JP¥1,234"),
        (1234567, "KWD", "KWD 1,234.567"),
        (-250, "EUR", "−€2.50"),
    ],
)
def test_money_has_its_sign_its_separators_and_its_own_decimals(minor, currency, text):
    assert money(minor, currency) == text


def test_a_ledger_writes_what_is_below_zero_in_parentheses():
    assert ledger_money(-123456, "CNY") == "(¥1,234.56)"


@pytest.mark.parametrize(
    ("minor", "english", "chinese"), [(120_000_000, "¥1.2M", "¥120万"), (35_000_00, "¥35k", "¥3.5万"), (0, "¥0", "¥0")]
)
def test_round_amounts_are_short_in_the_way_of_each_language(minor, english, chinese):
    with translation.override("en"):
        assert short_money(minor, "CNY") == english
    with translation.override("zh-hans"):
        assert short_money(minor, "CNY") == chinese


@pytest.mark.parametrize(("most", "expected"), [(0, [0]), (7, [0, 2, 4, 6, 8]), (1000, [0, 250, 500, 750, 1000])])
def test_an_axis_begins_at_zero_and_reaches_the_most(most, expected):
    assert list(ticks(most)) == expected


def test_rates_and_shares():
    assert rate(144_000) == "14.4%"
    assert rate(120_000) == "12%"
    assert share(1, 8) == "12.5%"
    assert share(0, 0) == "–"


@pytest.mark.parametrize(
    ("status", "days", "meaning"),
    [("open", 0, "good"), ("open", 1, "late"), ("settled", 0, "still"), ("written_off", 90, "blocked")],
)
def test_every_standing_has_a_word_beside_its_meaning(status, days, meaning):
    standing = of_loan(status, days)
    assert standing.meaning == meaning
    assert standing.word
