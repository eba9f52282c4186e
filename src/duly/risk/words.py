"""A text in the two languages that people are answered in."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """The same thing said in English and in Chinese."""

    en: str
    zh: str

    def as_json(self) -> dict[str, str]:
        """{"en": …, "zh": …}"""
        return {"en": self.en, "zh": self.zh}


def words_of(given: Mapping[str, str]) -> Words:
    """The words in a table {en, zh}."""
    return Words(given["en"], given["zh"])
