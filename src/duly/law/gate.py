"""The gate's loops: which rules apply, what each says at an instant, and the first instant that all of them allow.

The next allowed instant is computed, not searched for. Each rule names the first instant from `at` on that it does not
forbid. A contact that every rule allows cannot come before the latest of these, so the gate moves there and asks again,
until no rule moves it any further. Between two changes of circumstance, consent or law each rule's answer
depends on the clock alone; the gate never steps over such a change without stopping at it.
"""

import numpy as np
import numpy.typing as npt

from duly.engine.compiled import compiled
from duly.law.clock import DAY, Zones, day_begins, local_day
from duly.law.columns import NEVER, NO_DAY, UNKNOWN, Contacts, History, Int64, Rules
from duly.law.kinds import frequency, holidays, hours, preceded, preference, reply
from duly.law.vocabulary import CHANNELS, OUTCOMES

KINDS = (
    "understood", "time_zone", "hours", "holidays", "frequency", "cooling", "relation", "purpose", "status",
    "circumstance", "requires", "dispute", "preference", "reply", "preceded", "must_include",
)  # fmt: skip
(
    UNDERSTOOD, TIME_ZONE, HOURS, HOLIDAYS, FREQUENCY, COOLING, RELATION, PURPOSE, STATUS,
    CIRCUMSTANCE, REQUIRES, DISPUTE, PREFERENCE, REPLY, PRECEDED, MUST_INCLUDE,
) = range(len(KINDS))  # fmt: skip
# SPOKEN_FOR: the country's own rule stands in its place; AGREED: the person's consent lifts it.
NOT_APPLICABLE, PASS, FAIL, SPOKEN_FOR, AGREED = range(5)
BITS = 62
# Zones whose hours never meet would be walked for ever; two stops a day, this is beyond a year.
_MOST_STEPS = 1000
_VOICE = CHANNELS.index("voice")
_CONVERSATION = OUTCOMES.index("conversation")


@compiled()
def holds(contacts: Contacts, i: int, bits: int, at: int) -> bool:
    """Whether one of the circumstances in `bits` is in force at `at`."""
    for k in range(contacts.circumstance_start[i], contacts.circumstance_start[i + 1]):
        if (
            bits >> contacts.circumstance[k] & 1
            and contacts.circumstance_since[k] <= at < contacts.circumstance_until[k]
        ):
            return True
    return False


@compiled()
def within(bits: int, code: int) -> bool:
    """Whether a code is in a set; what is unknown is in every set, so that no rule lets it by."""
    return code < 0 or (bits >> code & 1) == 1


@compiled()
def in_force(rules: Rules, r: int, contacts: Contacts, i: int, at: int, zones: Zones) -> bool:
    """Whether the date, in any of the person's zones, is within the rule's dates of effect."""
    begins, ends = rules.begins[r], rules.ends[r]
    if begins == NO_DAY and ends == NO_DAY:
        return True
    first, last = contacts.zone_start[i], contacts.zone_start[i + 1]
    if first == last:
        return begins <= at // DAY and (ends == NO_DAY or at // DAY < ends)
    for k in range(first, last):
        day = local_day(zones, contacts.zone[k], at)
        if begins <= day and (ends == NO_DAY or day < ends):
            return True
    return False


@compiled()
def applies(rules: Rules, r: int, contacts: Contacts, i: int, at: int, zones: Zones) -> bool:
    """Whether the rule is about such a contact at all."""
    return (
        within(rules.channels[r], contacts.channel[i])
        and within(rules.purposes[r], contacts.purpose[i])
        and within(rules.parties[r], contacts.party_kind[i])
        and within(rules.relations[r], contacts.relation[i])
        and rules.dpd_from[r] <= contacts.days_past_due[i] < rules.dpd_below[r]
        and in_force(rules, r, contacts, i, at, zones)
        and (rules.when[r] == 0 or holds(contacts, i, rules.when[r], at))
        and not (rules.lifted_by[r] != 0 and holds(contacts, i, rules.lifted_by[r], at))
    )


