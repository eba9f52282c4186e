"""Commission terms: read and checked, and what one payment earns by them.

Terms are a document: {"tiers": [{"from_days": 1, "rate": 80000}, …], "rounding": "half_even"}. A tier is by the age of
the debt in days at the payment's value date, its rate in millionths of what was paid. A payment earns the tier with the
highest `from_days` that its debt is old enough for, and nothing below the first.
"""

import tomllib
from dataclasses import dataclass
from typing import Any

from duly.engine.errors import InputError

MILLION = 1_000_000
ROUNDINGS = ("half_even", "half_up", "down")


@dataclass(frozen=True)
class Tier:
    """From `from_days` days of age on: `rate` millionths of the amount."""

    from_days: int
    rate: int


@dataclass(frozen=True)
class CommissionTerms:
    """The tiers, youngest first, and how what they earn is rounded to the minor unit."""

    tiers: tuple[Tier, ...]
    rounding: str

    def rate_at(self, age_days: int) -> int:
        """The rate, in millionths, for a debt of `age_days` days; 0 below the first tier."""
        return max((tier for tier in self.tiers if tier.from_days <= age_days), key=_from_days, default=Tier(0, 0)).rate

    def earned(self, amount: int, age_days: int) -> int:
        """What a payment of `amount` (minor units) on a debt of that age earns, in minor units."""
        return rounded(amount * self.rate_at(age_days), self.rounding)


def rounded(millionths: int, rounding: str) -> int:
    """Millionths of a minor unit (not negative) as whole minor units."""
    whole, rest = divmod(millionths, MILLION)
    if rounding == "half_up":
        return whole + (2 * rest >= MILLION)
    if rounding == "half_even":
        return whole + (2 * rest > MILLION or (2 * rest == MILLION and whole % 2 == 1))
    return whole


def commission_terms(document: dict[str, Any]) -> CommissionTerms:
    """The terms in a document. Raises InputError for anything but tiers of rising age with rates up to 100%."""
    for name in document.keys() - {"tiers", "rounding"}:
        raise InputError(f"commission terms have no {name!r}", f"/commission/{name}", "use tiers and rounding")
    rounding = document.get("rounding", "half_even")
    if rounding not in ROUNDINGS:
        raise InputError(f"{rounding!r} is not a rounding", "/commission/rounding", f"use {', '.join(ROUNDINGS)}")
    found = document.get("tiers")
    if not isinstance(found, list) or not found:
        raise InputError("there are no tiers", "/commission/tiers", "give at least one, from_days and rate")
    tiers = tuple(_tier(one, place) for place, one in enumerate(found))
    ages = [one.from_days for one in tiers]
    if ages != sorted(set(ages)):
        raise InputError("the tiers' ages do not rise", "/commission/tiers", "give the youngest debt first, each once")
    return CommissionTerms(tiers, rounding)


def read_terms(text: str) -> dict[str, Any]:
    """The document of terms written as TOML, checked. Raises InputError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the terms cannot be read: {error}", "/commission", "write them as TOML") from error
    commission_terms(document)
    return document


def _tier(one: Any, place: int) -> Tier:
    where = f"/commission/tiers/{place}"
    if not isinstance(one, dict) or one.keys() != {"from_days", "rate"}:
        raise InputError("a tier has from_days and rate", where, "give both, and nothing else")
    for name, most in (("from_days", 36_500), ("rate", MILLION)):
        if type(one[name]) is not int or not 0 <= one[name] <= most:
            raise InputError(f"{one[name]!r} cannot be", f"{where}/{name}", f"give a whole number from 0 to {most}")
    return Tier(one["from_days"], one["rate"])


def _from_days(tier: Tier) -> int:
    return tier.from_days
