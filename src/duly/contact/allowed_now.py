"""May a borrower be contacted now? The gate's answer for every channel, for collector and borrower alike."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from duly.agencies.models import Agency
from duly.contact.gate import ask_about, what_is_known
from duly.contact.local_time import lender_date, zones_of
from duly.contact.models import Channel, Purpose
from duly.contact.owed import what_is_owed
from duly.law.compose import law_of
from duly.law.kinds.hours import minutes
from duly.people.house import house_packs, packs_in_force
from duly.people.models import Borrower


@dataclass(frozen=True)
class ChannelNow:
    """One channel at an instant. `until` is when the hours of an allowed channel end (None: no rule on hours bears on
    it); `rules` are the gate's, those that do not bear on it left out."""

    channel: Channel
    allowed: bool
    next_allowed_at: datetime.datetime | None
    until: datetime.datetime | None
    rules: tuple[dict[str, Any], ...]

    @property
    def in_the_way(self) -> list[dict[str, Any]]:
        """The rules that forbid it."""
        return [rule for rule in self.rules if rule["result"] == "fail"]


def allowed_now(
    borrower: Borrower,
    now: datetime.datetime,
    language: str,
    *,
    agency: Agency | None = None,
    purpose: str = Purpose.REMINDER,
    days_past_due: int | None = None,
) -> list[ChannelNow]:
    """Whether the lender, or `agency` for it, may contact `borrower` for `purpose` through each channel at `now` (UTC).

    Reasons are in `language`. How late the borrower is gets folded from all facts unless `days_past_due` is given.
    Asks and logs nothing: who then makes a contact has the gate asked again. Three queries, and three for the fold.
    """
    known = what_is_known([borrower.pk], now)[borrower.pk]
    if days_past_due is None:
        owed = what_is_owed(borrower.loans.values("pk"), lender_date(now)).values()
        days_past_due = max((one.days_past_due for one in owed), default=0)
    answers = [
        (channel, ask_about(borrower, channel, purpose, known, days_past_due, now, language, agency))
        for channel in Channel
    ]
    return [
        ChannelNow(
            channel=channel,
            allowed=answer.allowed,
            next_allowed_at=None if answer.allowed else answer.next_allowed_at,
            until=_hours_end(answer.rules, zones_of(borrower.time_zones), now) if answer.allowed else None,
            rules=tuple(rule for rule in answer.rules if rule["result"] != "not_applicable"),
        )
        for channel, answer in answers
    ]


def _hours_end(rules: list[dict[str, Any]], zones: tuple[str, ...], now: datetime.datetime) -> datetime.datetime | None:
    """The first instant at which a rule on hours that lets `now` by will not."""
    closing = _closing_minutes(packs_in_force(), house_packs())
    ends = []
    for rule in rules:
        if rule["result"] == "pass" and rule["id"] in closing:
            for zone in zones:
                local = now.astimezone(ZoneInfo(zone))
                midnight = datetime.datetime.combine(local.date(), datetime.time(), ZoneInfo(zone))
                ends.append((midnight + datetime.timedelta(minutes=closing[rule["id"]])).astimezone(datetime.UTC))
    return min((end for end in ends if end > now), default=None)


@lru_cache
def _closing_minutes(packs: str, house: tuple[Any, ...]) -> Mapping[str, int]:
    return {rule.id: minutes(rule.figures["close"]) for rule in law_of(packs, house).rules if rule.kind == "hours"}
