"""What a lender lets be agreed in a plan, as data: bands of lateness and amount, each with its limits."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from duly.engine.errors import InputError
from duly.engine.money import parse_money, parse_rate
from duly.engine.position import COMPONENTS
from duly.engine.reading import check_choice, fields, whole

MAX_INSTALLMENTS = 60
MILLION = 1_000_000
CONTRACT_RATE = "contract"
_STANDARD = Path(__file__).parent / "standard.toml"
WHEN_BROKEN = ("reverse", "stand")
_HEAD = {
    "id",
    "version",
    "valid_for_days",
    "first_due_within_days",
    "first_payment_within_days",
    "at_risk_after_days",
    "broken_after_days",
    "when_broken",
    "discount_rate",
    "bands",
}
_BAND = {
    "id",
    "days_past_due",
    "owed_up_to",
    "max_installments",
    "least_installment",
    "down_payment",
    "present_value",
    "annual_rate",
    "capitalise",
    "waive",
}


@dataclass(frozen=True)
class Band:
    """The limits for loans that are `days_past_due` (both ends in it) late and owe up to `owed_up_to`.

    Money in minor units of the currency that the policy was read for; shares and rates in millionths.
    `annual_rate` is None where the contract's rate stays.
    """

    id: str
    days_past_due: tuple[int, int]
    owed_up_to: int
    max_installments: int
    least_installment: int
    down_payment: int
    present_value: int
    annual_rate: int | None
    capitalise: tuple[str, ...]
    waive: Mapping[str, int]


@dataclass(frozen=True)
class PlanPolicy:
    """A version of what may be agreed. `discount_rate` in millionths a year.

    A plan lapses when its first payment has not come `first_payment_within_days` after it was agreed; an installment
    of it that is late by more than `at_risk_after_days` puts it at risk, by more than `broken_after_days` breaks it.
    `when_broken`: "reverse" takes back what the plan changed, "stand" leaves the loan on its new terms.
    """

    id: str
    version: int
    valid_for_days: int
    first_due_within_days: int
    first_payment_within_days: int
    at_risk_after_days: int
    broken_after_days: int
    when_broken: str
    discount_rate: int
    bands: tuple[Band, ...]

    def band(self, days_past_due: int, owed: int) -> Band | None:
        """The first band that fits a loan `days_past_due` late that owes `owed`; None where nothing may be agreed."""
        for one in self.bands:
            if one.days_past_due[0] <= days_past_due <= one.days_past_due[1] and owed <= one.owed_up_to:
                return one
        return None


def parse_policy(text: str, currency_decimals: int = 2) -> PlanPolicy:
    """The policy in `text` (TOML), its money in minor units of a currency with so many decimals.

    Raises InputError with a JSON pointer to the field that will not do.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the policy is not TOML: {error}", "", "correct it at that line and column") from None
    given = fields(document, _HEAD, _HEAD, "", "plans/standard.toml")
    if not isinstance(given["bands"], list) or not given["bands"]:
        raise InputError("there are no bands", "/bands", "give at least one [[bands]]")
    check_choice(given["when_broken"], WHEN_BROKEN, "/when_broken")
    at_risk = whole(given["at_risk_after_days"], "/at_risk_after_days", 0, 90)
    return PlanPolicy(
        id=str(given["id"]),
        version=whole(given["version"], "/version", 1, 1_000_000),
        valid_for_days=whole(given["valid_for_days"], "/valid_for_days", 1, 90),
        first_due_within_days=whole(given["first_due_within_days"], "/first_due_within_days", 1, 366),
        first_payment_within_days=whole(given["first_payment_within_days"], "/first_payment_within_days", 1, 30),
        at_risk_after_days=at_risk,
        broken_after_days=whole(given["broken_after_days"], "/broken_after_days", at_risk, 366),
        when_broken=given["when_broken"],
        discount_rate=parse_rate(given["discount_rate"], "/discount_rate"),
        bands=tuple(_band(one, f"/bands/{at}", currency_decimals) for at, one in enumerate(given["bands"])),
    )


@lru_cache
def standard_policy(currency_decimals: int = 2) -> PlanPolicy:
    """The policy that Duly ships."""
    return parse_policy(standard_text(), currency_decimals)


def standard_text() -> str:
    """The text of the policy that Duly ships."""
    return _STANDARD.read_text(encoding="utf-8")


def _band(document: object, where: str, currency_decimals: int) -> Band:
    given = fields(document, _BAND, _BAND, where, "plans/standard.toml")
    late = given["days_past_due"]
    if not isinstance(late, list) or len(late) != 2:
        raise InputError(f"{late!r} is not a pair of days", f"{where}/days_past_due", "write it as [1, 30]")
    first = whole(late[0], f"{where}/days_past_due/0", 0, 100_000)
    rate = given["annual_rate"]
    return Band(
        id=str(given["id"]),
        days_past_due=(first, whole(late[1], f"{where}/days_past_due/1", first, 100_000)),
        owed_up_to=parse_money(given["owed_up_to"], currency_decimals, f"{where}/owed_up_to"),
        max_installments=whole(given["max_installments"], f"{where}/max_installments", 1, MAX_INSTALLMENTS),
        least_installment=parse_money(given["least_installment"], currency_decimals, f"{where}/least_installment"),
        down_payment=_share(given["down_payment"], f"{where}/down_payment"),
        present_value=_share(given["present_value"], f"{where}/present_value"),
        annual_rate=None if rate == CONTRACT_RATE else parse_rate(rate, f"{where}/annual_rate"),
        capitalise=_components(given["capitalise"], f"{where}/capitalise"),
        waive=_waived(given["waive"], f"{where}/waive"),
    )


def _share(text: object, where: str) -> int:
    share = parse_rate(text, where)
    if share > MILLION:
        raise InputError(f"{text!r} is more than the whole", where, 'give a share from "0" to "1"')
    return share


def _components(given: object, where: str) -> tuple[str, ...]:
    if not isinstance(given, list) or any(one not in COMPONENTS[1:] for one in given):
        raise InputError(f"{given!r} will not do", where, "list any of interest, penalty and fee")
    return tuple(given)


def _waived(given: Any, where: str) -> Mapping[str, int]:
    if not isinstance(given, dict) or any(one not in COMPONENTS for one in given):
        raise InputError(f"{given!r} will not do", where, "give shares of principal, interest, penalty or fee")
    return {component: _share(share, f"{where}/{component}") for component, share in given.items()}