@compiled()
def consent_ends(rules: Rules, r: int, contacts: Contacts, i: int, k: int, zones: Zones) -> int:
    """The instant at which consent `k` stops lifting rule `r` by the passing of time."""
    ends = contacts.consent_until[k]
    if rules.consent_days[r]:
        for z in range(contacts.zone_start[i], contacts.zone_start[i + 1]):
            zone = contacts.zone[z]
            last = local_day(zones, zone, contacts.consent_given[k]) + rules.consent_days[r]
            ends = min(ends, day_begins(zones, zone, last))
    return ends


@compiled()
def agreed(rules: Rules, r: int, contacts: Contacts, i: int, history: History, at: int, zones: Zones) -> bool:
    """Whether the person has agreed to what the rule would forbid, and that still counts."""
    if rules.consent[r] == UNKNOWN:
        return False
    for k in range(contacts.consent_start[i], contacts.consent_start[i + 1]):
        if contacts.consent[k] != rules.consent[r]:
            continue
        given = contacts.consent_given[k]
        # A consent that must be young, or unused since, is none when nobody knows when it was given.
        if given == NEVER and (rules.consent_days[r] or rules.consent_once[r]):
            continue
        if given != NEVER and given > at:
            continue
        if rules.consent_direct[r] and (
            contacts.consent_party[k] < 0 or contacts.consent_party[k] != contacts.party[i]
        ):
            continue
        if at >= consent_ends(rules, r, contacts, i, k, zones):
            continue
        if rules.consent_once[r] and _spoken_since(contacts, i, history, given):
            continue
        return True
    return False


@compiled()
def _spoken_since(contacts: Contacts, i: int, history: History, given: int) -> bool:
    row = contacts.history_start[i + 1] - 1
    while row >= contacts.history_start[i] and history.at[row] > given:
        if within(1 << _VOICE, history.channel[row]) and within(1 << _CONVERSATION, history.outcome[row]):
            return True
        row -= 1
    return False


@compiled()
def earliest(rules: Rules, r: int, contacts: Contacts, i: int, history: History, at: int, zones: Zones) -> int:
    """The first instant from `at` on that a rule which applies does not forbid, other facts staying as they are."""
    kind, figures = rules.kind[r], rules.figures[r]
    if kind == HOURS:
        return hours.earliest(figures, contacts, i, at, zones)
    if kind in (FREQUENCY, COOLING):
        return frequency.earliest(figures, contacts, i, history, at, zones)
    if kind == HOLIDAYS:
        start, end = rules.holiday_start[r], rules.holiday_start[r + 1]
        return holidays.earliest(figures, rules.holiday, start, end, contacts, i, at, zones)
    if kind == REPLY:
        return reply.earliest(figures, contacts, i, history, at)
    if kind == PRECEDED:
        return preceded.earliest(figures, contacts, i, history, at)
    if kind == PREFERENCE:
        return preference.earliest(figures, contacts, i, at, zones)
    return at if _allowed(kind, figures, contacts, i, at) else NEVER


@compiled()
def _allowed(kind: int, figures: Int64, contacts: Contacts, i: int, at: int) -> bool:
    """The kinds that no clock moves: figures[0] is a set."""
    if kind == UNDERSTOOD:
        return contacts.understood[i]
    if kind == TIME_ZONE:
        return contacts.zone_start[i] < contacts.zone_start[i + 1]
    if kind == RELATION:
        return contacts.relation[i] >= 0 and figures[0] >> contacts.relation[i] & 1 == 1
    if kind == PURPOSE:
        return contacts.purpose[i] >= 0 and figures[0] >> contacts.purpose[i] & 1 == 1
    if kind == STATUS:
        return contacts.status[i] >= 0 and figures[0] >> contacts.status[i] & 1 == 1
    if kind == CIRCUMSTANCE:
        return not holds(contacts, i, figures[0], at)
    if kind == REQUIRES:
        return holds(contacts, i, figures[0], at)
    if kind == DISPUTE:
        return not _disputed_in_time(contacts, i, figures[0], at)
    return True


@compiled()
def _disputed_in_time(contacts: Contacts, i: int, bits: int, at: int) -> bool:
    for k in range(contacts.circumstance_start[i], contacts.circumstance_start[i + 1]):
        since = contacts.circumstance_since[k]
        if (
            bits >> contacts.circumstance[k] & 1
            and since <= at < contacts.circumstance_until[k]
            and since < contacts.dispute_window_ends[i]
        ):
            return True
    return False


