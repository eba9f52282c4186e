"""Caps on cost and rates, and the classes of lateness: figures of the packs that other rooms ask for.

Rates are millionths a year (or a day where the cap's name says so), as everywhere; a cap that is a multiple of
another rate states the multiple in millionths.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from duly.engine.errors import InputError
from duly.law.compose import law_of
from duly.law.pack import Pack, Rule

MILLION = 1_000_000


@dataclass(frozen=True)
class Capped:
    """What one cap says of a figure: within it or not, and the limits that it came to (None: no limit on that side)."""

    rule: Rule
    within: bool
    at_least: int | None
    at_most: int | None


def check_cap(
    of: str,
    figure: int,
    on: datetime.date,
    packs: str,
    base: Mapping[str, int] | None = None,
    house: Sequence[Pack] = (),
) -> list[Capped]:
    """Whether `figure` keeps every cap on `of` (all_in_annual_rate, plan_months, …) in force on `on` under `packs`.

    `base` gives the rates that caps are multiples of: one_year_lpr, contract_annual_rate. A multiple that is not
    whole is rounded towards the stricter side. Raises InputError when a rate that a cap needs is not given.
    """
    found = []
    for rule in _in_force("cap", on, packs, house):
        if rule.figures["of"] != of:
            continue
        low, high = rule.figures.get("at_least"), rule.figures.get("at_most")
        times = rule.figures.get("times")
        if times is not None:
            if times not in (base or {}):
                raise InputError(f"{times} is not given", f"/base/{times}", f"{rule.id} is a multiple of it")
            rate = (base or {})[times]
            low = None if low is None else -(-low * rate // MILLION)
            high = None if high is None else high * rate // MILLION
        within = (low is None or low <= figure) and (high is None or figure <= high)
        found.append(Capped(rule, within, low, high))
    return found


def risk_class(days_past_due: int, on: datetime.date, packs: str, house: Sequence[Pack] = ()) -> str | None:
    """The class that a loan is put in, or worse, for being so late; None when no pack names one."""
    found = None
    for rule in _in_force("classification", on, packs, house):
        for over, name in zip(rule.figures["over_days"], rule.figures["classes"], strict=True):
            if days_past_due > over:
                found = name
    return found


def _in_force(kind: str, on: datetime.date, packs: str, house: Sequence[Pack]) -> list[Rule]:
    return [
        rule
        for pack in law_of(packs, house).packs
        for rule in pack.rules
        if rule.kind == kind and (rule.begins is None or rule.begins <= on) and (rule.ends is None or on < rule.ends)
    ]
