"""How fast the gate decides: one question as JSON, and a million contacts with a hundred earlier ones each.

python -m benchmarks.law [CONTACTS]

Beside it, where it is installed, Cedar (cedarpy) decides the part of the policy that it can express: the hours of one
zone and the circumstances. It has no time zones and counts no events, so the local hour and the counts are worked out
for it beforehand and not timed.
"""

import datetime
import importlib.util
import json
import os
import sys
import time
from typing import Any

import numpy as np

from duly.law.bulk import decide_columns
from duly.law.clock import DAY, SECOND, changes_of, microseconds
from duly.law.columns import BUSY, CIRCUMSTANCE, CONSENT, CONTACT, NEVER, PAST, UNKNOWN, Facts
from duly.law.compose import law_of
from duly.law.door import decide_json
from duly.law.vocabulary import CHANNELS, CIRCUMSTANCES, OUTCOMES

CONTACTS = 1_000_000
EARLIER = 100
MOST_SECONDS = 2.0
MOST_MILLISECONDS = 1.0
ROUNDS = 3
ZONES = ("Asia/Shanghai", "Asia/Urumqi", "America/New_York", "America/Chicago", "Europe/London", "Africa/Lagos")
MONDAY = microseconds(datetime.datetime(2026, 3, 16, tzinfo=datetime.UTC))


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else CONTACTS
    facts = make_facts(count)
    print(f"{count:,} contacts, {len(facts.past):,} earlier ones, {os.cpu_count()} cores\n")
    print("pack      seconds   of the processor   decisions a second   allowed")
    slowest = 0.0
    for pack in ("base", "cn", "us"):
        law = law_of(pack)
        decide_columns(law, facts, np.arange(min(count, 1000)))  # compiled code is loaded
        best, processor, done = float("inf"), float("inf"), None
        for _ in range(ROUNDS):
            started, worked = time.perf_counter(), time.process_time()
            done = decide_columns(law, facts)
            best = min(best, time.perf_counter() - started)
            processor = min(processor, time.process_time() - worked)
        assert done is not None
        slowest = max(slowest, best)
        print(f"{pack:8} {best:8.3f}   {processor:16.3f}   {count / best:18,.0f}   {done.allowed.mean():7.1%}")
    one, worked_on_one = single()
    print(f"\none question as JSON, {EARLIER} earlier contacts, words and all: {one:.3f} ms", end="")
    print(f", of the processor {worked_on_one:.3f} ms")
    cedar()
    within = slowest <= MOST_SECONDS * count / CONTACTS and one <= MOST_MILLISECONDS
    print(f"\n{'within' if within else 'OVER'} {MOST_SECONDS} s a million and {MOST_MILLISECONDS} ms for one")
    return 0 if within else 1


