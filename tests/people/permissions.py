"""Every address there is, found by asking the URL resolver, and the table of who may do what with it, read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.urls import get_resolver
from django.urls.resolvers import URLResolver

from duly.people.roles import STAFF, Role

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ANYONE, SIGNED_IN, NOBODY = "anyone", "signed-in", "programs"
TABLE = Path(__file__).with_name("permissions.txt")
# Something that stands for each parameter of an address; nothing on record is called so.
SAMPLES = {
    "business_date": "2026-01-01",
    "number": "999999",
    "call": "999999",
    "task": "999999",
    "pk": "999999",
    "object_id": "999999",
    "version": "1",
}


@dataclass(frozen=True)
class Address:
    """One address: how it is written in the resolver, and the view behind it."""

    route: str
    view: Any

    @property
    def path(self) -> str:
        """An address that leads there."""
        named = re.sub(
            r"<(?:\w+:)?(\w+)>", lambda parameter: SAMPLES.get(parameter[1], "none"), self.route.replace("^", "")
        )
        return "/" + named.removesuffix("$")


def addresses() -> list[Address]:
    """Every address, in the order in which they are tried."""
    return list(_walk(get_resolver().url_patterns, ""))


def _walk(patterns: list[Any], prefix: str) -> Iterator[Address]:
    for one in patterns:
        route = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _walk(one.url_patterns, route)
        else:
            yield Address(route, one.callback)


@dataclass(frozen=True)
class Entry:
    """One line of the table: methods of a route, and who may use them: roles, or one of the words above."""

    methods: frozenset[str]
    route: str
    who: frozenset[str]

    def lets(self, role: str | None) -> bool:
        """Whether somebody with `role` alone (None: nobody in particular) may."""
        if ANYONE in self.who:
            return True
        if role is None:
            return False
        return SIGNED_IN in self.who or role in self.who


def table() -> list[Entry]:
    """The table, line by line. Raises ValueError for a line that means nothing."""
    entries = []
    for number, line in enumerate(TABLE.read_text("utf-8").splitlines(), start=1):
        text = line.split("#")[0].strip()
        if not text:
            continue
        methods, route, who = (part.strip() for part in text.split("|"))
        words = frozenset(word for part in who.split() for word in (STAFF if part == "staff" else [part]))
        if unknown := set(methods.split()) - set(METHODS) | words - set(Role) - {ANYONE, SIGNED_IN, NOBODY}:
            raise ValueError(f"{TABLE.name}:{number}: {', '.join(sorted(unknown))}")
        entries.append(Entry(frozenset(methods.split()), "" if route == "/" else route, words))
    return entries
