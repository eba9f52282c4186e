"""The gate's loops: which rules apply, what each says at an instant, and the first instant that all of them allow.

The next allowed instant is computed, not searched for. Each rule names the first instant from `at` on that it does not
forbid. A contact that every rule allows cannot come before the latest of these, so the gate moves there and asks again,
until no rule moves it any further. Between two changes of circumstance, consent or law each rule's answer
depends on the clock alone; the gate never steps over such a change without stopping at it.
"""

import numpy as np
import numpy.typing as npt

from duly.engine.compiled import compiled
from duly.law.clock import DAY, day_begins, local_day
from duly.law.columns import NEVER, NO_DAY, UNKNOWN, Int64, Records, Row
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
HEEDS_THE_CLOCK = sum(1 << kind for kind in (HOURS, HOLIDAYS, FREQUENCY, COOLING, PREFERENCE, REPLY, PRECEDED))
# Zones whose hours never meet would be walked for ever; two stops a day, this is beyond a year.
_MOST_STEPS = 1000
_VOICE = CHANNELS.index("voice")
_CONVERSATION = OUTCOMES.index("conversation")


@compiled()
def holds(contact: Row, circumstance: Records, bits: int, at: int) -> bool:
    """Whether one of the circumstances in `bits` is in force at `at`."""
    for k in range(contact["first_circumstance"], contact["last_circumstance"]):
        if bits >> circumstance[k]["kind"] & 1 and circumstance[k]["since"] <= at < circumstance[k]["until"]:
            return True
    return False


@compiled()
def within(bits: int, code: int) -> bool:
    """Whether a code is in a set; what is unknown is in every set, so that no rule lets it by."""
    return code < 0 or (bits >> code & 1) == 1


@compiled()
def in_force(rule: Row, contact: Row, at: int, zone: Records, change: Records) -> bool:
    """Whether the date, in any of the person's zones, is within the rule's dates of effect."""
    begins, ends = rule["begins"], rule["ends"]
    first, last = contact["first_zone"], contact["last_zone"]
    if first == last:
        return begins <= at // DAY and (ends == NO_DAY or at // DAY < ends)
    for k in range(first, last):
        day = local_day(change, zone[k], at)
        if begins <= day and (ends == NO_DAY or day < ends):
            return True
    return False


@compiled()
def applies(rule: Row, contact: Row, at: int, zone: Records, change: Records, circumstance: Records) -> bool:
    """Whether the rule is about such a contact at all."""
    return (
        within(rule["channels"], contact["channel"])
        and within(rule["purposes"], contact["purpose"])
        and within(rule["parties"], contact["party_kind"])
        and within(rule["relations"], contact["relation"])
        and rule["dpd_from"] <= contact["days_past_due"] < rule["dpd_below"]
        and ((rule["begins"] == NO_DAY and rule["ends"] == NO_DAY) or in_force(rule, contact, at, zone, change))
        and (rule["when"] == 0 or holds(contact, circumstance, rule["when"], at))
        and not (rule["lifted_by"] != 0 and holds(contact, circumstance, rule["lifted_by"], at))
    )


@compiled()
def consent_ends(rule: Row, contact: Row, given: Row, zone: Records, change: Records) -> int:
    """The instant at which the consent `given` stops lifting a rule by the passing of time."""
    ends = given["until"]
    if rule["consent_days"]:
        for z in range(contact["first_zone"], contact["last_zone"]):
            last = local_day(change, zone[z], given["given"]) + rule["consent_days"]
            ends = min(ends, day_begins(change, zone[z], last))
    return ends


@compiled()
def agreed(rule: Row, contact: Row, at: int, zone: Records, change: Records, consent: Records, past: Records) -> bool:
    """Whether the person has agreed to what the rule would forbid, and that still counts."""
    if rule["consent"] == UNKNOWN:
        return False
    for k in range(contact["first_consent"], contact["last_consent"]):
        if consent[k]["kind"] != rule["consent"]:
            continue
        given = consent[k]["given"]
        # A consent that must be young, or unused since, is none when nobody knows when it was given.
        if given == NEVER and (rule["consent_days"] or rule["consent_once"]):
            continue
        if given != NEVER and given > at:
            continue
        if rule["consent_direct"] and (consent[k]["party"] < 0 or consent[k]["party"] != contact["party"]):
            continue
        if at >= consent_ends(rule, contact, consent[k], zone, change):
            continue
        if rule["consent_once"] and _spoken_since(contact, past, given):
            continue
        return True
    return False


