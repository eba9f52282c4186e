"""Measures against scikit-learn, SciPy and published figures: AUC, KS, the stability index, and intervals of groups."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import roc_auc_score

from duly.engine.errors import InputError
from duly.risk.fairness import bands, fairness, ratio, wilson
from duly.risk.metrics import auc_of, counts_by_score, discrimination, ks_of
from duly.risk.scorecard import parse_scorecard, shipped_scorecard_text
from duly.risk.stability import bin_names, level_of, stability_index, watch

samples = st.lists(st.tuples(st.integers(300, 330), st.booleans()), min_size=4, max_size=60).filter(
    lambda rows: len({bad for _, bad in rows}) == 2
)


@given(samples)
@settings(deadline=None)
def test_auc_is_scikit_learns_and_ks_is_scipys(rows):
    scores, bad = (np.array(column) for column in zip(*rows, strict=True))
    _, counts = counts_by_score(scores, bad.astype(int))
    assert auc_of(counts) == pytest.approx(roc_auc_score(bad, -scores))
    assert ks_of(counts) == pytest.approx(stats.ks_2samp(scores[bad], scores[~bad]).statistic)


def test_the_interval_is_that_of_drawing_rows_with_replacement():
    chance = np.random.default_rng(1)
    bad = chance.random(400) < 0.3
    scores = np.round(600 + 20 * chance.normal(size=400) - 15 * bad).astype(int)
    rows = stats.bootstrap(
        (bad, scores), lambda one, other: roc_auc_score(one, -other), paired=True, vectorized=False, n_resamples=1500,
        method="percentile", rng=np.random.default_rng(2),
    ).confidence_interval  # fmt: skip
    auc = discrimination(scores, bad.astype(int), seed=3, draws=3000).auc
    assert auc.value == pytest.approx(roc_auc_score(bad, -scores))
    assert (auc.low, auc.high) == (pytest.approx(rows.low, abs=0.006), pytest.approx(rows.high, abs=0.006))


def test_gini_is_twice_auc_less_one_and_a_seed_gives_the_same_again():
    scores, bad = np.array([1, 2, 2, 3, 4, 5]), np.array([1, 1, 0, 0, 1, 0])
    one, again = discrimination(scores, bad, seed=4), discrimination(scores, bad, seed=4)
    assert one == again
    assert one.gini.value == pytest.approx(2 * one.auc.value - 1)


# Stability.


def test_the_stability_index_by_hand():
    # Two bins, 60 and 40 per cent expected, 40 and 60 found: 2 × 0.2 × ln 1.5.
    assert stability_index([0.6, 0.4], [0.4, 0.6]) == pytest.approx(0.4 * np.log(1.5))
    assert stability_index([60, 40], [400, 600]) == pytest.approx(0.4 * np.log(1.5))


def test_a_published_figure_of_the_stability_index():
    # The example that the library strappy 0.0.3 is released with: 6 and 5 rows of two values, then 5 and 4.
    assert round(stability_index([6, 5], [5, 4]), 5) == 0.00041


@given(st.lists(st.tuples(st.integers(1, 1000), st.integers(1, 1000)), min_size=2, max_size=12))
def test_the_stability_index_is_the_divergence_both_ways(pairs):
    one, other = (np.array(column, float) for column in zip(*pairs, strict=True))
    both_ways = stats.entropy(one, other) + stats.entropy(other, one)
    assert stability_index(one, other) == pytest.approx(both_ways, abs=1e-9)


def test_an_empty_bin_leaves_the_index_finite_and_large():
    assert 0.25 < stability_index([0.5, 0.5], [1000, 0]) < 10


def test_levels_begin_at_a_tenth_and_a_quarter():
    assert [level_of(index) for index in (0.0999, 0.1, 0.2499, 0.25)] == ["stable", "moving", "moving", "shifted"]


CARD = parse_scorecard(shipped_scorecard_text("card_holders"))


def drawn(one, count: int) -> np.ndarray:
    """Values spread over the characteristic's bins as in training."""
    places = np.searchsorted(np.cumsum([each.share for each in one.bins]), (np.arange(count) + 0.5) / count)
    edges = [one.bins[0].below - 1, *(each.below for each in one.bins[:-1])]
    return np.array(edges)[np.minimum(places, len(edges) - 1)]


