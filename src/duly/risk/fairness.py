"""Fairness: whether a scorecard treats groups of people alike, by columns that are never its inputs.

For each group: the approval rate and its ratio to that of the group approved most (adverse impact ratio; below four
fifths calls for a look, 29 CFR 1607.4(D)); the error rates, where it is right to approve those who pay and to refuse
those who default (equal odds, Hardt, Price and Srebro 2016); and calibration, the rate of default beside what the score
foretold.
Intervals are at 95%: Wilson's for rates (1927), the logarithm's for ratios (Katz and others 1978).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from duly.engine.errors import InputError
from duly.risk.columns import Flags, Int64
from duly.risk.metrics import CONFIDENCE, Floats, Measured, auc_of, counts_by_score

FOUR_FIFTHS = 0.8
_Z = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / 2)


@dataclass(frozen=True)
class Group:
    """How one group fared. `refused_though_paid` is the share refused of those who paid, `approved_though_defaulted`
    the share approved of those who defaulted; `foretold` the average probability of default by their scores."""

    name: str
    people: int
    approved: Measured
    impact_ratio: Measured
    refused_though_paid: Measured
    approved_though_defaulted: Measured
    default_rate: Measured
    foretold: float
    auc: float

    @property
    def below_four_fifths(self) -> bool:
        """Whether the adverse impact ratio calls for a look."""
        return self.impact_ratio.value < FOUR_FIFTHS

    def as_json(self) -> dict[str, Any]:
        """The group as a JSON document."""
        measures = ("approved", "impact_ratio", "refused_though_paid", "approved_though_defaulted", "default_rate")
        return {
            "name": self.name,
            "people": self.people,
            **{name: getattr(self, name).as_json() for name in measures},
            "below_four_fifths": self.below_four_fifths,
            "foretold": round(self.foretold, 6),
            "auc": round(self.auc, 6),
        }


def fairness(
    groups: npt.NDArray[Any], approved: Flags, defaulted: Int64, scores: Int64, foretold: Floats
) -> list[Group]:
    """How each group fared, by name: `groups` (n,) names, and of each person whether approved, whether defaulted
    (0, 1), the score, and the probability of default by it. Raises InputError when there are not two groups."""
    names = [str(name) for name in np.unique(groups)]
    if len(names) < 2:
        raise InputError("there are not two groups to compare", "/groups", "name a column with at least two values")
    rows = {name: groups == name for name in names}
    best = max(names, key=lambda name: float(approved[rows[name]].mean()))
    most = _counted(approved[rows[best]])
    return [_group(name, rows[name], approved, defaulted, scores, foretold, most) for name in names]


def bands(values: Int64, limits: Sequence[int]) -> npt.NDArray[Any]:
    """The names of the bands that values (not below 0) fall in: "0-29", "30-59", "60+" for the limits 30 and 60."""
    rising = sorted(set(limits))
    if not rising:
        raise InputError("there are no limits", "/bands", "give at least one, such as 30")
    between = [f"{low}-{high - 1}" for low, high in pairwise(rising)]
    names = np.array([f"0-{rising[0] - 1}", *between, f"{rising[-1]}+"])
    named: npt.NDArray[Any] = names[np.searchsorted(rising, values, side="right")]
    return named


def wilson(hits: int, of: int) -> Measured:
    """A share with Wilson's interval; NaN of nothing."""
    if not of:
        return Measured(math.nan, math.nan, math.nan)
    share = hits / of
    middle = (share + _Z**2 / (2 * of)) / (1 + _Z**2 / of)
    reach = _Z / (1 + _Z**2 / of) * math.sqrt(share * (1 - share) / of + _Z**2 / (4 * of**2))
    return Measured(share, max(middle - reach, 0.0), min(middle + reach, 1.0))


def ratio(hits: int, of: int, other_hits: int, other_of: int) -> Measured:
    """The ratio of two shares with the interval of its logarithm; NaN where one of them is nothing."""
    if not (hits and other_hits):
        return Measured(0.0 if other_hits else math.nan, math.nan, math.nan)
    value = (hits / of) / (other_hits / other_of)
    reach = _Z * math.sqrt(1 / hits - 1 / of + 1 / other_hits - 1 / other_of)
    return Measured(value, value * math.exp(-reach), value * math.exp(reach))


def report_json(by: Mapping[str, Sequence[Group]]) -> dict[str, Any]:
    """The groups of each column as a JSON document, with what calls for a look."""
    return {
        "groups": {column: [group.as_json() for group in groups] for column, groups in by.items()},
        "below_four_fifths": [
            f"{column}: {group.name}" for column, groups in by.items() for group in groups if group.below_four_fifths
        ],
    }


def _group(
    name: str, rows: Flags, approved: Flags, defaulted: Int64, scores: Int64, foretold: Floats, most: tuple[int, int]
) -> Group:
    yes, bad = approved[rows], defaulted[rows] == 1
    _, counts = counts_by_score(scores[rows], defaulted[rows])
    return Group(
        name=name,
        people=len(yes),
        approved=wilson(*_counted(yes)),
        impact_ratio=ratio(*_counted(yes), *most),
        refused_though_paid=wilson(*_counted(~yes[~bad])),
        approved_though_defaulted=wilson(*_counted(yes[bad])),
        default_rate=wilson(*_counted(bad)),
        foretold=float(foretold[rows].mean()),
        auc=float(auc_of(counts)),
    )


def _counted(flags: Flags) -> tuple[int, int]:
    return int(flags.sum()), len(flags)
