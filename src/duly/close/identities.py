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
        "disbursed = principal received + outstanding + waived + written off - capitalised": (
            positions.disbursed
            + positions.interest_capitalised
            + positions.penalty_capitalised
            + positions.fee_capitalised
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
        "received - refunded = principal + interest + penalty + fee received + credit balance": (
            positions.received
            - positions.refunded
            - sum(getattr(positions, f"{component}_received") for component in COMPONENTS)
            - positions.credit_balance
        ),
    }
    for name in ("principal_outstanding", "penalty_outstanding", "fee_outstanding"):
        rests[f"{name.replace('_', ' ')} is not below zero"] = np.minimum(getattr(positions, name), 0)
    # Money refunded that later proved not to be there is owed again.
    rests["credit balance is not below zero"] = np.minimum(positions.credit_balance + positions.refunded, 0)
    return [Broken(identity, rows, rest[rows]) for identity, rest in rests.items() if len(rows := np.flatnonzero(rest))]


def _unsettled(positions: Positions, component: str) -> npt.NDArray[np.int64]:
    # Earned or suspended, and neither received nor waived, capitalised or written off: the receivable; below zero,
    # received in advance.
    suspended = 0 if component == "fee" else getattr(positions, f"{component}_suspended")
    rest: npt.NDArray[np.int64] = (
        getattr(positions, f"{component}_earned")
        + suspended
        - getattr(positions, f"{component}_capitalised")
        - getattr(positions, f"{component}_received")
        - getattr(positions, f"{component}_waived")
        - getattr(positions, f"{component}_written_off")
    )
    return rest
