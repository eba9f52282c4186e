"""Terms: what the loans of one product have in common, read from JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from duly.engine import dates, money
from duly.engine.calendars import check_holidays
from duly.engine.errors import InputError
from duly.engine.reading import at, check_choice, fields, period, whole, with_defaults

METHOD = {"equal_installment": 0, "equal_principal": 1, "interest_only": 2, "bullet": 3, "open": 4}
EQUAL_INSTALLMENT, EQUAL_PRINCIPAL, INTEREST_ONLY, BULLET, OPEN_END = METHOD.values()
COMPONENT = {"": 0, "penalty": 1, "fee": 2, "interest": 3, "principal": 4}
PENALTY, FEE, INTEREST, PRINCIPAL = 1, 2, 3, 4
ALL = 5  # every component, as a waiver may name it
WAIVABLE = COMPONENT | {"all": ALL}
PAYOFF_INTEREST = {"to_date": 0, "to_next_due": 1}
TO_NEXT_DUE = 1
PENALTY_ON = {"principal": 0, "principal_and_interest": 1, "installment": 2}
HOLIDAY_RULE = {"none": 0, "following": 1, "preceding": 2, "modified_following": 3}
BROKEN_PERIOD = {"first": 0, "spread": 1, "upfront": 2}
FIRST, SPREAD, UPFRONT = BROKEN_PERIOD.values()
COMPONENT_ORDER = ("penalty", "fee", "interest", "principal")

# Every field of a contract's terms with its default; `...` marks what must be given.
DEFAULTS: dict[str, Any] = {
    "currency": ...,
    "day_count": "30/360",
    "method": ...,
    "every": "1 month",
    "interest": "scheduled",
    "grace": {"principal": 0, "interest": 0, "interest_is": "deferred"},
    "step_up": None,
    "rounding": {"mode": "half_even", "installment_to": None},
    "holidays": [],
    "holiday_rule": "none",
    "penalty": {
        "annual_rate": "0.105",
        "on": "principal",
        "grace_days": 0,
        "grace_counts_from": "due_date",
        "day_count": "act/365",
        "cap": None,
        "compound": False,
        "compounds_every": "1 month",
        "instead_of_interest": False,
    },
    "cost_cap": None,
    "late_fee": None,
    "allocation": {"order": list(COMPONENT_ORDER), "by": "installment", "after_days_past_due": None},
    "prepayment": {"reduces": "term", "fee_rate": "0"},
    "non_accrual_after_days": 90,
    "tolerance": None,
    "margin": None,
    "cooling_off_days": None,
    "conventions": {
        "days": "[start,end)",
        "month_end": "clamp",
        "part_month": "30",
        "split_rounding": "pieces",
        "last_installment": "rest",
        "dpd_on_due_day": 0,
        "payoff_interest": "to_date",
        "broken_period": "first",
    },
}
_CHOICES: dict[str, tuple[object, ...]] = {
    "/method": tuple(METHOD),
    "/day_count": tuple(dates.DAY_COUNT),
    "/interest": ("scheduled", "daily"),
    "/grace/interest_is": ("deferred", "capitalised"),
    "/rounding/mode": tuple(money.ROUNDING),
    "/holiday_rule": tuple(HOLIDAY_RULE),
    "/penalty/on": tuple(PENALTY_ON),
    "/penalty/grace_counts_from": ("due_date", "end_of_grace"),
    "/penalty/day_count": tuple(dates.DAY_COUNT),
    "/penalty/compound": (False, True),
    "/penalty/compounds_every": ("1 month", "3 month"),
    "/penalty/instead_of_interest": (False, True),
    "/allocation/by": ("installment", "component"),
    "/prepayment/reduces": ("term", "installment"),
    "/conventions/days": ("[start,end)", "(start,end]"),
    "/conventions/month_end": tuple(dates.MONTH_END),
    "/conventions/part_month": ("30", "actual"),
    "/conventions/split_rounding": ("pieces", "sum"),
    "/conventions/last_installment": ("rest", "smooth"),
    "/conventions/dpd_on_due_day": (0, 1),
    "/conventions/payoff_interest": tuple(PAYOFF_INTEREST),
    "/conventions/broken_period": tuple(BROKEN_PERIOD),
}


@dataclass(frozen=True)
class Terms:
    """What loans of one product have in common. Money in minor units, rates and shares in millionths.

    None, where a limit may be absent, is no limit; `late_allocation_*` take the place of `allocation_*` from
    `late_allocation_after` days past due on.
    """

    currency: str
    method: str = "equal_installment"
    day_count: str = "30/360"
    every: int = 1
    unit: str = "month"
    interest: str = "scheduled"
    grace_principal: int = 0
    grace_interest: int = 0
    grace_interest_is: str = "deferred"
    step_up_every: int = 0
    step_up_rate: int = 0
    rounding: str = "half_even"
    installment_to: int = 1
    holidays: tuple[str, ...] = ()
    holiday_rule: str = "none"
    penalty_rate: int = 105_000
    penalty_on: str = "principal"
    penalty_grace_days: int = 0
    penalty_grace_counts_from: str = "due_date"
    penalty_day_count: str = "act/365"
    penalty_compounds_every: int = 0  # months; 0: it does not
    penalty_instead_of_interest: bool = False
    penalty_cap: int | None = None
    penalty_cap_of_principal: int | None = None
    cost_cap_of_principal: int | None = None
    cost_cap_annual_rate: int | None = None
    late_fee: int = 0
    late_fee_after_days: int = 1
    allocation_order: tuple[str, ...] = COMPONENT_ORDER
    allocation_by: str = "installment"
    late_allocation_after: int | None = None
    late_allocation_order: tuple[str, ...] = COMPONENT_ORDER
    late_allocation_by: str = "installment"
    prepayment_reduces: str = "term"
    prepayment_fee_rate: int = 0
    non_accrual_after_days: int = 90
    tolerance: int = 0
    margin: int | None = None
    cooling_off_days: int | None = None
    days: str = "[start,end)"
    month_end: str = "clamp"
    part_month: str = "30"
    split_rounding: str = "pieces"
    last_installment: str = "rest"
    dpd_on_due_day: int = 0
    payoff_interest: str = "to_date"
    broken_period: str = "first"


def parse_terms(document: object, *, own_fields: tuple[str, ...] = ()) -> Terms:
    """The terms of a product: a contract's JSON without the figures of any one loan. Raises InputError.

    `own_fields` names those figures, for an error that says what they are.
    """
    if isinstance(document, Mapping):
        for own in own_fields or OWN_FIELDS:
            if own in document:
                raise InputError(f"{own} belongs to a loan, not to a product", f"/{own}", "leave it out of the terms")
    return read_terms(with_defaults(document, DEFAULTS, ""))


OWN_FIELDS = ("principal", "disbursed_on", "annual_rate", "installments", "first_due_on", "fees", "balloon")


def read_terms(values: dict[str, Any]) -> Terms:
    """The terms in a document whose defaults are filled in. Raises InputError."""
    for pointer, choices in _CHOICES.items():
        check_choice(at(values, pointer), choices, pointer)
    exponent = money.decimals(values["currency"])
    every, unit = period(values["every"], "/every")
    penalty, allocation, conventions = values["penalty"], values["allocation"], values["conventions"]
    grace = _grace(values["grace"], values["method"])
    step_every, step_rate = _step_up(values["step_up"], values["method"])
    cap, cap_share = _penalty_cap(penalty["cap"], exponent)
    cost_share, cost_rate = _cost_cap(values["cost_cap"])
    late_fee, late_fee_after = _late_fee(values["late_fee"], exponent)
    late_after, late_order, late_by = _late_allocation(allocation["after_days_past_due"])
    return Terms(
        currency=values["currency"],
        method=values["method"],
        day_count=values["day_count"],
        every=every,
        unit=unit,
        interest="daily" if values["method"] == "open" else values["interest"],
        grace_principal=grace[0],
        grace_interest=grace[1],
        grace_interest_is=values["grace"]["interest_is"],
        step_up_every=step_every,
        step_up_rate=step_rate,
        rounding=values["rounding"]["mode"],
        installment_to=_installment_to(values["rounding"]["installment_to"], exponent),
        holidays=check_holidays(values["holidays"], "/holidays"),
        holiday_rule=values["holiday_rule"],
        penalty_rate=money.parse_rate(penalty["annual_rate"], "/penalty/annual_rate"),
        penalty_on=penalty["on"],
        penalty_grace_days=whole(penalty["grace_days"], "/penalty/grace_days", 0, 366),
        penalty_grace_counts_from=penalty["grace_counts_from"],
        penalty_day_count=penalty["day_count"],
        penalty_compounds_every=int(penalty["compounds_every"][0]) if penalty["compound"] else 0,
        penalty_instead_of_interest=penalty["instead_of_interest"],
        penalty_cap=cap,
        penalty_cap_of_principal=cap_share,
        cost_cap_of_principal=cost_share,
        cost_cap_annual_rate=cost_rate,
        late_fee=late_fee,
        late_fee_after_days=late_fee_after,
        allocation_order=_order(allocation["order"], "/allocation/order"),
        allocation_by=allocation["by"],
        late_allocation_after=late_after,
        late_allocation_order=late_order,
        late_allocation_by=late_by,
        prepayment_reduces=values["prepayment"]["reduces"],
        prepayment_fee_rate=_share(values["prepayment"]["fee_rate"], "/prepayment/fee_rate"),
        non_accrual_after_days=whole(values["non_accrual_after_days"], "/non_accrual_after_days", 0, 100_000),
        tolerance=0 if values["tolerance"] is None else money.parse_money(values["tolerance"], exponent, "/tolerance"),
        margin=None if values["margin"] is None else money.parse_rate(values["margin"], "/margin"),
        cooling_off_days=None
        if values["cooling_off_days"] is None
        else whole(values["cooling_off_days"], "/cooling_off_days", 0, 3660),
        **conventions,
    )


def _installment_to(text: object, exponent: int) -> int:
    unit = 1 if text is None else money.parse_money(text, exponent, "/rounding/installment_to")
    if unit == 0:
        raise InputError("an installment cannot be rounded to zero", "/rounding/installment_to", 'give "0.01", "1", …')
    return unit


def _grace(grace: dict[str, Any], method: str) -> tuple[int, int]:
    principal = whole(grace["principal"], "/grace/principal", 0, 599)
    interest = whole(grace["interest"], "/grace/interest", 0, 599)
    if method in ("bullet", "open") and (principal or interest):
        raise InputError(f"a {method} loan has no grace periods", "/grace", "leave grace out")
    if grace["interest_is"] == "capitalised":
        # Interest that joins the principal cannot do so while the principal is being repaid.
        principal = max(principal, interest)
    return principal, interest


def _step_up(step: object, method: str) -> tuple[int, int]:
    if step is None:
        return 0, 0
    given = fields(step, {"every", "rate"}, {"every", "rate"}, "/step_up", '{"every": 12, "rate": "0.05"}')
    if method != "equal_installment":
        raise InputError("only level installments can step up", "/step_up", 'use the method "equal_installment"')
    return whole(given["every"], "/step_up/every", 1, 600), _share(given["rate"], "/step_up/rate")


def _penalty_cap(cap: object, exponent: int) -> tuple[int | None, int | None]:
    if cap is None:
        return None, None
    given = fields(
        cap, set(), {"amount", "of_principal"}, "/penalty/cap", '{"amount": "50.00"} or {"of_principal": "0.5"}'
    )
    if len(given) != 1:
        raise InputError("a cap is one amount or one share", "/penalty/cap", 'give "amount" or "of_principal"')
    if "amount" in given:
        return money.parse_money(given["amount"], exponent, "/penalty/cap/amount"), None
    return None, _share(given["of_principal"], "/penalty/cap/of_principal")


def _cost_cap(cap: object) -> tuple[int | None, int | None]:
    if cap is None:
        return None, None
    given = fields(
        cap, set(), {"of_principal", "annual_rate"}, "/cost_cap", '{"of_principal": "1"} or {"annual_rate": "0.24"}'
    )
    if not given:
        raise InputError("the cap says nothing", "/cost_cap", 'give "of_principal", "annual_rate", or both')
    share = _share(given["of_principal"], "/cost_cap/of_principal") if "of_principal" in given else None
    rate = money.parse_rate(given["annual_rate"], "/cost_cap/annual_rate") if "annual_rate" in given else None
    return share, rate


def _late_fee(fee: object, exponent: int) -> tuple[int, int]:
    if fee is None:
        return 0, 1
    given = fields(fee, {"amount"}, {"amount", "after_days"}, "/late_fee", '{"amount": "5.00", "after_days": 1}')
    amount = money.parse_money(given["amount"], exponent, "/late_fee/amount")
    return amount, whole(given.get("after_days", 1), "/late_fee/after_days", 1, 3660)


def _late_allocation(late: object) -> tuple[int | None, tuple[str, ...], str]:
    if late is None:
        return None, COMPONENT_ORDER, "installment"
    where = "/allocation/after_days_past_due"
    given = fields(late, {"days"}, {"days", "order", "by"}, where, '{"days": 90, "order": […], "by": …}')
    by = given.get("by", "installment")
    check_choice(by, ("installment", "component"), f"{where}/by")
    order = _order(given.get("order", list(COMPONENT_ORDER)), f"{where}/order")
    return whole(given["days"], f"{where}/days", 1, 36600), order, by


def _order(order: object, where: str) -> tuple[str, ...]:
    if not isinstance(order, list) or sorted(map(str, order)) != sorted(COMPONENT_ORDER):
        raise InputError(
            f"{order!r} is not an order of the four components",
            where,
            'name "penalty", "fee", "interest" and "principal" once each',
        )
    return tuple(order)


def _share(text: object, where: str) -> int:
    return money.parse_rate(text, where)
