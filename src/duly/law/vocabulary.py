"""The words that a question to the gate may use. A word's place in its tuple is its code, a set of words a bit mask.

A word that is not here is not understood, and what is not understood is not allowed.
"""

from collections.abc import Iterable, Sequence

CHANNELS = ("voice", "sms", "email", "letter", "app", "visit", "chat")
PURPOSES = ("reminder", "notice", "legal", "locate", "reply")
PARTIES = ("in_house", "agency")
RELATIONS = (
    "debtor", "guarantor", "co_debtor", "spouse", "parent", "guardian", "executor", "successor", "attorney",
    "contact_person", "employer", "relative", "friend", "neighbour", "colleague", "other",
)  # fmt: skip
PLACES = ("home", "work", "other")
CIRCUMSTANCES = (
    "cease_requested", "represented", "disputed", "complaint_open", "bankrupt", "deceased", "incapacitated",
    "hardship", "minor", "breathing_space", "unreachable", "attorney_silent", "time_barred",
    "refuses_to_pay", "vulnerable",
)  # fmt: skip
CONSENTS = ("hours", "holidays", "calls", "third_party")
DIRECTIONS = ("out", "in")
OUTCOMES = (
    "attempted", "connected", "conversation", "not_connected", "delivered", "refused", "undelivered", "read",
)  # fmt: skip
STATUSES = ("open", "overdue", "written_off", "settled", "paid", "cancelled", "discharged", "sold")
# What a rule may require a message to say; contact/wording/parts.toml names the same.
ITEMS = (
    "identification", "creditor", "amount", "due_date", "how_to_pay", "how_to_answer", "contact_details",
    "dispute_rights", "complaint_channel", "opt_out", "debt_collector", "advice", "no_debt_mentioned",
)  # fmt: skip


def mask(words: Iterable[str], vocabulary: Sequence[str]) -> int:
    """The set of `words` as bits: bit n is the n-th word of `vocabulary`. Raises ValueError for a word that is not."""
    bits = 0
    for word in words:
        bits |= 1 << vocabulary.index(word)
    return bits


def everything(vocabulary: Sequence[str]) -> int:
    """All words of `vocabulary` as bits."""
    return (1 << len(vocabulary)) - 1


def words(bits: int, vocabulary: Sequence[str]) -> list[str]:
    """The words whose bits are set, in the order of the vocabulary."""
    return [word for code, word in enumerate(vocabulary) if bits >> code & 1]
