"""Kinds `frequency` and `cooling`: at most so many contacts in so many days; none for some days after an event.

`by = "day"` counts whole days on the person's clocks, today being the last: 7 days ending on a Friday began on the
Saturday before. `by = "instant"` counts back from the instant: 7 days are 168 hours. Where the zones disagree, an
earlier contact counts as long as it would in any of them. `days = 0` looks back for ever. What an entry of the
history does not say (its debt, whose call it was) is taken to be the same as the contact's.
"""

from collections.abc import Mapping
from typing import Any

from duly.engine.compiled import compiled
from duly.law.clock import DAY, day_begins, local_day
from duly.law.columns import NEVER, Int64, Records, Row
from duly.law.vocabulary import CHANNELS, DIRECTIONS, OUTCOMES, everything, mask

PER = ("person", "debt")
LIMIT, DAYS, BY_DAY, CHANNEL, DIRECTION, OUTCOME, PER_DEBT, SAME_PARTY, SAME_PERSON, SKIP_CONSENTED = range(10)


def encode(figures: Mapping[str, Any]) -> list[int]:
    """limit, days, by_day, channels, directions, outcomes, per_debt, same_party, same_person, skip_consented."""
    return [
        figures.get("limit", 1),
        figures["days"],
        figures.get("by") == "day",
        mask(figures["channels"], CHANNELS) if "channels" in figures else everything(CHANNELS),
        mask(figures.get("directions", ["out"]), DIRECTIONS),
        mask(figures["outcomes"], OUTCOMES),
        figures["per"] == "debt",
        figures.get("parties", "all") == "same",
        figures.get("third_person", "any") == "same",
        figures.get("consented", "counted") == "not_counted",
    ]


@compiled()
def earliest(figures: Int64, contact: Row, at: int, zone: Records, change: Records, past: Records) -> int:
    """The first instant from `at` on whose window holds fewer than `limit` earlier contacts."""
    days = figures[DAYS]
    if days == 0:
        horizon = -NEVER
    elif figures[BY_DAY]:
        horizon = _window_begins(contact, at, days, zone, change)
        if horizon == NEVER:
            return NEVER
    else:
        horizon = at - days * DAY + 1
    left = figures[LIMIT]
    row = contact["last_past"] - 1
    while row >= contact["first_past"] and past[row]["at"] >= horizon:
        if counts(figures, contact, past[row]):
            left -= 1
            if left <= 0:
                return _leaves(past[row]["at"], figures, contact, zone, change)
        row -= 1
    return at


@compiled()
def counted(figures: Int64, contact: Row, at: int, zone: Records, change: Records, past: Records) -> int:
    """How many earlier contacts the window that ends at `at` holds."""
    days = figures[DAYS]
    horizon = -NEVER
    if days and figures[BY_DAY]:
        horizon = _window_begins(contact, at, days, zone, change)
    elif days:
        horizon = at - days * DAY + 1
    found = 0
    for row in range(contact["first_past"], contact["last_past"]):
        if past[row]["at"] >= horizon and counts(figures, contact, past[row]):
            found += 1
    return found


@compiled()
def counts(figures: Int64, contact: Row, earlier: Row) -> bool:
    """Whether an earlier contact is one of those that the rule counts."""
    return (
        _within(figures[CHANNEL], earlier["channel"])
        and _within(figures[DIRECTION], earlier["direction"])
        and _within(figures[OUTCOME], earlier["outcome"])
        and (not figures[PER_DEBT] or _same(earlier["debt"], contact["debt"]))
        and (not figures[SAME_PARTY] or _same(earlier["party"], contact["party"]))
        and (
            not figures[SAME_PERSON]
            or (_same(earlier["relation"], contact["relation"]) and _same(earlier["person"], contact["person"]))
        )
        and not (figures[SKIP_CONSENTED] and earlier["consented"])
    )


@compiled()
def _within(bits: int, code: int) -> bool:
    return code < 0 or (bits >> code & 1) == 1


@compiled()
def _same(one: int, other: int) -> bool:
    return one < 0 or other < 0 or one == other


@compiled()
def _window_begins(contact: Row, at: int, days: int, zone: Records, change: Records) -> int:
    found = NEVER
    for k in range(contact["first_zone"], contact["last_zone"]):
        found = min(found, day_begins(change, zone[k], local_day(change, zone[k], at) - days + 1))
    return found


@compiled()
def _leaves(event: int, figures: Int64, contact: Row, zone: Records, change: Records) -> int:
    if figures[DAYS] == 0:
        return NEVER
    if not figures[BY_DAY]:
        return event + figures[DAYS] * DAY
    found = event
    for k in range(contact["first_zone"], contact["last_zone"]):
        found = max(found, day_begins(change, zone[k], local_day(change, zone[k], event) + figures[DAYS]))
    return found
