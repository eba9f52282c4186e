"""Rules of placement: one TOML file a version, read and checked."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from duly.engine.errors import InputError
from duly.people.models import Circumstance

MILLION = 1_000_000
_FOLDER = Path(__file__).parent
_NUMBERS = ("from_days_late", "through_days_late", "least_overdue", "placed_for_days", "not_again_for_days")


@dataclass(frozen=True)
class PlacementRules:
    """Which cases are placed: days late from–through, at least so much overdue (minor units of the base currency), in
    one of `segments` (empty: any), none with a circumstance of `leave_out`. `shares` are millionths by agency code
    (empty: equal shares)."""

    id: str
    version: int
    from_days_late: int
    through_days_late: int
    least_overdue: int
    segments: tuple[str, ...]
    placed_for_days: int
    not_again_for_days: int
    leave_out: tuple[str, ...]
    shares: tuple[tuple[str, int], ...]


def shipped_text(name: str = "standard-1") -> str:
    """The text of rules that come with Duly."""
    return (_FOLDER / f"{name}.toml").read_text(encoding="utf-8")


def read_rules(text: str) -> PlacementRules:
    """The rules in a text. Raises InputError with the place of the first fault."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the rules cannot be read: {error}", "", "write them as TOML") from error
    fields = set(PlacementRules.__dataclass_fields__)
    for name in sorted(document.keys() ^ fields):
        remedy = "leave it out" if name in document else "write it"
        raise InputError(f"{name} is {'unknown' if name in document else 'missing'}", f"/{name}", remedy)
    for name in ("version", *_NUMBERS):
        if type(document[name]) is not int or document[name] < 0:
            raise InputError(f"{document[name]!r} cannot be", f"/{name}", "give a whole number, not negative")
    if document["through_days_late"] < document["from_days_late"] or not document["placed_for_days"]:
        raise InputError("no case could be placed", "/through_days_late", "let the days rise, and last a day at least")
    for kind in document["leave_out"]:
        if kind not in Circumstance.Kind.values:
            raise InputError(f"{kind!r} is no circumstance", "/leave_out", f"use {', '.join(Circumstance.Kind.values)}")
    return PlacementRules(
        **{name: document[name] for name in ("id", "version", *_NUMBERS)},
        segments=tuple(document["segments"]),
        leave_out=tuple(document["leave_out"]),
        shares=_shares(document["shares"]),
    )


def _shares(found: list[dict[str, Any]]) -> tuple[tuple[str, int], ...]:
    shares = tuple((str(one.get("agency", "")), one.get("share")) for one in found)
    for code, share in shares:
        if not code or type(share) is not int or share <= 0:
            raise InputError("a share has an agency and a positive number", "/shares", "give agency and share")
    if shares and sum(share for _, share in shares) != MILLION:
        raise InputError("the shares are not one in all", "/shares", "let them add up to 1000000")
    if len({code for code, _ in shares}) != len(shares):
        raise InputError("an agency has two shares", "/shares", "name each once")
    return shares