def test_applicants_spread_as_in_training_are_stable_and_others_are_not():
    columns = {one.name: np.random.default_rng(1).permutation(drawn(one, 4000)) for one in CARD.characteristics}
    shifts = {shift.name: shift for shift in watch(columns, CARD)}
    assert all(shifts[name].index < 0.001 for name in CARD.kinds)
    late = watch(columns | {"months_late_now": np.full(4000, 3)}, CARD)
    assert {shift.name: shift.level for shift in late}["months_late_now"] == "shifted"
    assert sum(late[0].actual) == pytest.approx(1)


def test_what_is_not_known_is_a_bin_of_its_own():
    columns = {one.name: drawn(one, 1000) for one in CARD.characteristics}
    hidden = np.ma.MaskedArray(columns["recent_lateness"], np.arange(1000) < 300)
    shift = {one.name: one for one in watch(columns | {"recent_lateness": hidden}, CARD)}["recent_lateness"]
    assert (shift.bins[-1], shift.actual[-1], shift.level) == ("unknown", 0.3, "shifted")


def test_bins_are_named_so_that_nothing_lies_between():
    assert bin_names([3, 4, 8]) == ("< 3", "3", "4 – 7", "≥ 8")


# Groups.


@given(st.integers(0, 50), st.integers(1, 50))
def test_rates_have_wilsons_interval(hits, more):
    of = hits + more
    interval = stats.binomtest(hits, of).proportion_ci(method="wilson")
    found = wilson(hits, of)
    assert (found.low, found.high) == (pytest.approx(interval.low, abs=1e-9), pytest.approx(interval.high, abs=1e-9))


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(1, 40))
def test_ratios_have_the_interval_of_their_logarithm(hits, more, other_hits, other_more):
    found = ratio(hits, hits + more, other_hits, other_hits + other_more)
    theirs = stats.contingency.relative_risk(hits, hits + more, other_hits, other_hits + other_more)
    interval = theirs.confidence_interval()
    assert found.value == pytest.approx(theirs.relative_risk)
    assert (found.low, found.high) == (pytest.approx(interval.low), pytest.approx(interval.high))


def test_groups_by_hand():
    # EEOC's example: 48 of 80 and 12 of 40 are 60% and 30%, a ratio of one half, below four fifths.
    groups = np.array(["a"] * 80 + ["b"] * 40)
    approved = np.array([True] * 48 + [False] * 32 + [True] * 12 + [False] * 28)
    defaulted = np.array(([0] * 40 + [1] * 8) + ([0] * 16 + [1] * 16) + ([0] * 9 + [1] * 3) + ([0] * 7 + [1] * 21))
    scores = np.where(approved, 600, 500)
    one, other = fairness(groups, approved, defaulted, scores, np.full(120, 0.25))
    assert (one.approved.value, other.approved.value, other.impact_ratio.value) == (0.6, 0.3, 0.5)
    assert (one.below_four_fifths, other.below_four_fifths) == (False, True)
    assert (one.refused_though_paid.value, one.approved_though_defaulted.value) == (16 / 56, 8 / 24)
    assert (other.refused_though_paid.value, other.approved_though_defaulted.value) == (7 / 16, 3 / 24)
    assert (other.default_rate.value, other.foretold) == (24 / 40, 0.25)
    assert one.auc == pytest.approx(roc_auc_score(defaulted[:80], -scores[:80]))


def test_bands_of_a_number_meet_without_a_gap():
    assert list(bands(np.array([18, 29, 30, 59, 60]), [30, 60])) == ["0-29", "0-29", "30-59", "30-59", "60+"]


def test_one_group_is_nothing_to_compare():
    with pytest.raises(InputError):
        fairness(np.array(["a"]), np.array([True]), np.array([0]), np.array([600]), np.array([0.1]))
