"""What the gate's loops read: rules, contacts and their histories as columns. One question is a table of one row."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]

NEVER = 2**62
UNKNOWN = -1
NO_DAY = -(2**31)
FIGURES = 12


class Rules(NamedTuple):
    """One row a rule, those of lender and country before those of the base. Sets are bit masks of the vocabulary.

    A rule applies where channel, purpose, party and relation are in its sets, days past due lie in [from, below), one
    of `when` holds (where it names any), none of `lifted_by` does, and the date is in [begins, ends).
    """

    kind: Int64
    subject: Int64
    is_base: npt.NDArray[np.bool_]
    speaks: npt.NDArray[np.bool_]  # stands in the base's place on its subject, where it applies
    channels: Int64
    purposes: Int64
    parties: Int64
    relations: Int64
    dpd_from: Int64
    dpd_below: Int64
    when: Int64
    lifted_by: Int64
    consent: Int64  # the code of the consent that lifts it, or UNKNOWN
    consent_days: Int64  # how many days such a consent is good for, the day it was given the first; 0: no end
    consent_direct: npt.NDArray[np.bool_]  # it must have been given to this collector itself
    consent_once: npt.NDArray[np.bool_]  # it is used up by the next telephone conversation
    begins: Int64  # days since 1970-01-01, local; NO_DAY: always
    ends: Int64  # NO_DAY: never
    figures: Int64  # n × FIGURES, as each kind sets them down
    holiday_start: Int64  # n + 1 offsets
    holiday: Int64  # days since 1970-01-01, ascending


class Contacts(NamedTuple):
    """One row a contact asked about. Instants in microseconds since 1970-01-01 UTC; codes of the vocabulary or UNKNOWN.

    Lists are laid in a row: contact i has elements start[i] to start[i + 1] - 1.
    """

    at: Int64
    channel: Int64
    purpose: Int64
    party_kind: Int64
    party: Int64  # equal numbers are the same collector
    relation: Int64
    person: Int64  # equal numbers are the same third person
    place: Int64
    debt: Int64
    days_past_due: Int64
    status: Int64
    understood: npt.NDArray[np.bool_]  # nothing in the question was unknown
    refused_channels: Int64
    refused_places: Int64
    dispute_window_ends: Int64  # NEVER where it is not known to have ended
    zone_start: Int64
    zone: Int64
    circumstance_start: Int64
    circumstance: Int64
    circumstance_since: Int64
    circumstance_until: Int64
    consent_start: Int64
    consent: Int64
    consent_party: Int64
    consent_given: Int64  # NEVER where it is not known when
    consent_until: Int64
    busy_start: Int64
    busy_from: Int64  # minutes of the local day that the person has named inconvenient
    busy_to: Int64
    history_start: Int64


class History(NamedTuple):
    """One row an earlier contact, by contact asked about, then oldest first."""

    at: Int64
    channel: npt.NDArray[np.int8]
    direction: npt.NDArray[np.int8]
    outcome: npt.NDArray[np.int8]
    relation: npt.NDArray[np.int8]
    consented: npt.NDArray[np.bool_]  # made under a consent to be called
    person: npt.NDArray[np.int32]
    party: npt.NDArray[np.int32]
    debt: npt.NDArray[np.int32]
