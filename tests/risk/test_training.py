"""Training: bins and points against optbinning's own, splits, and the real data where it is."""

import datetime
import json

import numpy as np
import polars as pl
import pytest
from sample_tables import DATA, card_table, real_data

from duly.engine.errors import InputError
from duly.risk.forbidden import forbidden_part
from duly.risk.scorecard import Scaling, parse_scorecard, shipped_scorecard_text
from duly.risk.training.binning import LEAST_SHARE, MOST_BINS, binned
from duly.risk.training.charts import charts
from duly.risk.training.fitting import base_points, choose, fit, points_of
from duly.risk.training.model_card import model_card
from duly.risk.training.plan import DIRECTIONS, parse_plan, plain_plan, shipped_plan
from duly.risk.training.sample import held_back, parse_split, plain_columns, sample_of
from duly.risk.training.train import BOOSTING, REGRESSION, SCORECARD, train

PLAN = shipped_plan("card_holders")
HASH = parse_split("hash:0.3")


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    return card_table()


@pytest.fixture(scope="module")
def trained(table):
    return train(table, "default", PLAN, HASH)


def test_bins_weights_and_information_are_optbinnings(table):
    from optbinning import OptimalBinning

    sample = sample_of(table, "default", PLAN, HASH, 0)
    rows = ~sample.held_back
    for candidate in PLAN.candidates[::3]:
        column = sample.columns[candidate.name]
        ours = binned(candidate, column, sample.defaulted, rows)
        theirs = OptimalBinning(
            monotonic_trend=DIRECTIONS[candidate.direction], max_n_bins=MOST_BINS, min_bin_size=LEAST_SHARE
        )
        values = column.values.astype(float)
        theirs.fit(values[rows], sample.defaulted[rows])
        if (ours.counts[:, :-1] == 0).any():
            continue
        assert ours.evidence(column) == pytest.approx(theirs.transform(values, metric="woe"))
        theirs.binning_table.build()
        assert ours.information == pytest.approx(theirs.binning_table.iv)


def test_points_are_optbinnings_to_the_rounding(table):
    from optbinning import BinningProcess, Scorecard
    from sklearn.linear_model import LogisticRegression

    names = ["recent_lateness", "mean_utilisation", "payment_ratio"]
    sample = sample_of(table, "default", PLAN, HASH, 0)
    rows = ~sample.held_back
    candidates = {one.name: one for one in PLAN.candidates}
    bins = [binned(candidates[name], sample.columns[name], sample.defaulted, rows) for name in names]
    fitted = fit([one.evidence(sample.columns[one.candidate.name])[rows] for one in bins], sample.defaulted[rows])
    scaling = Scaling(600, 15.0, 20.0)
    ours = base_points(fitted, scaling) + sum(
        points_of(one, coefficient, scaling)[one.bin_of(sample.columns[one.candidate.name])]
        for one, coefficient in zip(bins, fitted.coefficients, strict=True)
    )
    frame = pl.DataFrame({name: sample.columns[name].values.astype(float) for name in names}).to_pandas()
    process = BinningProcess(
        names,
        binning_fit_params={
            name: {
                "monotonic_trend": DIRECTIONS[candidates[name].direction],
                "max_n_bins": MOST_BINS,
                "min_bin_size": LEAST_SHARE,
            }
            for name in names
        },
    )
    theirs = Scorecard(
        process,
        LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000),
        scaling_method="pdo_odds",
        scaling_method_params={"pdo": 20, "odds": 15, "scorecard_points": 600},
    )
    theirs.fit(frame[rows], sample.defaulted[rows])
    # Each of the three characteristics and the base is rounded once.
    assert np.abs(theirs.score(frame) - ours).max() <= 4 * 0.5 + 0.01


def test_a_characteristic_that_says_nothing_new_is_not_taken():
    chance = np.random.default_rng(2)
    bad = (chance.random(4000) < 0.3).astype(int)
    telling = -1.0 * bad + chance.normal(size=4000)
    evidence = {"telling": telling, "copy": telling.copy(), "noise": chance.normal(size=4000)}
    assert choose(evidence, bad) in (["telling"], ["copy"])


def test_the_scorecard_is_the_same_to_the_byte_when_trained_again(table, trained):
    assert train(table, "default", PLAN, HASH).text == trained.text
    assert train(table, "default", PLAN, HASH, seed=1).text != trained.text


def test_no_forbidden_column_is_among_the_inputs_whatever_it_would_tell(table, trained):
    kinds, left_out = plain_columns(table, "default")
    assert {"SEX", "MARRIAGE", "AGE"} <= set(left_out)
    plain = train(table, "default", plain_plan("plain", kinds), HASH)
    for one in (trained, plain):
        inputs = {*one.scorecard.kinds, *one.sample.columns, *one.sample.also}
        assert [name for name in inputs if forbidden_part(name)] == []
    with pytest.raises(InputError, match="nobody is judged by 'AGE'"):
        parse_plan(
            'code = "a"\nversion = 1\ntitle = { en = "a", zh = "a" }\ntarget = { en = "a", zh = "a" }\n'
            '[[characteristics]]\nname = "AGE"\nkind = "whole"\ndirection = "either"\n'
            'title = { en = "a", zh = "a" }\nreason = { en = "a", zh = "a" }\n'
        )


