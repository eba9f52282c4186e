"""Papers: contracts and letters as PDF, set by Typst from figures that the engine worked out and words kept in TOML.

The same figures on the same machine give the same bytes: no clock, a fixed time stamp. Other fonts give other bytes, so
a paper that matters is kept as it was made.
"""

import datetime
import json
import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings

from duly.people.languages import LANGUAGES

_FOLDER = Path(__file__).parent
_ROOT = _FOLDER.parent.parent  # the package: papers of any room find the frame
_LATIN = "Libertinus Serif"  # comes with Typst
_CHINESE = ("Noto Serif CJK SC", "Source Han Serif SC", "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Zen Hei")
_CJK = re.compile("[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


class FontMissingError(Exception):
    """No font on this machine has Chinese characters; the text says what to install."""


def words_of(paper: str, language: str, folder: Path = _FOLDER) -> dict[str, Any]:
    """The words of `paper` (contract, settled) in `language`: one text a name, clauses and names of parts in lists."""
    return _in_language(_words(paper, folder), language)


def typeset(
    paper: str,
    data: Mapping[str, Any],
    language: str,
    on: datetime.date,
    folder: Path = _FOLDER,
    files: Mapping[str, bytes] | None = None,
) -> bytes:
    """`paper` filled in with `data`, stamped with the day `on`. Raises FontMissingError.

    Other rooms keep papers in a `folder` of their own, which import the frame as "/borrowing/papers/frame.typ". A paper
    shows the pages of `files` (PDF), which it finds in its data under their names.
    """
    told = {**data, "language": language, "lender": settings.DULY_LENDER}
    told["fonts"] = _fonts(bool(_CJK.search(json.dumps(told, ensure_ascii=False))))
    told["files"] = {name: list(content) for name, content in (files or {}).items()}
    return typst.compile(
        folder / f"{paper}.typ",
        root=_ROOT,
        format="pdf",
        sys_inputs={"data": json.dumps(told, ensure_ascii=False)},
        font_paths=_fonts_on_this_machine(),
        # A paper that shows others cannot vouch for how accessible those are.
        pdf_standards=None if files else "ua-1",
        timestamp=datetime.datetime.combine(on, datetime.time(), datetime.UTC),
    )


def _fonts(chinese: bool) -> list[str]:
    there = set(_fonts_on_this_machine().families())
    found = [name for name in _CHINESE if name in there][:1]
    if chinese and not found:
        raise FontMissingError("papers with Chinese characters need a font that has them: install fonts-noto-cjk")
    return [_LATIN, *found]


@lru_cache
def _fonts_on_this_machine() -> typst.Fonts:
    return typst.Fonts()


@lru_cache
def _words(paper: str, folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / f"{paper}.toml").read_text(encoding="utf-8"))


def _in_language(found: Any, language: str) -> Any:
    if isinstance(found, list):
        return [_in_language(one, language) for one in found]
    if set(found) == set(LANGUAGES):
        return found[language]
    # A clause has a title besides its text.
    rest = {name: _in_language(one, language) for name, one in found.items() if name not in LANGUAGES}
    return {**rest, "text": found[language]} if language in found else rest
