"""Bins by optbinning: values put together so that the rate of default goes one way, and the weight of evidence of each.

The weight of evidence of a bin is ln(share of those who paid / share of those who defaulted) in it; the information
value of a characteristic is Σ (difference of the two shares) × weight (Good 1950; Siddiqi 2006, ch. 6). The bins are
the optimum of a mixed-integer program (Navas-Palencia 2020, arXiv 2001.08025).
"""

import math
from dataclasses import dataclass

import numpy as np

from duly.risk.columns import Column, Flags, Int64
from duly.risk.metrics import Floats
from duly.risk.training.plan import DIRECTIONS, Candidate

MOST_BINS = 10
LEAST_SHARE = 0.02
# Below this a characteristic says next to nothing (Siddiqi 2006).
LEAST_INFORMATION = 0.02
# An empty cell counts as half a row.
_EMPTY_ROWS = 0.5


@dataclass(frozen=True)
class Binned:
    """A candidate's bins: `limits` (k − 1,), and of each bin the rows that paid and defaulted in training, (2, k + 1),
    the last column those that are not known; the weight of evidence of each (k + 1,)."""

    candidate: Candidate
    limits: Int64
    counts: Int64
    woe: Floats
    information: float

    def bin_of(self, column: Column) -> Int64:
        """The number of each row's bin; the last stands for unknown."""
        found = np.searchsorted(self.limits, column.values, side="right")
        return np.where(column.known, found, len(self.limits) + 1)

    def evidence(self, column: Column) -> Floats:
        """Each row's weight of evidence."""
        weights: Floats = self.woe[self.bin_of(column)]
        return weights

    @property
    def has_unknown(self) -> bool:
        """Whether the training sample has rows in which the value is not known."""
        return bool(self.counts[:, -1].sum())


def binned(candidate: Candidate, column: Column, defaulted: Int64, rows: Flags) -> Binned:
    """The candidate's bins on the training `rows`; a single bin where no split is worth its while."""
    from optbinning import OptimalBinning

    known = rows & column.known
    limits = np.zeros(0, np.int64)
    if known.any() and len(np.unique(defaulted[known])) == 2 and len(np.unique(column.values[known])) > 1:
        best = OptimalBinning(
            name=candidate.name,
            dtype="numerical",
            monotonic_trend=DIRECTIONS[candidate.direction],
            max_n_bins=MOST_BINS,
            min_bin_size=LEAST_SHARE,
        )
        best.fit(column.values[known].astype(float), defaulted[known])
        # Values are whole: below 2.5 is below 3.
        limits = np.array(sorted({math.ceil(split) for split in best.splits}), np.int64)
    return _weighed(candidate, limits, column, defaulted, rows)


def _weighed(candidate: Candidate, limits: Int64, column: Column, defaulted: Int64, rows: Flags) -> Binned:
    found = np.where(column.known, np.searchsorted(limits, column.values, side="right"), len(limits) + 1)
    size = len(limits) + 2
    counts = np.array([np.bincount(found[rows & (defaulted == which)], minlength=size) for which in (0, 1)])
    shares = np.maximum(counts, _EMPTY_ROWS) / counts.sum(axis=1, keepdims=True)
    woe = np.where(counts.sum(axis=0) > 0, np.log(shares[0] / shares[1]), 0.0)
    return Binned(candidate, limits, counts, woe, float(np.sum((shares[0] - shares[1]) * woe)))
