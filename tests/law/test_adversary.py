"""An adversary plans contacts for lender and agencies against the gate, and an independent checker judges what got
through.

A schedule is a person, a pack and a run of steps: time passes (minutes, days, or exactly to the instant that the gate
named), circumstances come and go, consents are given and taken back, the person writes or calls. A contact is
planned, the world may change, and the gate is asked again in the moment of sending; what it allows is made.
"""

import datetime
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duly.law.door import decide_json
from law_checker import Made, Person, broken

START = datetime.datetime(2026, 3, 2, 9, tzinfo=datetime.UTC)
ZONES = [
    ["Asia/Shanghai"],
    ["America/New_York"],
    ["America/New_York", "America/Los_Angeles"],
    ["Asia/Shanghai", "Asia/Kolkata"],
]
CIRCUMSTANCES = ("disputed", "complaint_open", "bankrupt", "cease_requested", "represented", "deceased", "unreachable")
PARTIES = (("in_house", "Lender"), ("agency", "First"), ("agency", "Second"))
CHANNELS = ("voice", "voice", "voice", "sms", "email", "letter", "visit", "chat")
RELATIONS = ("debtor",) * 8 + ("attorney", "contact_person", "executor", "guarantor")
PURPOSES = ("reminder",) * 4 + ("notice", "legal", "locate", "reply")
OUTCOMES = {
    "voice": ("attempted", "connected", "conversation", "not_connected", "refused"),
    "visit": ("attempted", "conversation", "refused"),
    "chat": ("delivered", "conversation"),
}
MICROSECOND = datetime.timedelta(microseconds=1)


class World:
    """One schedule as it unfolds."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.pack = chance.choice(("base", "cn", "us"))
        # In March summer time begins in America: some schedules run over that night.
        self.now = START + datetime.timedelta(minutes=chance.randrange(14 * 24 * 60))
        self.person = Person(list(chance.choice(ZONES)))
        self.log: list[Made] = []

    def question(self, one: Made) -> dict[str, Any]:
        return {
            "pack": self.pack,
            "contact": {
                "at": one.at.isoformat(),
                "channel": one.channel,
                "by": {"kind": one.kind, "name": one.name},
                "to": {"relation": one.relation, "id": one.third},
                "purpose": one.purpose,
            },
            "person": {
                "time_zones": self.person.zones,
                "circumstances": sorted(self.person.circumstances),
                "consents": [
                    {"kind": kind, "to": to, "given_at": given.isoformat()} for kind, to, given in self.person.consents
                ],
                "preferences": {"refused_channels": sorted(self.person.refused)},
            },
            "debt": {"id": one.debt, "days_past_due": 10, "status": "open"},
            "history": [
                {
                    "at": e.at.isoformat(),
                    "channel": e.channel,
                    "direction": e.direction,
                    "by": {"kind": e.kind, "name": e.name},
                    "to": {"relation": e.relation, "id": e.third},
                    "outcome": e.outcome,
                    "debt": e.debt,
                    "with_consent": e.with_consent,
                }
                for e in self.log
            ],
        }

    def planned(self, direction: str = "out") -> Made:
        chance = self.chance
        kind, name = chance.choice(PARTIES)
        channel = chance.choice(CHANNELS)
        relation = "debtor" if direction == "in" else chance.choice(RELATIONS)
        third = chance.choice(("T1", "T2")) if relation == "contact_person" else None
        outcome = chance.choice(OUTCOMES.get(channel, ("delivered",)))
        if direction == "in":
            outcome = "conversation" if channel in ("voice", "visit", "chat") else "delivered"
        purpose = chance.choice(PURPOSES)
        return Made(
            self.now, channel, direction, kind, name, relation, third, purpose, chance.choice(("D1", "D2")), outcome
        )

    def change(self) -> None:
        chance, person = self.chance, self.person
        what = chance.randrange(6)
        if what == 0:
            person.circumstances ^= {chance.choice(CIRCUMSTANCES)}
        elif what == 1:
            consent = chance.choice(("hours", "calls"))
            person.consents.append((consent, chance.choice(PARTIES)[1], self.now))
        elif what == 2 and person.consents:
            person.consents.pop(chance.randrange(len(person.consents)))
        elif what == 3:
            person.refused ^= {chance.choice(CHANNELS)}
        elif what == 4:
            self.log.append(self.planned("in"))
        else:
            person.circumstances.clear()

    def step(self) -> list[str]:
        """Plan a contact, let the world change, ask again, make it if it is allowed; which rules it broke."""
        chance = self.chance
        self.now += datetime.timedelta(seconds=chance.choice((1, 60, 1800, 7200, 21_600, 43_200, 86_400)))
        one = self.planned()
        answer = decide_json(self.question(one))
        if not answer["allowed"] and answer["next_allowed_at"] and chance.random() < 0.7:
            later = datetime.datetime.fromisoformat(answer["next_allowed_at"])
            one = _at(one, later - MICROSECOND)
            if one.at >= self.now and decide_json(self.question(one))["allowed"]:
                return [f"allowed a microsecond before {later}, which was said to be the first instant"]
            one = _at(one, later)
            if not decide_json(self.question(one))["allowed"]:
                return [f"forbidden at {later}, which was said to be allowed"]
            self.now = later
        if chance.random() < 0.3:
            self.change()
        if not decide_json(self.question(one))["allowed"]:
            return []
        agreed = any((kind, to) == ("calls", one.name) for kind, to, _ in self.person.consents)
        found = broken(self.pack, one, self.person, self.log)
        self.log.append(Made(**{**vars(one), "with_consent": agreed and one.channel == "voice"}))
        return found


def _at(one: Made, at: datetime.datetime) -> Made:
    return Made(**{**vars(one), "at": at})


def run(seed: int, steps: int = 12) -> None:
    world = World(random.Random(seed))
    for _ in range(steps):
        found = world.step()
        assert not found, f"schedule {seed} under {world.pack}: {found}: {world.log[-1:]}"
        if world.chance.random() < 0.3:
            world.change()


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**31))
def test_nothing_that_the_gate_allows_is_unlawful_to_the_checker(seed: int) -> None:
    run(seed)


def test_the_checker_finds_something_in_contacts_that_nobody_asked_the_gate_about() -> None:
    found = 0
    for seed in range(100):
        world = World(random.Random(seed))
        for _ in range(12):
            world.now += datetime.timedelta(hours=7)
            one = world.planned()
            found += bool(broken(world.pack, one, world.person, world.log))
            world.log.append(one)
    assert found > 500


@pytest.mark.soak
def test_a_hundred_thousand_schedules() -> None:
    for seed in range(100_000):
        run(seed)
