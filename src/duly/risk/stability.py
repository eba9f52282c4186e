"""Stability after going live: how far applicants have moved from those that a scorecard was trained on.

The population stability index of shares e expected and a actual is Σ (a − e) ln(a / e), the sum of both directions of
the Kullback–Leibler divergence (Kullback and Leibler 1951; Siddiqi 2006, ch. 9). Below 0.1 it counts as stable, from
0.25 as shifted. It is watched for the score and for each characteristic, by the bins that the points go by.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from duly.engine.errors import InputError
from duly.risk.columns import read_many
from duly.risk.metrics import Floats
from duly.risk.scorecard import Characteristic, Scorecard, score

# Below the first, stable; below the second, moving; from the second on, shifted.
MOVING, SHIFTED = 0.1, 0.25
# An empty bin counts as half a row, so that the index stays finite and still says how rare the bin is.
_EMPTY_ROWS = 0.5


@dataclass(frozen=True)
class Shift:
    """How far one thing has moved: its index, what that counts as, and the shares by bin, each summing to 1."""

    name: str
    index: float
    level: str
    bins: tuple[str, ...]
    expected: tuple[float, ...]
    actual: tuple[float, ...]

    def as_json(self) -> dict[str, Any]:
        """The shift as a JSON document."""
        bins = zip(self.bins, self.expected, self.actual, strict=True)
        return {
            "name": self.name,
            "index": round(self.index, 6),
            "level": self.level,
            "bins": [{"bin": one, "expected": round(e, 6), "actual": round(a, 6)} for one, e, a in bins],
        }


def stability_index(expected: Sequence[float], actual: Sequence[float] | npt.NDArray[Any]) -> float:
    """The population stability index of two lists of shares or counts over the same bins.

    An empty bin counts as half a row where counts are given, and as half a millionth where shares are.
    """
    one, other = _shares(np.asarray(expected, float)), _shares(np.asarray(actual, float))
    return float(np.sum((other - one) * np.log(other / one)))


def level_of(index: float) -> str:
    """stable, moving or shifted."""
    return "stable" if index < MOVING else "moving" if index < SHIFTED else "shifted"


def watch(columns: Mapping[str, Any], scorecard: Scorecard) -> list[Shift]:
    """How recent applications have moved from the training sample: the score first, then each characteristic.

    `columns` are NumPy arrays by characteristic, as `review_many` takes them. Raises InputError for a scorecard that
    does not say how its training sample was spread, and as `read_many` does.
    """
    if not scorecard.score_bands:
        raise InputError("the scorecard has no score_bands", "/score_bands", "train it with `duly risk train`")
    read = read_many(columns, scorecard.kinds)
    scored = score(scorecard, read)
    found = [_of_score(scorecard, scored.score[scored.known])]
    for one in scorecard.characteristics:
        column = read[one.name]
        found.append(
            _of_characteristic(one, np.bincount(one.bin_of(column.values, column.known), minlength=len(one.bins) + 1))
        )
    return found


def _of_score(scorecard: Scorecard, scores: npt.NDArray[np.int64]) -> Shift:
    limits = [below for below, _ in scorecard.score_bands if below is not None]
    counts = np.bincount(np.searchsorted(limits, scores, side="right"), minlength=len(limits) + 1)
    return _shift("score", bin_names(limits), [share for _, share in scorecard.score_bands], counts)


def _of_characteristic(one: Characteristic, counts: npt.NDArray[np.int64]) -> Shift:
    names = (*bin_names([each.below for each in one.bins if each.below is not None]), "unknown")
    expected = [*(each.share for each in one.bins), one.unknown.share if one.unknown else 0.0]
    # A bin that is empty on both sides says nothing.
    used = [place for place, share in enumerate(expected) if share or counts[place]]
    return _shift(one.name, tuple(names[k] for k in used), [expected[k] for k in used], counts[used])


def _shift(name: str, bins: tuple[str, ...], expected: Sequence[float], counts: npt.NDArray[np.int64]) -> Shift:
    if not counts.sum():
        raise InputError(
            f"no application has a known {name}", f"/{name}", "give applications of the time to be watched"
        )
    index = stability_index(expected, counts)
    return Shift(name, index, level_of(index), bins, tuple(expected), tuple(counts / counts.sum()))


def bin_names(limits: Sequence[int]) -> tuple[str, ...]:
    """The bins between rising limits, in signs: "< 3", "3 – 6", "≥ 7"."""
    if not limits:
        return ("all",)
    between = [f"{low:,} – {high - 1:,}" if high - 1 > low else f"{low:,}" for low, high in pairwise(limits)]
    return (f"< {limits[0]:,}", *between, f"≥ {limits[-1]:,}")


def _shares(given: Floats) -> Floats:
    total = given.sum()
    least = _EMPTY_ROWS if total > 1.5 else _EMPTY_ROWS / 1e6
    filled = np.where(given > 0, given, least)
    shares: Floats = filled / filled.sum()
    return shares
