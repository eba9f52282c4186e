"""Scorecards: reading, points that keep their direction, and formulas of characteristics by hand."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duly.engine.errors import InputError
from duly.risk.characteristics import FORMULAS, CardMonths, characteristics_of
from duly.risk.columns import read_many
from duly.risk.forbidden import forbidden_part
from duly.risk.scorecard import parse_scorecard, score, shipped_scorecard_text
from duly.risk.training.plan import shipped_plan

TEXT = shipped_scorecard_text("card_holders")
CARD = parse_scorecard(TEXT)
DIRECTION = {one.name: one.direction for one in shipped_plan("card_holders").candidates}


def scores_of(**changed: np.ndarray) -> np.ndarray:
    count = len(next(iter(changed.values())))
    columns = {name: np.zeros(count, np.int64) for name in CARD.kinds} | changed
    return score(CARD, read_many(columns, CARD.kinds)).score


@pytest.mark.parametrize("one", CARD.characteristics, ids=lambda one: one.name)
@given(values=st.lists(st.integers(0, 10**8), min_size=2, max_size=6))
def test_a_riskier_value_never_gets_more_points(one, values):
    rising = np.array(sorted(values))
    steps = np.diff(scores_of(**{one.name: rising}))
    assert (steps <= 0).all() if DIRECTION[one.name] == "riskier" else (steps >= 0).all()


def test_no_input_of_our_scorecard_is_forbidden_and_each_has_a_formula():
    assert [forbidden_part(name) for name in CARD.kinds] == [None] * len(CARD.kinds)
    assert set(CARD.kinds) <= set(FORMULAS)


def test_our_scorecard_names_its_source_and_licence():
    assert "10.24432/C55S3H" in json.loads(TEXT)["attribution"]
    assert "CC BY 4.0" in json.loads(TEXT)["attribution"]


def test_a_score_stands_for_a_probability_by_the_scaling():
    # 600 is 15 to 1, 620 is 30 to 1, 580 is 7.5 to 1.
    assert CARD.default_probability(np.array([600, 620, 580])) == pytest.approx([1 / 16, 1 / 31, 1 / 8.5])


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda card: card["characteristics"][0].update(name="sex"), "/characteristics/0/name"),
        (lambda card: card["characteristics"][1].update(name="recent_lateness"), "/characteristics/1/name"),
        (lambda card: card["characteristics"][0]["bins"].pop(), "/characteristics/0/bins"),
        (lambda card: card["characteristics"][0]["bins"][1].update(below=3), "/characteristics/0/bins"),
        (lambda card: card["characteristics"][0]["bins"][0].update(points=1.5), "/characteristics/0/bins/0/points"),
        (lambda card: card.pop("scaling"), ""),
    ],
)
def test_a_faulty_scorecard_is_named_with_its_place(change, where):
    card = json.loads(TEXT)
    change(card)
    with pytest.raises(InputError) as refused:
        parse_scorecard(json.dumps(card))
    assert refused.value.where == where


def months(limit=1000, bill=(0,) * 6, paid=(0,) * 6, late=(0,) * 6, wage=500) -> CardMonths:
    return CardMonths(np.array([limit]), *(np.array(part).reshape(6, 1) for part in (bill, paid, late)), wage)


def test_characteristics_by_hand():
    card = months(1000, (600, 500, 400, 300, 200, -50), (100, 0, 20, 60, 200, 5), (0, 2, 1, 0, 0, 0))
    found = {name: int(column[0]) for name, column in characteristics_of(card).items()}
    assert found == {
        "months_late_now": 0,
        "worst_months_late": 2,
        "months_late": 2,
        "months_seriously_late": 1,
        "recent_lateness": 5 * 2 + 4 * 1,
        "months_without_payment": 1,
        # 100 of 500 and 20 of 300 and 60 of 200 and 200 of nothing; 0 of 400 is not.
        "months_paid_in_part": 4,
        # In order: 100 of 500 and 60 of 200; the months behind and the one with nothing billed are not.
        "months_carried_in_order": 2,
        "least_payment_ratio": 0,
        "payment_ratio": 380 * 10**6 // 1400,
        "payment_to_wage": 385 * 10**6 // 3000,
        "limit_to_wage": 2_000_000,
        "headroom_to_wage": 800_000,
        "utilisation": 600_000,
        "mean_utilisation": 1950 * 10**6 // 6000,
        "utilisation_change": 650_000,
        "spending_to_limit": (600 + 50 + 380) * 10**6 // 5000,
    }


def test_a_card_that_was_never_used_counts_as_paid():
    found = {name: int(column[0]) for name, column in characteristics_of(months()).items()}
    assert (found["payment_ratio"], found["least_payment_ratio"], found["months_paid_in_part"]) == (10**6, 10**6, 5)


@pytest.mark.parametrize(
    "wrong", [{"limit": 0}, {"paid": (0, 0, -1, 0, 0, 0)}, {"late": (-1, 0, 0, 0, 0, 0)}, {"wage": 0}]
)
def test_statements_that_cannot_be_are_refused(wrong):
    with pytest.raises(InputError):
        months(**wrong)
