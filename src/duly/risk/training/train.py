"""Training a scorecard from a table: split, bins, choice, points, and what it is worth on the rows held back.

The same table, plan, split and seed under the same libraries give the same scorecard to the byte.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
import polars as pl

from duly.engine.errors import InputError
from duly.risk.columns import Flags, Int64
from duly.risk.metrics import Discrimination, Floats, counts_by_score, discrimination
from duly.risk.scorecard import Scorecard, Scored, parse_scorecard, score
from duly.risk.stability import Shift, watch
from duly.risk.training.beside import gradient_boosting, plain_regression
from duly.risk.training.binning import LEAST_INFORMATION, Binned, binned
from duly.risk.training.fitting import Fitted, base_points, choose, fit, points_of
from duly.risk.training.plan import Plan
from duly.risk.training.sample import Sample, Split, sample_of

LIBRARIES = ("numpy", "optbinning", "ortools", "polars", "scikit-learn")
BANDS = 10
SCORECARD, REGRESSION, BOOSTING = "scorecard", "logistic_regression", "gradient_boosting"


@dataclass(frozen=True)
class Trained:
    """A scorecard with all that its model card tells.

    `text` is its JSON. `ranked` are the scores of the test rows (of `tested`, those that have a score) by each model,
    higher likelier to pay; `measured` how well each discriminates on them, and `measured_in_training` the scorecard on
    the rows that it was made from. `shifts` is how far the test rows lie from the training rows.
    """

    plan: Plan
    split: Split
    sample: Sample
    text: str
    document: Mapping[str, Any]
    scorecard: Scorecard
    scored: Scored
    tested: Flags
    ranked: Mapping[str, Floats]
    measured: Mapping[str, Discrimination]
    measured_in_training: Discrimination
    shifts: tuple[Shift, ...]


def train(table: pl.DataFrame, target: str, plan: Plan, split: Split, seed: int = 0, data_digest: str = "") -> Trained:
    """Train the scorecard of `plan` on the rows of `table` that `split` does not hold back.

    `target` is the column of outcomes, 1 for default; `data_digest` the SHA-256 of the file, to be written into the
    scorecard. Raises InputError for a table that it cannot be trained on.
    """
    sample = sample_of(table, target, plan, split, seed)
    train_rows = ~sample.held_back
    bins = _worth_scoring(plan, sample, train_rows)
    evidence = {name: one.evidence(sample.columns[name])[train_rows] for name, one in bins.items()}
    chosen = choose(evidence, sample.defaulted[train_rows])
    if not chosen:
        raise InputError("no column tells who defaults", "", "give more rows, or other columns")
    fitted = fit([evidence[name] for name in chosen], sample.defaulted[train_rows])
    scored_bins = [bins[name] for name in chosen]
    document = _document(plan, fitted, scored_bins)
    first = parse_scorecard(_text(document))
    scored = score(first, sample.columns)
    document["score_bands"] = _bands(
        scored.score[train_rows & scored.known], sample.defaulted[train_rows & scored.known]
    )
    tested = sample.held_back & scored.known
    ranked = _ranked(sample, scored, tested, seed)
    measured = {name: discrimination(by, sample.defaulted[tested], seed) for name, by in ranked.items()}
    in_training = _of_rows(scored, sample, train_rows, seed)
    card = parse_scorecard(_text(document))
    shifts = tuple(watch(_rows_of(sample, card, sample.held_back), card))
    document["training"] = _training(
        sample,
        split,
        seed,
        data_digest,
        bins,
        measured,
        in_training,
        shifts,
        int((sample.held_back & ~scored.known).sum()),
    )
    text = _text(document)
    return Trained(
        plan,
        split,
        sample,
        text,
        document,
        parse_scorecard(text),
        scored,
        tested,
        ranked,
        measured,
        in_training,
        shifts,
    )


def _worth_scoring(plan: Plan, sample: Sample, rows: Flags) -> dict[str, Binned]:
    found = [binned(one, sample.columns[one.name], sample.defaulted, rows) for one in plan.candidates]
    return {one.candidate.name: one for one in found if one.information >= LEAST_INFORMATION}


def _ranked(sample: Sample, scored: Scored, tested: Flags, seed: int) -> dict[str, Floats]:
    inputs = {**sample.also, **sample.columns}
    matrix = np.column_stack([np.where(one.known, one.values.astype(float), np.nan) for one in inputs.values()])
    rows, outcome = ~sample.held_back, sample.defaulted[~sample.held_back]
    return {
        SCORECARD: scored.score[tested].astype(float),
        REGRESSION: plain_regression(matrix[rows], outcome, matrix[tested]),
        BOOSTING: gradient_boosting(matrix[rows], outcome, matrix[tested], seed),
    }


def _of_rows(scored: Scored, sample: Sample, rows: Flags, seed: int) -> Discrimination:
    used = rows & scored.known
    return discrimination(scored.score[used], sample.defaulted[used], seed)


def _rows_of(sample: Sample, card: Scorecard, rows: Flags) -> dict[str, Any]:
    return {
        name: np.ma.MaskedArray(sample.columns[name].values[rows], ~sample.columns[name].known[rows])
        for name in card.kinds
    }


def _bands(scores: Int64, defaulted: Int64) -> list[dict[str, Any]]:
    """Tenths of the training sample by score, as nearly as whole scores allow."""
    limits = np.unique(np.quantile(scores, np.arange(1, BANDS) / BANDS, method="inverted_cdf")).astype(np.int64)
    limits = limits[limits > scores.min()]
    band, size = np.searchsorted(limits, scores, side="right"), len(limits) + 1
    counts, bad = np.bincount(band, minlength=size), np.bincount(band, weights=defaulted, minlength=size)
    return [
        {"below": below, "share": _short(count / len(scores)), "default_rate": _short(rate)}
        for below, count, rate in zip([*map(int, limits), None], counts, bad / counts, strict=True)
    ]


def _document(plan: Plan, fitted: Fitted, bins: list[Binned]) -> dict[str, Any]:
    return {
        "code": plan.code,
        "version": plan.version,
        "title": plan.title.as_json(),
        "target": plan.target.as_json(),
        "attribution": plan.attribution,
        "scaling": {
            "points": plan.scaling.points,
            "good_to_bad_odds": plan.scaling.good_to_bad_odds,
            "points_to_double_the_odds": plan.scaling.points_to_double_the_odds,
        },
        "intercept": round(fitted.intercept, 9),
        "base_points": base_points(fitted, plan.scaling),
        "characteristics": [
            _characteristic(one, coefficient, plan) for one, coefficient in zip(bins, fitted.coefficients, strict=True)
        ],
    }


def _characteristic(one: Binned, coefficient: float, plan: Plan) -> dict[str, Any]:
    points = points_of(one, coefficient, plan.scaling)
    rows = one.counts.sum(axis=0)
    written = [
        {
            "below": below,
            "points": int(points[place]),
            "share": _short(rows[place] / rows.sum()),
            "woe": round(float(one.woe[place]), 9),
            "default_rate": _short(one.counts[1, place] / max(rows[place], 1)),
        }
        for place, below in enumerate([*map(int, one.limits), None, None])
    ]
    return {
        "name": one.candidate.name,
        "kind": one.candidate.kind,
        "title": one.candidate.title.as_json(),
        "reason": one.candidate.reason.as_json(),
        "formula": one.candidate.formula,
        "coefficient": round(coefficient, 9),
        "information_value": _short(one.information),
        "bins": written[:-1],
        "unknown": written[-1] if one.has_unknown else None,
        "neutral_points": int(np.rint(np.sum(points * rows) / rows.sum())),
    }


def _training(
    sample: Sample,
    split: Split,
    seed: int,
    data_digest: str,
    bins: Mapping[str, Binned],
    measured: Mapping[str, Discrimination],
    in_training: Discrimination,
    shifts: tuple[Shift, ...],
    without_score: int,
) -> dict[str, Any]:
    back = sample.held_back
    return {
        "rows": len(back),
        "trained_on": int((~back).sum()),
        "tested_on": int(back.sum()),
        "tested_without_score": without_score,
        "default_rate": {
            "trained_on": _short(sample.defaulted[~back].mean()),
            "tested_on": _short(sample.defaulted[back].mean()),
        },
        "split": str(split),
        "seed": seed,
        "data_sha256": data_digest,
        "libraries": {name: version(name) for name in LIBRARIES},
        "information_values": {name: _short(one.information) for name, one in bins.items()},
        "not_used": dict(sample.left_out),
        "measured": {
            "intervals": "95%, bootstrap of 1,000 draws",
            "scorecard_in_training": in_training.as_json(),
            **{name: one.as_json() for name, one in measured.items()},
        },
        "stability": {one.name: _short(one.index) for one in shifts},
    }


def roc_of(ranked: Floats, defaulted: Int64) -> tuple[Floats, Floats]:
    """The shares of those who paid and of those who defaulted at or below each score, from 0 to 1, (k + 1,) each."""
    _, counts = counts_by_score(ranked, defaulted)
    shares = np.cumsum(counts, axis=1) / counts.sum(axis=1, keepdims=True)
    return np.r_[0.0, shares[0]], np.r_[0.0, shares[1]]


def _short(number: Any) -> float:
    return round(float(number), 6)


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
