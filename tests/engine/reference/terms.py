"""A contract and its facts, read from JSON into plain values: money in minor units, rates and shares exact."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

DECIMALS = {
    "JPY": 0,
    "KRW": 0,
    "VND": 0,
    "EUR": 2,
    "USD": 2,
    "CNY": 2,
    "INR": 2,
    "NGN": 2,
    "KWD": 3,
    "BHD": 3,
    "TND": 3,
}
COMPONENTS = ("principal", "interest", "penalty", "fee")
DEFAULT_ORDER = ["penalty", "fee", "interest", "principal"]


def rounded(value: Fraction, mode: str) -> int:
    """`value` as a whole number by `half_even`, `half_up`, `up` or `down` (both of these seen from zero)."""
    sign, (whole, rest) = (-1 if value < 0 else 1), divmod(abs(value.numerator), value.denominator)
    twice = 2 * rest - value.denominator
    grows = {
        "half_even": twice > 0 or (twice == 0 and whole % 2 == 1),
        "half_up": twice >= 0,
        "up": rest > 0,
        "down": False,
    }[mode]
    return sign * (whole + grows)


def rounded_to(value: Fraction, unit: int, mode: str) -> int:
    return rounded(Fraction(value) / unit, mode) * unit


@dataclass
class Terms:
    """What the contract states, with its defaults; `rate`, `every`, `method` and the like may be changed by facts."""

    decimals: int
    principal: int
    disbursed_on: date
    rate: Fraction
    day_count: str
    method: str
    installments: int
    every: tuple[int, str]
    first_due_on: date | None
    daily: bool
    grace_principal: int
    grace_interest: int
    grace_capitalised: bool
    balloon: int
    step_every: int
    step_rate: Fraction
    mode: str
    to: int
    holidays: list[str]
    holiday_rule: str
    fees: list[tuple[str, int]]
    penalty: dict[str, Any]
    penalty_cap: int | None
    penalty_cap_share: Fraction | None
    cost_share: Fraction | None
    cost_rate: Fraction | None
    late_fee: tuple[int, int] | None
    order: list[str]
    by: str
    late_order: tuple[int, list[str], str] | None
    prepayment_reduces: str
    fee_rate: Fraction
    non_accrual_after: int
    tolerance: int
    margin: Fraction
    cooling_off: int | None
    days: str
    month_end: str
    part_month: str
    by_sum: bool
    smooth: bool
    dpd_on_due_day: int
    to_next_due: bool
    broken_period: str

    def money(self, text: Any) -> int:
        return int(Decimal(str(text)).scaleb(self.decimals))

    @property
    def penalty_by_sum(self) -> bool:
        """Under a cap on the yearly cost what a row may bear changes: each stretch of penalty is rounded by itself."""
        return self.by_sum and self.cost_rate is None

    def text(self, amount: int) -> str:
        return format(Decimal(amount).scaleb(-self.decimals), "f")


def terms_of(contract: dict[str, Any]) -> Terms:
    decimals = DECIMALS[contract["currency"]]

    def money(text: Any) -> int:
        return int(Decimal(str(text)).scaleb(decimals))

    def part(name: str) -> dict[str, Any]:
        return contract.get(name) or {}

    conventions, grace, rounding = part("conventions"), part("grace"), part("rounding")
    penalty, cost_cap, late = part("penalty"), part("cost_cap"), part("late_fee")
    allocation, step_up, cap = part("allocation"), part("step_up"), part("penalty").get("cap") or {}
    after = allocation.get("after_days_past_due")
    length, unit = (contract.get("every") or "1 month").split()
    first_due_on = contract.get("first_due_on")
    interest_grace = int(grace.get("interest", 0))
    capitalised = grace.get("interest_is", "deferred") == "capitalised"
    grown = step_up.get("rate")
    return Terms(
        decimals=decimals,
        principal=money(contract["principal"]),
        disbursed_on=date.fromisoformat(contract["disbursed_on"]),
        rate=Fraction(contract["annual_rate"]),
        day_count=contract.get("day_count", "30/360"),
        method=contract["method"],
        installments=contract["installments"],
        every=(int(length), unit),
        first_due_on=date.fromisoformat(first_due_on) if first_due_on else None,
        daily=contract.get("interest", "scheduled") == "daily" or contract["method"] == "open",
        # "capitalised interest makes the balance grow, and principal grace is then at least as long"
        grace_principal=max(int(grace.get("principal", 0)), interest_grace if capitalised else 0),
        grace_interest=interest_grace,
        grace_capitalised=capitalised,
        balloon=money(contract.get("balloon") or 0),
        step_every=step_up.get("every", 0),
        step_rate=Fraction(grown) if grown else Fraction(0),
        mode=rounding.get("mode", "half_even"),
        to=money(rounding["installment_to"]) if rounding.get("installment_to") else 1,
        holidays=contract.get("holidays", []),
        holiday_rule=contract.get("holiday_rule", "none"),
        fees=[(fee["on"], money(fee["amount"])) for fee in contract.get("fees", [])],
        penalty={
            "rate": Fraction(penalty.get("annual_rate", "0.105")),
            "on": penalty.get("on", "principal"),
            "grace_days": penalty.get("grace_days", 0),
            "day_count": penalty.get("day_count", "act/365"),
            "compound": penalty.get("compound", False),
            "compounds_every": int(penalty.get("compounds_every", "1 month").split()[0]),
            "instead": penalty.get("instead_of_interest", False),
            "counts_from": penalty.get("grace_counts_from", "due_date"),
        },
        penalty_cap=money(cap["amount"]) if "amount" in cap else None,
        penalty_cap_share=Fraction(cap["of_principal"]) if "of_principal" in cap else None,
        cost_share=Fraction(cost_cap["of_principal"]) if "of_principal" in cost_cap else None,
        cost_rate=Fraction(cost_cap["annual_rate"]) if "annual_rate" in cost_cap else None,
        late_fee=(money(late["amount"]), late.get("after_days", 1)) if late else None,
        order=allocation.get("order", DEFAULT_ORDER),
        by=allocation.get("by", "installment"),
        late_order=(
            (after["days"], after.get("order", DEFAULT_ORDER), after.get("by", "installment")) if after else None
        ),
        prepayment_reduces=part("prepayment").get("reduces", "term"),
        fee_rate=Fraction(part("prepayment").get("fee_rate", "0")),
        non_accrual_after=contract.get("non_accrual_after_days", 90),
        tolerance=money(contract.get("tolerance") or 0),
        margin=Fraction(contract.get("margin") or 0),
        cooling_off=contract.get("cooling_off_days"),
        days=conventions.get("days", "[start,end)"),
        month_end=conventions.get("month_end", "clamp"),
        part_month=conventions.get("part_month", "30"),
        by_sum=conventions.get("split_rounding", "pieces") == "sum",
        smooth=conventions.get("last_installment", "rest") == "smooth",
        dpd_on_due_day=int(conventions.get("dpd_on_due_day", 0)),
        to_next_due=conventions.get("payoff_interest", "to_date") == "to_next_due",
        broken_period=conventions.get("broken_period", "first"),
    )


def facts_that_count(case: dict[str, Any]) -> list[dict[str, Any]]:
    """ "Facts after `as_of` do not count; with `known_at`, nor do facts recorded later." A `reversed` fact
    takes its fact away.

    In order of value date, on one day in order of record.
    """
    known_at = case.get("known_at")
    as_of = date.fromisoformat(case["as_of"])
    known = [
        fact
        for fact in case.get("facts", [])
        if date.fromisoformat(fact["value_date"]) <= as_of
        and not (known_at and fact.get("recorded_at") and instant(fact["recorded_at"]) > instant(known_at))
    ]
    taken_back: set[str] = set()
    for fact in reversed(known):
        if fact["kind"] == "reversed" and fact.get("id") not in taken_back:
            taken_back.add(fact["reverses"])
    standing = [fact for fact in known if fact["kind"] != "reversed" and fact.get("id") not in taken_back]
    return sorted(standing, key=lambda fact: fact["value_date"])


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
