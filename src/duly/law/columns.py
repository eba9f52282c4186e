"""What the gate's loops read: rules, contacts and their histories as records. One question is a table of one row.

Records, and not a column an array, because a compiled function that is handed forty arrays spends its time counting
who holds them.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]
Records = npt.NDArray[np.void]
# One row of records, inside a loop.
Row = Any

NEVER = 2**62
UNKNOWN = -1
NO_DAY = -(2**31)
FIGURES = 10

# A rule applies where channel, purpose, party and relation are in its sets, days past due lie in [dpd_from, dpd_below),
# one of `when` holds (where it names any), none of `lifted_by` does, and the date is in [begins, ends). Sets are bit
# masks of the vocabulary. Rules of house and country stand before those of the base.
RULE = np.dtype(
    [
        ("kind", np.int64),
        ("subject", np.int64),
        ("is_base", np.bool_),
        ("speaks", np.bool_),  # stands in the base's place on its subject, where it applies
        ("consent_direct", np.bool_),  # a consent must have been given to this collector itself
        ("consent_once", np.bool_),  # and is used up by the next telephone conversation
        ("channels", np.int64),
        ("purposes", np.int64),
        ("parties", np.int64),
        ("relations", np.int64),
        ("dpd_from", np.int64),
        ("dpd_below", np.int64),
        ("when", np.int64),
        ("lifted_by", np.int64),
        ("consent", np.int64),  # the code of the consent that lifts it, or UNKNOWN
        ("consent_days", np.int64),  # how many days it is good for, the day it was given the first; 0: no end
        ("begins", np.int64),  # days since 1970-01-01, local; NO_DAY: always
        ("ends", np.int64),  # NO_DAY: never
        ("first_holiday", np.int64),  # its holidays are rows first to last - 1 of the law's
        ("last_holiday", np.int64),
        ("figures", np.int64, (FIGURES,)),  # as each kind sets them down
    ],
    align=True,
)
# A contact asked about. Codes of the vocabulary or UNKNOWN; equal numbers are the same collector, third person or debt.
# What it has several of lies in rows first to last - 1 of a table of their own.
CONTACT = np.dtype(
    [
        ("at", np.int64),  # microseconds since 1970-01-01 UTC, as every instant
        ("channel", np.int64),
        ("purpose", np.int64),
        ("party_kind", np.int64),
        ("party", np.int64),
        ("relation", np.int64),
        ("person", np.int64),
        ("place", np.int64),
        ("debt", np.int64),
        ("days_past_due", np.int64),
        ("status", np.int64),
        ("understood", np.bool_),  # nothing in the question was unknown
        ("refused_channels", np.int64),
        ("refused_places", np.int64),
        ("dispute_window_ends", np.int64),  # NEVER where it is not known to have ended
        *(
            (f"{end}_{name}", np.int64)
            for name in ("zone", "circumstance", "consent", "busy", "past")
            for end in ("first", "last")
        ),
    ],
    align=True,
)
# A zone of a contact: rows first to last - 1 of the changes of offset.
ZONE = np.dtype([("first", np.int64), ("last", np.int64)])
# From `since` on a zone's clocks are `offset` ahead of UTC; microseconds. A zone's first row is before every instant.
CHANGE = np.dtype([("since", np.int64), ("offset", np.int64)])
CIRCUMSTANCE = np.dtype([("kind", np.int64), ("since", np.int64), ("until", np.int64)])
CONSENT = np.dtype(
    [("kind", np.int64), ("party", np.int64), ("given", np.int64), ("until", np.int64)]
)  # given: NEVER, unknown
BUSY = np.dtype([("start", np.int64), ("end", np.int64)])  # minutes of the local day that the person named inconvenient
# An earlier contact; those of one contact asked about lie together, oldest first.
PAST = np.dtype(
    [
        ("at", np.int64),
        ("person", np.int32),
        ("party", np.int32),
        ("debt", np.int32),
        ("channel", np.int8),
        ("direction", np.int8),
        ("outcome", np.int8),
        ("relation", np.int8),
        ("consented", np.bool_),  # made under a consent to be called
    ],
    align=True,
)


class Rules(NamedTuple):
    """The rules of a law, RULE, and the holidays that some of them name, in days since 1970-01-01."""

    rule: Records
    holiday: Int64


class Facts(NamedTuple):
    """Contacts asked about, CONTACT, and what is known about each of them."""

    contact: Records
    zone: Records
    change: Records
    circumstance: Records
    consent: Records
    busy: Records
    past: Records
