"""What protects a person and what each protection does, as data. Pure."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from duly.engine.errors import InputError
from duly.engine.reading import fields, whole
from duly.engine.records import STOPS

_STANDARD = Path(__file__).parent / "standard.toml"
_HEAD = {"alone_days", "at_most_days", "looking_days", "protections"}
_PROTECTION = {"pauses", "stops_playbook", "days"}
KINDS = ("hardship", "breathing_space", "vulnerable", "bankrupt", "deceased", "incapacitated")


@dataclass(frozen=True)
class Protection:
    """What a circumstance does: what it pauses on the loans, whether playbooks rest, for how many days (0: open)."""

    kind: str
    pauses: tuple[str, ...]
    stops_playbook: bool
    days: int


@dataclass(frozen=True)
class HardshipPolicy:
    """How long relief may be granted alone and at all, and every protection by its kind."""

    alone_days: int
    at_most_days: int
    looking_days: int
    protections: Mapping[str, Protection]


def parse_hardship(text: str) -> HardshipPolicy:
    """The policy in `text` (TOML). Raises InputError with a JSON pointer to the field that will not do."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the policy is not TOML: {error}", "", "correct it at that line and column") from None
    given = fields(document, _HEAD, _HEAD, "", "hardship/standard.toml")
    found = given["protections"]
    if not isinstance(found, dict) or set(found) != set(KINDS):
        raise InputError("the protections are others", "/protections", f"give {', '.join(KINDS)}")
    return HardshipPolicy(
        alone_days=whole(given["alone_days"], "/alone_days", 0, 3660),
        at_most_days=whole(given["at_most_days"], "/at_most_days", 1, 3660),
        looking_days=whole(given["looking_days"], "/looking_days", 0, 90),
        protections={kind: _protection(kind, found[kind]) for kind in KINDS},
    )


@lru_cache
def hardship_policy() -> HardshipPolicy:
    """The policy in force: the one that Duly ships."""
    return parse_hardship(_STANDARD.read_text(encoding="utf-8"))


def _protection(kind: str, document: object) -> Protection:
    where = f"/protections/{kind}"
    given = fields(document, _PROTECTION, _PROTECTION, where, "hardship/standard.toml")
    pauses = given["pauses"]
    if not isinstance(pauses, list) or any(one not in STOPS for one in pauses):
        raise InputError(f"{pauses!r} will not do", f"{where}/pauses", f"list any of {', '.join(STOPS)}")
    if not isinstance(given["stops_playbook"], bool):
        raise InputError("this is not true or false", f"{where}/stops_playbook", "write true or false")
    return Protection(kind, tuple(pauses), given["stops_playbook"], whole(given["days"], f"{where}/days", 0, 3660))
