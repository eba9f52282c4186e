"""Kinds `frequency` and `cooling`: at most so many contacts in so many days; none for some days after an event.

`by = "day"` counts whole days on the person's clocks, today being the last: 7 days ending on a Friday began on the
Saturday before. `by = "instant"` counts back from the instant: 7 days are 168 hours. Where the zones disagree, an
earlier contact counts as long as it would in any of them. `days = 0` looks back for ever. What an entry of the
history does not say (its debt, whose call it was) is taken to be the same as the contact's.
"""

from collections.abc import Mapping
from typing import Any

from duly.engine.compiled import compiled
from duly.law.clock import DAY, Zones, day_begins, local_day
from duly.law.columns import NEVER, Contacts, History, Int64
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
def earliest(figures: Int64, contacts: Contacts, i: int, history: History, at: int, zones: Zones) -> int:
    """The first instant from `at` on whose window holds fewer than `limit` earlier contacts."""
    days = figures[DAYS]
    if days == 0:
        horizon = -NEVER
    elif figures[BY_DAY]:
        horizon = _window_begins(contacts, i, at, days, zones)
        if horizon == NEVER:
            return NEVER
    else:
        horizon = at - days * DAY + 1
    left = figures[LIMIT]
    row = contacts.history_start[i + 1] - 1
    while row >= contacts.history_start[i] and history.at[row] >= horizon:
        if counts(figures, contacts, i, history, row):
            left -= 1
            if left <= 0:
                return _leaves(history.at[row], figures, contacts, i, zones)
        row -= 1
    return at


@compiled()
def counted(figures: Int64, contacts: Contacts, i: int, history: History, at: int, zones: Zones) -> int:
    """How many earlier contacts the window that ends at `at` holds."""
    days = figures[DAYS]
    horizon = -NEVER
    if days and figures[BY_DAY]:
        horizon = _window_begins(contacts, i, at, days, zones)
    elif days:
        horizon = at - days * DAY + 1
    found = 0
    for row in range(contacts.history_start[i], contacts.history_start[i + 1]):
        if history.at[row] >= horizon and counts(figures, contacts, i, history, row):
            found += 1
    return found


@compiled()
def counts(figures: Int64, contacts: Contacts, i: int, history: History, row: int) -> bool:
    """Whether the earlier contact in `row` is one of those that the rule counts."""
    return (
        _within(figures[CHANNEL], history.channel[row])
        and _within(figures[DIRECTION], history.direction[row])
        and _within(figures[OUTCOME], history.outcome[row])
        and (not figures[PER_DEBT] or _same(history.debt[row], contacts.debt[i]))
        and (not figures[SAME_PARTY] or _same(history.party[row], contacts.party[i]))
        and (
            not figures[SAME_PERSON]
            or (_same(history.relation[row], contacts.relation[i]) and _same(history.person[row], contacts.person[i]))
        )
        and not (figures[SKIP_CONSENTED] and history.consented[row])
    )


@compiled()
def _within(bits: int, code: int) -> bool:
    return code < 0 or (bits >> code & 1) == 1


@compiled()
def _same(one: int, other: int) -> bool:
    return one < 0 or other < 0 or one == other


@compiled()
def _window_begins(contacts: Contacts, i: int, at: int, days: int, zones: Zones) -> int:
    found = NEVER
    for k in range(contacts.zone_start[i], contacts.zone_start[i + 1]):
        zone = contacts.zone[k]
        found = min(found, day_begins(zones, zone, local_day(zones, zone, at) - days + 1))
    return found


@compiled()
def _leaves(event: int, figures: Int64, contacts: Contacts, i: int, zones: Zones) -> int:
    if figures[DAYS] == 0:
        return NEVER
    if not figures[BY_DAY]:
        return event + figures[DAYS] * DAY
    found = event
    for k in range(contacts.zone_start[i], contacts.zone_start[i + 1]):
        zone = contacts.zone[k]
        found = max(found, day_begins(zones, zone, local_day(zones, zone, event) + figures[DAYS]))
    return found