@compiled()
def examine(
    rules: Rules, contacts: Contacts, i: int, history: History, at: int, zones: Zones, results: Int64, until: Int64
) -> int:
    """Ask every rule about contact `i` at `at`: results[r] and the first instant until[r] that it does not forbid.

    Gives the latest of those instants: `at` itself when the contact is allowed.
    """
    latest = at
    spoken = 0
    for r in range(len(rules.kind)):
        results[r] = NOT_APPLICABLE
        until[r] = at
        if not applies(rules, r, contacts, i, at, zones):
            continue
        if rules.is_base[r] and spoken >> rules.subject[r] & 1:
            results[r] = SPOKEN_FOR
            continue
        if rules.speaks[r]:
            spoken |= 1 << rules.subject[r]
        if agreed(rules, r, contacts, i, history, at, zones):
            results[r] = AGREED
            continue
        until[r] = earliest(rules, r, contacts, i, history, at, zones)
        results[r] = PASS if until[r] == at else FAIL
        latest = max(latest, until[r])
    return latest


@compiled()
def next_change(rules: Rules, contacts: Contacts, i: int, at: int, zones: Zones) -> int:
    """The first instant after `at` at which a circumstance, a consent or a rule begins or ends; NEVER if none does."""
    found = NEVER
    for k in range(contacts.circumstance_start[i], contacts.circumstance_start[i + 1]):
        found = _sooner(found, contacts.circumstance_since[k], at)
        found = _sooner(found, contacts.circumstance_until[k], at)
    for r in range(len(rules.kind)):
        if rules.consent[r] != UNKNOWN:
            for k in range(contacts.consent_start[i], contacts.consent_start[i + 1]):
                if contacts.consent_given[k] != NEVER:
                    found = _sooner(found, contacts.consent_given[k], at)
                    found = _sooner(found, consent_ends(rules, r, contacts, i, k, zones), at)
                else:
                    found = _sooner(found, contacts.consent_until[k], at)
        for day in (rules.begins[r], rules.ends[r]):
            if day != NO_DAY:
                found = _sooner(found, day * DAY, at)
                for z in range(contacts.zone_start[i], contacts.zone_start[i + 1]):
                    found = _sooner(found, day_begins(zones, contacts.zone[z], day), at)
    return found


@compiled()
def _sooner(found: int, candidate: int, at: int) -> int:
    return candidate if at < candidate < found else found


@compiled()
def next_allowed(
    rules: Rules, contacts: Contacts, i: int, history: History, at: int, zones: Zones, results: Int64, until: Int64
) -> int:
    """The first instant from `at` on at which no rule forbids contact `i`; NEVER when time alone will not bring it."""
    for _ in range(_MOST_STEPS):
        latest = examine(rules, contacts, i, history, at, zones, results, until)
        if latest == at:
            return at
        at = min(latest, next_change(rules, contacts, i, at, zones))
        if at == NEVER:
            return NEVER
    return NEVER


@compiled()
def decide_rows(
    rules: Rules,
    contacts: Contacts,
    history: History,
    zones: Zones,
    rows: Int64,
    allowed: npt.NDArray[np.bool_],
    next_at: Int64,
    items: Int64,
    failed: Int64,
) -> None:
    """Decide the contacts of `rows` into the output columns; failed[i] has the failing rules as bits, BITS a column."""
    results = np.empty(len(rules.kind), np.int64)
    until = np.empty(len(rules.kind), np.int64)
    for i in rows:
        at = contacts.at[i]
        latest = examine(rules, contacts, i, history, at, zones, results, until)
        must = 0
        for r in range(len(rules.kind)):
            if results[r] == FAIL:
                failed[i, r // BITS] |= 1 << (r % BITS)
            elif results[r] == PASS and rules.kind[r] == MUST_INCLUDE:
                must |= rules.figures[r, 0]
        items[i] = must
        allowed[i] = latest == at
        next_at[i] = at
        if latest > at:
            resume = min(latest, next_change(rules, contacts, i, at, zones))
            if resume == NEVER:
                next_at[i] = NEVER
            else:
                next_at[i] = next_allowed(rules, contacts, i, history, resume, zones, results, until)
