"""Reading JSON: defaults filled in, choices checked, and every error with a pointer to its place."""

import re
from collections.abc import Mapping
from typing import Any

from duly.engine.errors import InputError

Document = Mapping[str, Any]


def with_defaults(given: object, defaults: dict[str, Any], where: str) -> dict[str, Any]:
    """`given` with the defaults where it is silent; `...` marks what must be given. Raises InputError."""
    if not isinstance(given, Mapping):
        raise InputError(f"{given!r} is not an object", where, "give a JSON object")
    for name in given:
        if name not in defaults:
            raise InputError(f"there is no field {name!r}", f"{where}/{name}", f"use one of: {', '.join(defaults)}")
    values = {}
    for name, default in defaults.items():
        if isinstance(default, dict):
            values[name] = with_defaults(given.get(name, {}), default, f"{where}/{name}")
        elif name in given:
            values[name] = given[name]
        elif default is ...:
            raise InputError(f"{name} is missing", f"{where}/{name}", "every contract must state it")
        else:
            values[name] = default
    return values


def at(values: dict[str, Any], pointer: str) -> object:
    """What a JSON pointer points to."""
    found: Any = values
    for name in pointer[1:].split("/"):
        found = found[name]
    return found


def check_choice(value: object, choices: tuple[object, ...], where: str) -> None:
    """Raise InputError unless `value` is one of `choices`, in type too."""
    if not any(value == choice and type(value) is type(choice) for choice in choices):
        known = ", ".join("null" if choice is None else str(choice) for choice in choices)
        raise InputError(f"{value!r} is not a choice here", where, f"use {known}")


def whole(value: object, where: str, least: int, most: int) -> int:
    """A whole number from `least` to `most`. Raises InputError."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InputError(
            f"{value!r} is not a whole number from {least} to {most}", where, "give a number in that range"
        )
    return value


def period(text: object, where: str) -> tuple[int, str]:
    """How many of which unit a text such as "2 week" says. Raises InputError."""
    found = re.fullmatch(r"([1-9]\d{0,3}) (day|week|month)s?", text) if isinstance(text, str) else None
    if not found:
        raise InputError(f"{text!r} is not a period", where, 'write "1 month", "2 week" or "30 day"')
    return int(found[1]), found[2]


def fields(given: object, needed: set[str], allowed: set[str], where: str, example: str) -> Document:
    """An object that has all of `needed` and nothing beyond `allowed`. Raises InputError."""
    if not isinstance(given, Mapping):
        raise InputError(f"{given!r} is not an object", where, f"give {example}")
    for name in given:
        if name not in allowed:
            raise InputError(f"there is no field {name!r}", f"{where}/{name}", f"give {example}")
    for name in sorted(needed):
        if name not in given:
            raise InputError(f"{name} is missing", where, f"give {example}")
    return given