def test_what_decides_is_the_characteristics_and_not_who_a_person_is(table):
    # Default follows sex in this table, and turning everyone's sex around changes nothing in the scorecard.
    turned = table.with_columns(SEX=pl.when(pl.col("SEX") == "male").then(pl.lit("female")).otherwise(pl.lit("male")))
    order = parse_split("order:0.3")
    assert train(turned, "default", PLAN, order).text == train(table, "default", PLAN, order).text


def test_the_scorecard_on_made_rows_finds_what_they_were_made_with(trained):
    assert trained.measured[SCORECARD].auc.low > 0.6
    assert {"months_carried_in_order", "utilisation"} <= set(trained.scorecard.kinds)
    assert parse_scorecard(trained.text).digest == trained.scorecard.digest


def test_the_model_card_tells_the_figures_in_both_languages_with_every_chart(trained):
    card = model_card(trained, "charts/")
    drawn = charts(trained)
    for name, svg in drawn.items():
        assert f"(charts/{name}.svg)" in card
        assert svg.startswith('<svg role="img" aria-label=')
    auc = trained.measured[SCORECARD].auc
    assert f"{auc.value:.4f} ({auc.low:.4f} – {auc.high:.4f})" in card
    assert "not how it will do later" in card
    assert "不代表将来的效果" in card
    for one in trained.scorecard.characteristics:
        assert one.title.en in card
        assert one.reason.zh in card


# Splits.


def test_by_hash_equal_rows_fall_on_one_side_wherever_they_stand(table):
    twice = pl.concat([table, table.reverse()])
    back = held_back(twice, HASH, 0)
    assert list(back[: len(table)]) == list(back[len(table) :][::-1])
    assert back.mean() == pytest.approx(0.3, abs=0.05)
    assert list(held_back(twice, HASH, 1)) != list(back)


def test_by_date_the_later_are_held_back():
    start = datetime.date(2025, 1, 1)
    table = pl.DataFrame({"on": [start + datetime.timedelta(days=day) for day in range(100)][::-1]})
    for split, first in (("date:on:0.3", 70), ("date:on:2025-02-20", 50)):
        back = held_back(table, parse_split(split), 0)
        assert [day in set(table["on"].filter(back)) for day in sorted(table["on"])] == [False] * first + [True] * (
            100 - first
        )
    written = table.with_columns(pl.col("on").cast(pl.String))
    assert list(held_back(written, parse_split("date:on:0.3"), 0)) == list(
        held_back(table, parse_split("date:on:0.3"), 0)
    )


def test_by_order_the_last_are_held_back():
    assert list(held_back(pl.DataFrame({"a": range(10)}), parse_split("order:0.2"), 0)) == [False] * 8 + [True] * 2


@pytest.mark.parametrize("split", ["hash", "hash:2", "hash:x", "date:0.3", "date:on:soon", "random:0.3"])
def test_a_split_that_cannot_be_read_is_refused(split):
    with pytest.raises(InputError) as refused:
        parse_split(split)
    assert refused.value.where == "/split"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda table: table.drop("default"), "/target"),
        (lambda table: table.with_columns(default=pl.lit(2)), "/target"),
        (lambda table: table.with_columns(default=pl.lit(0)), "/target"),
        (lambda table: table.drop("PAY_3"), "/PAY_3"),
        (lambda table: table.with_columns(LIMIT_BAL=pl.lit(0)), "/limit/0"),
        (lambda table: table.with_columns(PAY_AMT1=pl.lit(-1)), "/paid/0"),
        (lambda table: table.with_columns(BILL_AMT1=pl.lit(1.5)), "/BILL_AMT1"),
        (lambda table: table.head(200), "/split"),
    ],
)
def test_a_table_that_cannot_be_trained_on_is_refused_with_its_place(table, change, where):
    with pytest.raises(InputError) as refused:
        train(change(table), "default", PLAN, HASH)
    assert refused.value.where in (where, "/target")


def test_values_that_are_not_known_have_a_bin_of_their_own():
    chance = np.random.default_rng(3)
    values = chance.normal(size=2000)
    known = chance.random(2000) < 0.8
    bad = (chance.random(2000) < np.where(known, 1 / (1 + np.exp(1 + values)), 0.6)).astype(int)
    table = pl.DataFrame({"inquiry_index": np.where(known, values, np.nan), "default": bad}).fill_nan(None)
    kinds, _ = plain_columns(table, "default")
    assert kinds == {"inquiry_index": "ratio"}
    found = train(table, "default", plain_plan("plain", kinds), parse_split("order:0.3")).scorecard.characteristics[0]
    assert found.unknown is not None
    # Six in ten of them default: worse than all but the worst known, and as often unknown as made.
    assert found.bins[0].points < found.unknown.points < found.bins[1].points
    assert found.unknown.share == pytest.approx(float((~known).mean()), abs=0.02)


# The real data.


@real_data
def test_our_scorecard_is_what_training_on_the_data_set_gives():
    table = pl.read_csv(DATA, infer_schema_length=None)
    again = train(table, "default", PLAN, HASH)
    ours = json.loads(shipped_scorecard_text("card_holders"))
    shipped = parse_scorecard(shipped_scorecard_text("card_holders"))
    assert again.scorecard.characteristics == shipped.characteristics
    assert again.scorecard.base_points == shipped.base_points
    assert again.document["training"]["tested_on"] == ours["training"]["tested_on"]
    best = max(again.measured[name].auc.value for name in (REGRESSION, BOOSTING))
    assert again.measured[SCORECARD].auc.value > best - 0.02
    assert again.measured[SCORECARD].auc.value > 0.77
    assert {"SEX", "MARRIAGE", "AGE"} <= set(again.document["training"]["not_used"])
