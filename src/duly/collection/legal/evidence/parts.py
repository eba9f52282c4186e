"""What a bundle is made of: sections for the paper, and files that stand beside it, each told by whoever knows."""

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from duly.borrowing.words import money_words
from duly.lending.models import Loan
from duly.people.languages import date_in_words
from duly.people.models import Borrower


@dataclass(frozen=True)
class Subject:
    """Whom the bundle is about, which loans, as of which day and instant, and the words of its language."""

    borrower: Borrower
    loans: Sequence[Loan]
    on: datetime.date
    at: datetime.datetime
    language: str
    words: Mapping[str, Any]

    def day(self, on: datetime.date | None) -> str:
        """A day as it is written in the paper; a dash for none."""
        return "–" if on is None else date_in_words(on, self.language)

    def said(self, group: str, word: str) -> str:
        """A word of the record in the paper's language; the word itself where it has none."""
        return str(self.words.get(f"{group}_{word}", word))


@dataclass
class Section:
    """One chapter of the paper. `blocks` are what the Typst template knows how to set: see its functions."""

    title: str
    blocks: list[dict[str, Any]] = field(default_factory=list)

    def text(self, text: str, quiet: bool = False) -> None:
        """A paragraph."""
        self.blocks.append({"kind": "text", "text": text, "quiet": quiet})

    def heading(self, text: str) -> None:
        """A heading within the chapter."""
        self.blocks.append({"kind": "heading", "text": text})

    def pairs(self, rows: Sequence[tuple[str, str]]) -> None:
        """Names and values."""
        told = [{"name": name, "value": value, "strong": False} for name, value in rows]
        self.blocks.append({"kind": "pairs", "rows": told})

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[str]) -> None:
        """A table; `widths` are those of Typst, as "auto" or "2fr"; a column whose width is "auto" is set right."""
        self.blocks.append({"kind": "table", "columns": list(columns), "rows": list(rows), "widths": list(widths)})

    def file(self, name: str, pages: int) -> None:
        """The pages of a PDF of the bundle."""
        self.blocks.append({"kind": "file", "name": name, "pages": pages})


@dataclass
class Gathered:
    """Everything of a bundle: the chapters in order, and the files by name."""

    sections: list[Section] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)

    def add_json(self, name: str, content: Any) -> None:
        """Put data into the bundle for programs."""
        text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, default=plain)
        self.files[name] = text.encode()


def plain(value: Any) -> Any:
    """A value of the record as JSON has it."""
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value)


def money(minor: int | None, currency: str) -> str:
    """An amount; a dash for none."""
    return "–" if minor is None else money_words(minor, currency)


def instant(at: datetime.datetime | None) -> str:
    """An instant to the second in UTC, as evidence needs it; a dash for none."""
    return "–" if at is None else f"{at.astimezone(datetime.UTC):%Y-%m-%d %H:%M:%S} UTC"