def make_facts(count: int) -> Facts:
    """Contacts of one week at any hour, each with EARLIER of the 60 days before; a circumstance for one in ten."""
    chance = np.random.default_rng(1)
    contact = np.zeros(count, CONTACT)
    contact["at"] = MONDAY + chance.integers(0, 7 * 86_400, count) * SECOND
    contact["channel"] = chance.integers(0, len(CHANNELS), count)
    contact["purpose"] = chance.integers(0, 2, count)
    contact["party_kind"] = chance.integers(0, 2, count)
    contact["party"] = chance.integers(0, 3, count)
    contact["person"] = contact["place"] = UNKNOWN
    contact["days_past_due"] = chance.integers(1, 120, count)
    contact["understood"] = True
    contact["dispute_window_ends"] = NEVER
    tables, change = changes_of(ZONES)
    contact["first_zone"], contact["last_zone"] = np.arange(count), np.arange(1, count + 1)
    known = chance.random(count) < 0.1
    contact["last_circumstance"] = np.cumsum(known)
    contact["first_circumstance"] = contact["last_circumstance"] - known
    circumstance = np.zeros(int(known.sum()), CIRCUMSTANCE)
    words = [CIRCUMSTANCES.index(word) for word in ("disputed", "hardship", "cease_requested")]
    circumstance["kind"] = chance.choice(words, len(circumstance))
    circumstance["since"], circumstance["until"] = -NEVER, NEVER
    contact["last_past"] = np.arange(1, count + 1) * EARLIER
    contact["first_past"] = contact["last_past"] - EARLIER
    # Sixty days in EARLIER steps of about fourteen hours, each shaken: oldest first without a sort of the whole.
    past = np.zeros(count * EARLIER, PAST)
    step = 60 * DAY // EARLIER
    past["at"] = (contact["at"][:, None] - np.arange(EARLIER, 0, -1) * step).reshape(-1)
    past["at"] += chance.integers(0, step // 2, len(past))
    outcomes = np.array([OUTCOMES.index(word) for word in ("attempted", "conversation", "not_connected", "delivered")])
    past["channel"] = chance.integers(0, len(CHANNELS), len(past), np.int8)
    past["direction"] = chance.integers(0, 20, len(past), np.int8) == 0
    past["outcome"] = outcomes[chance.choice(4, len(past), p=(0.5, 0.1, 0.2, 0.2))]
    past["person"] = UNKNOWN
    past["party"] = chance.integers(0, 3, len(past), np.int32)
    past["debt"] = chance.integers(0, 2, len(past), np.int32)
    none = np.zeros(0, CONSENT), np.zeros(0, BUSY)
    return Facts(contact, tables[chance.integers(0, len(ZONES), count)], change, circumstance, *none, past)


def question(hour: int, circumstances: list[str]) -> dict[str, Any]:
    """One question of `duly decide`, with EARLIER earlier contacts."""
    at = datetime.datetime(2026, 3, 16, hour, tzinfo=datetime.UTC)
    by, to = {"kind": "agency", "name": "Agency"}, {"relation": "debtor"}
    return {
        "pack": "cn",
        "contact": {"at": at.isoformat(), "channel": "voice", "by": by, "to": to, "purpose": "reminder"},
        "person": {"time_zones": ["Asia/Shanghai"], "circumstances": circumstances, "consents": [], "preferences": {}},
        "debt": {"id": "1", "days_past_due": 10, "status": "open"},
        "history": [
            {
                "at": (at - datetime.timedelta(hours=14 * number)).isoformat(),
                "channel": "voice",
                "direction": "out",
                "by": by,
                "to": to,
                "outcome": "attempted",
                "debt": "1",
            }
            for number in range(EARLIER, 0, -1)
        ],
    }


def single(rounds: int = 500) -> tuple[float, float]:
    """Milliseconds that one question takes, from parsed JSON to an answer in words: of the clock, of the processor."""
    asked = question(15, [])
    decide_json(asked)
    started, worked = time.perf_counter(), time.process_time()
    for _ in range(rounds):
        decide_json(asked)
    each = 1000 / rounds
    return (time.perf_counter() - started) * each, (time.process_time() - worked) * each


def cedar(rounds: int = 500) -> None:
    """The same, as far as Cedar can express it, one request at a time and in batches."""
    if importlib.util.find_spec("cedarpy") is None:
        print("cedarpy is not installed: no comparison")
        return
    import cedarpy

    policies = """
    permit(principal, action == Action::"contact", resource)
    when { context.minute >= 480 && context.minute < 1320 &&
        context.calls_today < 3 && context.attempts_in_week < 7 };
    forbid(principal, action, resource)
    when { context.circumstances.containsAny(
        ["disputed", "complaint_open", "bankrupt", "deceased", "incapacitated", "minor"]) };
    forbid(principal, action, resource)
    when { context.circumstances.contains("represented") && context.relation != "attorney" };
    forbid(principal, action, resource)
    when { context.circumstances.contains("cease_requested") && context.purpose != "legal" };
    """
    request = {
        "principal": 'Collector::"Agency"',
        "action": 'Action::"contact"',
        "resource": 'Debtor::"1"',
        "context": json.dumps(
            {
                "minute": 1380,
                "calls_today": 0,
                "attempts_in_week": 3,
                "circumstances": [],
                "relation": "debtor",
                "purpose": "reminder",
            }
        ),
    }
    cedarpy.is_authorized(request, policies, [])
    started = time.perf_counter()
    for _ in range(rounds):
        cedarpy.is_authorized(request, policies, [])
    each = (time.perf_counter() - started) / rounds * 1000
    started = time.perf_counter()
    cedarpy.is_authorized_batch([request] * rounds * 10, policies, [])
    batch = (time.perf_counter() - started) / rounds / 10 * 1000
    print(f"cedarpy, 4 policies, hour and counts given to it: {each:.3f} ms; in a batch {batch:.4f} ms each", end="")
    print(f", {1000 / batch:,.0f} a second, without reasons, next instant or histories")


if __name__ == "__main__":
    sys.exit(main())
