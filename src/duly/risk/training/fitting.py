"""The logistic regression on weights of evidence: which characteristics it takes, and the points they come to.

Characteristics are taken one at a time, each time the one that raises the likelihood most, while that is by more than
half the logarithm of the rows (the Bayesian information criterion, Schwarz 1978), and as long as every coefficient
keeps its sign: one that turned would give points for what the data says is worse. One that the others have made
needless is let go by the same measure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from duly.risk.columns import Int64
from duly.risk.metrics import Floats
from duly.risk.scorecard import Scaling
from duly.risk.training.binning import Binned

# A penalty far below what any decision here turns on; it keeps two columns that say the same from having no answer.
NEARLY_FREE = 1e6


@dataclass(frozen=True)
class Fitted:
    """ln(odds of default) = intercept + Σ coefficient × weight of evidence; every coefficient is below 0."""

    intercept: float
    coefficients: tuple[float, ...]
    log_likelihood: float


def fit(evidence: Sequence[Floats], defaulted: Int64) -> Fitted:
    """The logistic regression of greatest likelihood on columns of weights of evidence (n,) each."""
    from sklearn.linear_model import LogisticRegression

    matrix = np.column_stack(evidence)
    model = LogisticRegression(C=NEARLY_FREE, solver="newton-cholesky", tol=1e-8).fit(matrix, defaulted)
    log_odds = model.intercept_[0] + matrix @ model.coef_[0]
    likelihood = -np.logaddexp(0, np.where(defaulted == 1, -log_odds, log_odds)).sum()
    return Fitted(float(model.intercept_[0]), tuple(map(float, model.coef_[0])), float(likelihood))


def choose(evidence: Mapping[str, Floats], defaulted: Int64, most: int = 12) -> list[str]:
    """The names of the characteristics to score, in the order in which they were taken."""
    chosen: list[str] = []
    share = defaulted.mean()
    likelihood = float(len(defaulted) * (share * np.log(share) + (1 - share) * np.log(1 - share)))
    worth = np.log(len(defaulted)) / 2
    while len(chosen) < min(most, len(evidence)):
        tries = [
            (fitted.log_likelihood, name)
            for name in evidence
            if name not in chosen
            and max((fitted := fit([evidence[one] for one in (*chosen, name)], defaulted)).coefficients) < 0
        ]
        if not tries or max(tries)[0] <= likelihood + worth:
            break
        likelihood, name = max(tries)
        chosen.append(name)
        # What an earlier one told may now be told by the others.
        while len(chosen) > 1 and (left := _without_one(evidence, chosen, defaulted))[0] > likelihood - worth:
            likelihood, chosen = left
    return chosen


def _without_one(evidence: Mapping[str, Floats], chosen: list[str], defaulted: Int64) -> tuple[float, list[str]]:
    """The likelihood without the characteristic that is missed least, and the others."""
    fewer = [[one for one in chosen if one != out] for out in chosen]
    return max((fit([evidence[one] for one in some], defaulted).log_likelihood, some) for some in fewer)


def points_of(binned: Binned, coefficient: float, scaling: Scaling) -> Int64:
    """The points of each bin (k + 1,), the last unknown: −coefficient × weight × factor, to the nearest whole."""
    points: Int64 = np.rint(-coefficient * binned.woe * factor_of(scaling)).astype(np.int64)
    return points


def base_points(fitted: Fitted, scaling: Scaling) -> int:
    """The points that everyone has: those of the scaling's odds, and of the intercept; to the nearest whole."""
    factor = factor_of(scaling)
    return int(np.rint(scaling.points - factor * np.log(scaling.good_to_bad_odds) - factor * fitted.intercept))


def factor_of(scaling: Scaling) -> float:
    """Points for each unit of ln(odds): points to double the odds / ln 2 (Siddiqi 2006, ch. 7)."""
    return float(scaling.points_to_double_the_odds / np.log(2))
