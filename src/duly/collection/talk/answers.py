"""The answers that staff often give, from answers.toml."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources


@dataclass(frozen=True)
class Answer:
    """An answer with its title, each by language (en, zh)."""

    id: str
    title: dict[str, str]
    text: dict[str, str]


@lru_cache
def answers() -> dict[str, Answer]:
    """The answers by id."""
    text = (resources.files("duly.collection.talk") / "answers.toml").read_text(encoding="utf-8")
    return {one["id"]: Answer(**one) for one in tomllib.loads(text)["answers"]}
