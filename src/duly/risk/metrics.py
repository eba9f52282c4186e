"""How well scores tell those who default from those who pay: AUC, Gini, KS, with bootstrap intervals.

A higher score means likelier to pay. AUC is the chance that one who pays scores above one who defaults, ties counted
half (Mann and Whitney 1947); Gini is 2 AUC − 1; KS is the greatest distance between the two cumulative distributions.
All come out of counts by distinct score, and a bootstrap draws those counts anew from a multinomial: the same as
drawing rows with replacement (Efron 1979), at a cost that does not grow with the rows.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
CONFIDENCE = 0.95
# Cells of counts that are drawn at a time, so that scores with many distinct values do not fill the memory.
_CELLS = 4_000_000


@dataclass(frozen=True)
class Measured:
    """A measure with its bootstrap interval, [low, high] at 95%."""

    value: float
    low: float
    high: float

    def as_json(self) -> dict[str, float]:
        """{"value", "low", "high"}, to six decimals."""
        return {"value": round(self.value, 6), "low": round(self.low, 6), "high": round(self.high, 6)}


@dataclass(frozen=True)
class Discrimination:
    """How well a score discriminates on a sample."""

    auc: Measured
    gini: Measured
    ks: Measured

    def as_json(self) -> dict[str, Any]:
        """The three measures by name."""
        return {"auc": self.auc.as_json(), "gini": self.gini.as_json(), "ks": self.ks.as_json()}


def counts_by_score(scores: npt.NDArray[Any], defaulted: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], Counts]:
    """The distinct scores, rising (k,), and how many paid and how many defaulted at each, (2, k)."""
    distinct, which = np.unique(scores, return_inverse=True)
    bad = np.bincount(which, weights=defaulted, minlength=len(distinct)).astype(np.int64)
    return distinct, np.array([np.bincount(which, minlength=len(distinct)) - bad, bad])


def auc_of(counts: Counts) -> Any:
    """AUC from counts (…, 2, k) of paid and defaulted by rising score; NaN where one of the two is empty."""
    good, bad = counts[..., 0, :].astype(float), counts[..., 1, :].astype(float)
    below = np.cumsum(bad, axis=-1) - bad / 2
    with np.errstate(invalid="ignore"):
        return (good * below).sum(-1) / (good.sum(-1) * bad.sum(-1))


def ks_of(counts: Counts) -> Any:
    """KS from counts (…, 2, k) of paid and defaulted by rising score; NaN where one of the two is empty."""
    with np.errstate(invalid="ignore"):
        shares = np.cumsum(counts, axis=-1) / counts.sum(-1)[..., None]
    return np.abs(shares[..., 1, :] - shares[..., 0, :]).max(-1)


def discrimination(
    scores: npt.NDArray[Any], defaulted: npt.NDArray[Any], seed: int = 0, draws: int = 1000
) -> Discrimination:
    """AUC, Gini and KS of scores (n,) against `defaulted` (n,) of 0 and 1, with percentile intervals over `draws`."""
    _, counts = counts_by_score(scores, defaulted)
    chance = np.random.default_rng(seed)
    at_once = max(1, _CELLS // counts.size)
    aucs, kss = [], []
    for first in range(0, draws, at_once):
        size = min(at_once, draws - first)
        drawn = chance.multinomial(counts.sum(), counts.ravel() / counts.sum(), size).reshape(size, *counts.shape)
        aucs.append(auc_of(drawn))
        kss.append(ks_of(drawn))
    auc = _measured(float(auc_of(counts)), np.concatenate(aucs))
    gini = Measured(2 * auc.value - 1, 2 * auc.low - 1, 2 * auc.high - 1)
    return Discrimination(auc, gini, _measured(float(ks_of(counts)), np.concatenate(kss)))


def _measured(value: float, drawn: Floats) -> Measured:
    rest = (1 - CONFIDENCE) / 2
    low, high = np.nanquantile(drawn, [rest, 1 - rest]) if np.isfinite(drawn).any() else (np.nan, np.nan)
    return Measured(value, float(low), float(high))
