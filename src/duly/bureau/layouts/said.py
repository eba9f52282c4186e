"""What a file says, independent of its layout: the lender, the instant, and which loans with which figures."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from duly.bureau.layouts.people import Person
from duly.bureau.months import Month
from duly.bureau.standing import Standing


@dataclass(frozen=True)
class Reporter:
    """Who reports, when: as the files name it."""

    name: str
    address: str
    phone: str
    number: str  # given by the bureau
    version: str  # of Duly
    reported_at: datetime.datetime


@dataclass(frozen=True)
class Said:
    """Records of one month, one a row. `standing` is what is said, which may take a loan out of the record.

    `scale` is how many minor units make one of the currency. `told` are the rows whose borrower was told of the present
    delinquency in time, `reported` by month of `month.history` those reported late before: nothing else that is bad is
    said of earlier months. `is_correction`: replaces what was said before. `objected` and `answered`: an objection is
    open, or was answered within the month.
    """

    month: Month
    standing: Standing
    references: Sequence[str]
    currencies: Sequence[str]
    scale: npt.NDArray[np.int64]
    people: Sequence[Person]
    told: npt.NDArray[np.bool_]
    reported: Sequence[npt.NDArray[np.bool_]]
    objected: npt.NDArray[np.bool_]
    answered: npt.NDArray[np.bool_]
    is_correction: bool = False

    def __len__(self) -> int:
        return len(self.references)
