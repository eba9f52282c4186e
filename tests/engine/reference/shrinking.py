"""Where two answers differ, and the smallest case in which they still do."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

NEEDED = {"currency", "principal", "disbursed_on", "annual_rate", "method", "installments"}
NEEDED |= {"kind", "value_date", "amount", "id", "reverses", "component"}
AMOUNTS = ("principal", "interest", "penalty", "fee")


def differences(expected: Any, found: Any, where: str = "") -> list[str]:
    """Each field that differs, as "where: expected, found". A row that asks nothing may have any `paid_on`."""
    if isinstance(expected, dict) and isinstance(found, dict):
        asks_nothing = "paid_on" in expected and not any(set(expected[name]) & set("123456789") for name in AMOUNTS)
        names = [name for name in expected | found if not (name == "paid_on" and asks_nothing)]
        pairs = [(expected.get(name), found.get(name), f"{where}/{name}") for name in names]
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = [(one, other, f"{where}/{at}") for at, (one, other) in enumerate(zip(expected, found, strict=True))]
    else:
        return [] if expected == found else [f"{where}: expected {expected}, found {found}"]
    return [line for one, other, place in pairs for line in differences(one, other, place)]


def smallest(case: dict[str, Any], differs: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """`case` without the facts and fields that the difference does not need."""
    while True:
        for smaller in smaller_ones(case):
            if differs(smaller):
                case = smaller
                break
        else:
            return case


def smaller_ones(case: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for at in range(len(case["facts"])):
        yield without(case, "facts", at)
    if "known_at" in case:
        yield without(case, "known_at")
    for name, value in case["contract"].items():
        if name not in NEEDED:
            yield without(case, "contract", name)
            for inner in value if isinstance(value, dict) else ():
                yield without(case, "contract", name, inner)
    for at, fact in enumerate(case["facts"]):
        for name in fact:
            if name not in NEEDED | {"installments"}:
                yield without(case, "facts", at, name)


def without(case: dict[str, Any], *path: Any) -> dict[str, Any]:
    smaller = copy.deepcopy(case)
    place: Any = smaller
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return smaller
