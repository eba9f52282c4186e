"""Deciding a table gives what deciding each row alone gives, and a wrong table is refused with its place."""

import datetime
import random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_adversary import World

from duly.engine.errors import InputError
from duly.law.bulk import decide_many
from duly.law.door import decide_json


def questions(seed: int, count: int = 12) -> list[dict]:
    """Questions of many sorts, some of them with words that nobody knows."""
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        world = World(chance)
        for _ in range(chance.randrange(12)):
            world.now += datetime.timedelta(hours=chance.randrange(1, 40))
            world.log.append(world.planned(chance.choice(("out", "out", "in"))))
            world.change()
        asked = world.question(world.planned())
        asked["pack"] = chance.choice(("base", "cn", "us", "us-ma", "in", "id", "ph", "uk", "eu", "ng"))
        if chance.random() < 0.1:
            asked["contact"]["channel"] = "telepathy"
        if chance.random() < 0.1:
            asked["person"]["time_zones"] = chance.choice(([], ["Atlantis/Capital"]))
        asked["debt"]["status"] = chance.choice(("open", "open", "paid", "mislaid"))
        asked["debt"]["days_past_due"] = chance.randrange(100)
        asked["person"]["preferences"]["inconvenient_hours"] = chance.choice(
            ([], [["09:00", "11:00"], ["22:00", "02:00"]])
        )
        chance.shuffle(asked["history"])
        made.append(asked)
    return made


def alone(asked: dict) -> dict:
    answer = decide_json(asked)
    later = answer["next_allowed_at"]
    return {
        "allowed": answer["allowed"],
        "next_allowed_at": None if later is None else datetime.datetime.fromisoformat(later),
        "must_include": answer["must_include"],
        "failed": [rule["id"] for rule in answer["rules"] if rule["result"] == "fail"],
    }


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31))
def test_a_table_is_decided_as_each_of_its_rows(seed: int) -> None:
    asked = questions(seed)
    assert decide_many(pa.Table.from_pylist(asked)).to_pylist() == [alone(one) for one in asked]


def test_circumstances_and_consents_may_be_words_alone() -> None:
    asked = questions(1, 1)[0]
    asked["person"] |= {
        "circumstances": ["disputed"],
        "consents": ["hours", "unheard_of"],
        "time_zones": ["Asia/Tokyo"],
    }
    assert decide_many(pa.Table.from_pylist([asked])).to_pylist() == [alone(asked)]


def test_a_field_that_is_not_known_is_not_allowed() -> None:
    asked = questions(2, 1)[0]
    asked["person"]["mood"] = "sad"
    answer = decide_many(pa.Table.from_pylist([asked])).to_pylist()[0]
    assert "base.understood" in answer["failed"]
    assert answer == alone(asked)


@pytest.mark.parametrize(
    ("place", "value", "where"),
    [("at", "soon", "/contact/at"), ("at", "1912-01-01T00:00:00Z", "/0/contact/at"), ("by", None, "/0/contact/by")],
)
def test_a_malformed_table_is_refused_with_its_place(place: str, value: object, where: str) -> None:
    asked = questions(3, 1)[0]
    asked["contact"][place] = value
    with pytest.raises(InputError) as error:
        decide_many(pa.Table.from_pylist([asked]))
    assert error.value.where == where
