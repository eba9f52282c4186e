"""A rule pack: a jurisdiction's rules as data, read from TOML. Shipped packs lie beside this file, in packs/."""

import datetime
import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

from duly.engine.errors import InputError
from duly.law.gate import KINDS

# Rules that are no question of a contact: what must happen by when, how much may be charged, what is kept how long.
OTHER_KINDS = ("deadline", "cap", "retention")
LEVELS = ("base", "country", "region", "house")
LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Rule:
    """One rule: what it is about, where it is written, when it is in force [begins, ends), and its figures.

    `applies` narrows the contacts that it is about, `unless` names the consent that lifts it, `lifted_by` the
    circumstances that do. `sure` says how the figures were checked: text, press or recall.
    """

    id: str
    subject: str
    kind: str
    title: Mapping[str, str]
    citation: Mapping[str, str]
    sure: str
    verified: bool
    begins: datetime.date | None
    ends: datetime.date | None
    applies: Mapping[str, Any]
    unless: Mapping[str, Any]
    lifted_by: Sequence[str]
    figures: Mapping[str, Any]
    covers: Sequence[str]  # other ids under which the same rule is known
    note: str

    @property
    def about_contacts(self) -> bool:
        """Whether the gate asks this rule about contacts."""
        return self.kind in KINDS


@dataclass(frozen=True)
class NotEncoded:
    """A rule that no computation can decide, listed with the reason why."""

    id: str
    title: Mapping[str, str]
    citation: Mapping[str, str]
    why: Mapping[str, str]


@dataclass(frozen=True)
class Pack:
    """A pack's rules. `level` says how it composes with others; `digest` is the SHA-256 of its text."""

    name: str
    version: int
    level: str
    title: Mapping[str, str] = field(compare=False)
    within: str
    in_house_as_agency: tuple[str, ...]  # packs whose rules about agencies bind the lender's own department too
    rules: tuple[Rule, ...] = field(compare=False)
    not_encoded: tuple[NotEncoded, ...] = field(compare=False)
    digest: str


def parse_pack(text: str, name: str) -> Pack:
    """The pack in a TOML `text`, called `name` in a question. Raises InputError for what cannot be read."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the pack {name} is not TOML: {error}", "", "correct it at that line") from None
    return read_pack(document, name, hashlib.sha256(text.encode()).hexdigest())


def read_pack(document: Mapping[str, Any], name: str, digest: str = "") -> Pack:
    """The pack in a document that keeps the schema of packs."""
    return Pack(
        name=name,
        version=document["version"],
        level=document["level"],
        title=document["title"],
        within=document.get("within", ""),
        in_house_as_agency=tuple(document.get("in_house_as_agency", ())),
        rules=tuple(_rule(fields) for fields in document.get("rules", ())),
        not_encoded=tuple(
            NotEncoded(fields["id"], fields["title"], _in_both(fields["citation"]), fields["why"])
            for fields in document.get("not_encoded", ())
        ),
        digest=digest,
    )


def _rule(fields: Mapping[str, Any]) -> Rule:
    return Rule(
        id=fields["id"],
        subject=fields.get("subject", fields["id"]),
        kind=fields["kind"],
        title=fields["title"],
        citation=_in_both(fields["citation"]),
        sure=fields["sure"],
        verified=fields["verified"],
        begins=fields.get("from"),
        ends=fields.get("until"),
        applies=fields.get("applies", {}),
        unless=fields.get("unless", {}),
        lifted_by=fields.get("lifted_by", ()),
        figures=fields.get("figures", {}),
        covers=fields.get("covers", ()),
        note=fields.get("note", ""),
    )


def _in_both(citation: str | Mapping[str, str]) -> Mapping[str, str]:
    return dict.fromkeys(LANGUAGES, citation) if isinstance(citation, str) else citation


def shipped_names() -> list[str]:
    """The names of the packs that come with Duly, the base first."""
    names = [path.name.removesuffix(".toml") for path in _folder().iterdir() if path.name.endswith(".toml")]
    return sorted(names, key=lambda name: (name != "base", name))


@lru_cache
def shipped_text(name: str) -> str:
    """The TOML of a shipped pack. Raises InputError when there is none of that name."""
    if name not in shipped_names():
        raise InputError(f"there is no pack {name!r}", "/pack", f"use {', '.join(shipped_names())}")
    text: str = (_folder() / f"{name}.toml").read_text(encoding="utf-8")
    return text


@lru_cache
def shipped_pack(name: str) -> Pack:
    """A shipped pack. Raises InputError when there is none of that name."""
    return parse_pack(shipped_text(name), name)


def _folder() -> Any:
    return resources.files("duly.law") / "packs"
