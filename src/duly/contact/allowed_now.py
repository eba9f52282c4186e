"""May a borrower be contacted now? The gate's answer for every channel, for collector and borrower alike."""

import datetime
from dataclasses import dataclass
from typing import Any

from duly.contact.gate import ask_about, what_is_known
from duly.contact.local_time import lender_date
from duly.contact.models import Channel, Purpose
from duly.contact.owed import what_is_owed
from duly.people.models import Borrower


@dataclass(frozen=True)
class ChannelNow:
    """One channel at an instant. `rules` are the gate's, those that do not bear on it left out."""

    channel: Channel
    allowed: bool
    next_allowed_at: datetime.datetime | None
    rules: tuple[dict[str, Any], ...]

    @property
    def in_the_way(self) -> list[dict[str, Any]]:
        """The rules that forbid it."""
        return [rule for rule in self.rules if rule["result"] == "fail"]


def allowed_now(borrower: Borrower, now: datetime.datetime, language: str) -> list[ChannelNow]:
    """Whether the lender may remind `borrower` through each channel at `now` (UTC), with reasons in `language`.

    Asks and logs nothing: who then makes a contact has the gate asked again. Six queries.
    """
    known = what_is_known([borrower.pk], now)[borrower.pk]
    owed = what_is_owed(borrower.loans.values("pk"), lender_date(now)).values()
    days_past_due = max((one.days_past_due for one in owed), default=0)
    answers = [
        (channel, ask_about(borrower, channel, Purpose.REMINDER, known, days_past_due, now, language))
        for channel in Channel
    ]
    return [
        ChannelNow(
            channel=channel,
            allowed=answer.allowed,
            next_allowed_at=None if answer.allowed else answer.next_allowed_at,
            rules=tuple(rule for rule in answer.rules if rule["result"] != "not_applicable"),
        )
        for channel, answer in answers
    ]