@compiled()
def _spoken_since(contact: Row, past: Records, given: int) -> bool:
    row = contact["last_past"] - 1
    while row >= contact["first_past"] and past[row]["at"] > given:
        if within(1 << _VOICE, past[row]["channel"]) and within(1 << _CONVERSATION, past[row]["outcome"]):
            return True
        row -= 1
    return False


@compiled()
def earliest(
    rule: Row, holiday: Int64, contact: Row, at: int, zone: Records, change: Records, busy: Records, past: Records
) -> int:
    """The first instant from `at` on that a rule of a kind which heeds the clock does not forbid."""
    kind, figures = rule["kind"], rule["figures"]
    if kind == HOURS:
        return hours.earliest(figures, contact, at, zone, change)
    if kind in (FREQUENCY, COOLING):
        return frequency.earliest(figures, contact, at, zone, change, past)
    if kind == HOLIDAYS:
        start, end = rule["first_holiday"], rule["last_holiday"]
        return holidays.earliest(figures, holiday, start, end, contact, at, zone, change)
    if kind == REPLY:
        return reply.earliest(figures, contact, at, past)
    if kind == PRECEDED:
        return preceded.earliest(figures, contact, at, past)
    return preference.earliest(figures, contact, at, zone, change, busy)


@compiled()
def permits(rule: Row, contact: Row, at: int, circumstance: Records) -> bool:
    """Whether a rule of a kind that no clock moves lets the contact by; its figure is a set."""
    kind, bits = rule["kind"], rule["figures"][0]
    if kind == UNDERSTOOD:
        return contact["understood"]
    if kind == TIME_ZONE:
        return contact["first_zone"] < contact["last_zone"]
    if kind == RELATION:
        return contact["relation"] >= 0 and bits >> contact["relation"] & 1 == 1
    if kind == PURPOSE:
        return contact["purpose"] >= 0 and bits >> contact["purpose"] & 1 == 1
    if kind == STATUS:
        return contact["status"] >= 0 and bits >> contact["status"] & 1 == 1
    if kind == CIRCUMSTANCE:
        return not holds(contact, circumstance, bits, at)
    if kind == REQUIRES:
        return holds(contact, circumstance, bits, at)
    if kind == DISPUTE:
        return not _disputed_in_time(contact, circumstance, bits, at)
    return True


@compiled()
def _disputed_in_time(contact: Row, circumstance: Records, bits: int, at: int) -> bool:
    for k in range(contact["first_circumstance"], contact["last_circumstance"]):
        since = circumstance[k]["since"]
        if (
            bits >> circumstance[k]["kind"] & 1
            and since <= at < circumstance[k]["until"]
            and since < contact["dispute_window_ends"]
        ):
            return True
    return False


@compiled()
def examine(
    rule: Records,
    holiday: Int64,
    contact: Records,
    zone: Records,
    change: Records,
    circumstance: Records,
    consent: Records,
    busy: Records,
    past: Records,
    i: int,
    at: int,
    results: Int64,
    until: Int64,
) -> int:
    """Ask every rule about contact `i` at `at`: results[r] and the first instant until[r] that it does not forbid.

    Gives the latest of those instants: `at` itself when the contact is allowed.
    """
    latest = at
    spoken = 0
    asked = contact[i]
    for r in range(len(rule)):
        one = rule[r]
        results[r] = NOT_APPLICABLE
        until[r] = at
        if not applies(one, asked, at, zone, change, circumstance):
            continue
        if one["is_base"] and spoken >> one["subject"] & 1:
            results[r] = SPOKEN_FOR
            continue
        if one["speaks"]:
            spoken |= 1 << one["subject"]
        if one["consent"] != UNKNOWN and agreed(one, asked, at, zone, change, consent, past):
            results[r] = AGREED
            continue
        if HEEDS_THE_CLOCK >> one["kind"] & 1:
            until[r] = earliest(one, holiday, asked, at, zone, change, busy, past)
        elif not permits(one, asked, at, circumstance):
            until[r] = NEVER
        results[r] = PASS if until[r] == at else FAIL
        latest = max(latest, until[r])
    return latest


