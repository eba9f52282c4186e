"""Facts of many loans in columns: which loan each is of, and which of them stand on a day."""

import numpy as np
import numpy.typing as npt

from duly.engine.columns import Facts
from duly.engine.records import REVERSED


def loan_of_each(facts: Facts) -> npt.NDArray[np.int64]:
    """The row of the loan that each fact is of."""
    return np.repeat(np.arange(len(facts.start) - 1), np.diff(facts.start))


def standing_on(facts: Facts, on: int) -> npt.NDArray[np.bool_]:
    """Which facts have happened by day `on` and have not been taken back by then."""
    by_then = facts.value_date <= on
    stands = by_then.copy()
    stands[facts.reverses[by_then & (facts.kind == REVERSED)]] = False
    return stands
