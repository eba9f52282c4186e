"""What must hold for every loan on every day, whatever happened to it: checked before anything is written."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from duly.engine.fold import Positions

COMPONENTS = ("principal", "interest", "penalty", "fee")


class Broken(NamedTuple):
    """An identity that does not hold for some loans, and by how much (minor units, in the order of the loans)."""

    identity: str
    loans: npt.NDArray[np.int64]  # rows of the positions
    differences: npt.NDArray[np.int64]


def broken_identities(positions: Positions) -> list[Broken]:
    """The identities that do not hold, with every loan that breaks them; empty when all do."""
    rests = {
        "disbursed = principal received + outstanding + waived + written off": (
            positions.disbursed
            - positions.principal_received
            - positions.principal_outstanding
            - positions.principal_waived
            - positions.principal_written_off
        ),
        # Interest may be paid or waived before it is earned; what is owed of it never falls below zero.
        "interest earned + in advance = received + receivable + waived + written off": (
            np.maximum(_unsettled(positions, "interest"), 0) - positions.interest_due - positions.accrued_interest
        ),
        "penalty earned = received + receivable + waived + written off": (
            _unsettled(positions, "penalty") - positions.penalty_outstanding
        ),
        "fee earned = received + receivable + waived + written off": _unsettled(positions, "fee") - positions.fee_due,
        "received = principal + interest + penalty + fee received + credit balance": (
            positions.received
            - sum(getattr(positions, f"{component}_received") for component in COMPONENTS)
            - positions.credit_balance
        ),
    }
    for name in ("principal_outstanding", "penalty_outstanding", "fee_outstanding", "credit_balance"):
        rests[f"{name.replace('_', ' ')} is not below zero"] = np.minimum(getattr(positions, name), 0)
    return [Broken(identity, rows, rest[rows]) for identity, rest in rests.items() if len(rows := np.flatnonzero(rest))]


def _unsettled(positions: Positions, component: str) -> npt.NDArray[np.int64]:
    # Earned, and neither received nor waived nor written off: the receivable; below zero, received in advance.
    rest: npt.NDArray[np.int64] = (
        getattr(positions, f"{component}_earned")
        - getattr(positions, f"{component}_received")
        - getattr(positions, f"{component}_waived")
        - getattr(positions, f"{component}_written_off")
    )
    return rest