@compiled()
def next_change(
    rule: Records,
    asked: Row,
    at: int,
    zone: Records,
    change: Records,
    circumstance: Records,
    consent: Records,
) -> int:
    """The first instant after `at` at which a circumstance, a consent or a rule begins or ends; NEVER if none does."""
    found = NEVER
    for k in range(asked["first_circumstance"], asked["last_circumstance"]):
        found = _sooner(found, circumstance[k]["since"], at)
        found = _sooner(found, circumstance[k]["until"], at)
    for r in range(len(rule)):
        one = rule[r]
        if one["consent"] != UNKNOWN:
            for k in range(asked["first_consent"], asked["last_consent"]):
                if consent[k]["given"] != NEVER:
                    found = _sooner(found, consent[k]["given"], at)
                    found = _sooner(found, consent_ends(one, asked, consent[k], zone, change), at)
                else:
                    found = _sooner(found, consent[k]["until"], at)
        for day in (one["begins"], one["ends"]):
            if day != NO_DAY:
                found = _sooner(found, day * DAY, at)
                for z in range(asked["first_zone"], asked["last_zone"]):
                    found = _sooner(found, day_begins(change, zone[z], day), at)
    return found


@compiled()
def _sooner(found: int, candidate: int, at: int) -> int:
    return candidate if at < candidate < found else found


@compiled()
def next_allowed(
    rule: Records,
    holiday: Int64,
    contact: Records,
    zone: Records,
    change: Records,
    circumstance: Records,
    consent: Records,
    busy: Records,
    past: Records,
    i: int,
    at: int,
    latest: int,
    results: Int64,
    until: Int64,
) -> int:
    """The first instant from `at` on at which no rule forbids contact `i`; NEVER when time alone will not bring it.

    `latest` and `results` are what `examine` found at `at`; `results` and `until` are written over.
    """
    asked = contact[i]
    ends = next_change(rule, asked, at, zone, change, circumstance, consent)
    for _ in range(_MOST_STEPS):
        if latest == at or (latest == NEVER and ends == NEVER):
            return latest
        if latest < ends:
            # Nothing begins or ends until then: the same rules apply, and only those that heed the clock can move.
            at = latest
            for r in range(len(rule)):
                if results[r] in (PASS, FAIL) and HEEDS_THE_CLOCK >> rule[r]["kind"] & 1:
                    later = earliest(rule[r], holiday, asked, at, zone, change, busy, past)
                    latest = max(latest, later)
        else:
            at = ends
            latest = examine(
                rule, holiday, contact, zone, change, circumstance, consent, busy, past, i, at, results, until
            )
            ends = next_change(rule, asked, at, zone, change, circumstance, consent)
    return NEVER


@compiled()
def decide_rows(
    rule: Records,
    holiday: Int64,
    contact: Records,
    zone: Records,
    change: Records,
    circumstance: Records,
    consent: Records,
    busy: Records,
    past: Records,
    rows: Int64,
    allowed: npt.NDArray[np.bool_],
    next_at: Int64,
    items: Int64,
    failed: Int64,
) -> None:
    """Decide the contacts of `rows` into the output columns; failed[i] has the failing rules as bits, BITS a column."""
    results = np.empty(len(rule), np.int64)
    until = np.empty(len(rule), np.int64)
    for i in rows:
        at = contact[i]["at"]
        latest = examine(rule, holiday, contact, zone, change, circumstance, consent, busy, past, i, at, results, until)
        must = 0
        for r in range(len(rule)):
            if results[r] == FAIL:
                failed[i, r // BITS] |= 1 << (r % BITS)
            elif results[r] == PASS and rule[r]["kind"] == MUST_INCLUDE:
                must |= rule[r]["figures"][0]
        items[i] = must
        allowed[i] = latest == at
        next_at[i] = at
        if latest > at:
            next_at[i] = next_allowed(
                rule, holiday, contact, zone, change, circumstance, consent, busy, past, i, at, latest, results, until
            )
