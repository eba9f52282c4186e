"""Knock-outs at their bounds: each operator just below, at and just above, and with a multiple that is not whole."""

import numpy as np
import pytest

from duly.risk.columns import read_many
from duly.risk.knock_outs import strikes
from duly.risk.policy import KnockOut
from duly.risk.words import Words

WORDS = Words("a", "甲")


def struck(operator, value, times=None, **columns) -> list[bool]:
    kinds = {"asked": "word" if isinstance(columns["asked"][0], str) else "whole", "of": "whole"}
    rule = KnockOut("rule", "asked", operator, value, times, "refuse", "refer", "", WORDS, WORDS)
    hit, not_known = strikes(rule, read_many({name: np.array(column) for name, column in columns.items()}, kinds))
    assert not not_known.any()
    return hit.tolist()


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("below", [True, False, False]),
        ("at_most", [True, True, False]),
        ("above", [False, False, True]),
        ("at_least", [False, True, True]),
        ("equal_to", [False, True, False]),
    ],
)
def test_each_operator_at_its_bound(operator, expected):
    assert struck(operator, 5, asked=[4, 5, 6]) == expected
    if operator != "equal_to":
        assert struck(operator, 2_500_000, "of", asked=[4, 5, 6], of=[2, 2, 2]) == expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [("below", [True, False]), ("at_most", [True, False]), ("above", [False, True]), ("at_least", [False, True])],
)
def test_a_multiple_that_is_not_whole_lies_between_two_values(operator, expected):
    # Half of 5 is 2.5: 2 is below it and 3 above.
    assert struck(operator, 500_000, "of", asked=[2, 3], of=[5, 5]) == expected


def test_words_are_among_those_named_or_not():
    assert struck("one_of", ("house", "car"), asked=["house", "travel"]) == [True, False]
    assert struck("none_of", ("house", "car"), asked=["house", "travel"]) == [False, True]
    assert struck("equal_to", "house", asked=["house", "travel"]) == [True, False]


def test_a_measure_that_is_not_known_leaves_the_rule_open():
    rule = KnockOut("rule", "asked", "above", 1_000_000, "of", "refuse", "refer", "", WORDS, WORDS)
    columns = {"asked": np.array([9, 9]), "of": np.ma.MaskedArray([1, 0], [False, True])}
    hit, not_known = strikes(rule, read_many(columns, {"asked": "whole", "of": "whole"}))
    assert (hit.tolist(), not_known.tolist()) == ([True, False], [False, True])
