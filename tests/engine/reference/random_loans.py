"""Random loans and what happens to them, from a seed: ordinary lives, and every odd turn that the fold must survive.

Each case is the JSON document of `duly position`. What may occur in it is a set of features, so that a
difference can be
narrowed: `random_case(seed, {"paid", "daily"})`.
"""

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from .answers import position, schedule
from .terms import DECIMALS

CONTRACT_FEATURES = [
    "methods",
    "daily",
    "open",
    "day_counts",
    "periods",
    "first_due",
    "month_end",
    "grace",
    "capitalised",
    "balloon",
    "step_up",
    "rounding",
    "holidays",
    "fees",
    "penalty",
    "compound",
    "instead",
    "penalty_cap",
    "cost_share",
    "cost_rate",
    "late_fee",
    "allocation",
    "fee_rate",
    "non_accrual",
    "tolerance",
    "margin",
    "cooling_off",
    "sum",
    "part_month",
    "smooth",
    "dpd_on_due_day",
    "to_next_due",
    "broken_period",
    "days",
    "currencies",
    "huge",
]
FACT_FEATURES = [
    "paid",
    "prepays",
    "from_credit",
    "payoff",
    "reversed",
    "fee_charged",
    "waived",
    "waived_all",
    "refunded",
    "rate_changed",
    "accelerated",
    "written_off",
    "recovered",
    "cancelled",
    "rescheduled",
    "drawdowns",
    "paused",
    "known_at",
    "backdated",
]
LARGEST = 9 * 10**12  # minor units, within what a door takes
EVERYTHING = frozenset(CONTRACT_FEATURES + FACT_FEATURES)


class Chances:
    """A dice with the features that it may use."""

    def __init__(self, seed: int, features: frozenset[str]) -> None:
        self.random, self.features = random.Random(seed), features

    def may(self, feature: str, often: float = 0.25) -> bool:
        return feature in self.features and self.random.random() < often

    def one_of(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def between(self, low: int, high: int) -> int:
        return self.random.randint(low, high)


def random_case(seed: int, features: frozenset[str] | set[str] = EVERYTHING) -> dict[str, Any]:
    """The same for the same seed and features."""
    dice = Chances(seed, frozenset(features))
    contract = random_contract(dice)
    rows = schedule(contract)["installments"]
    return random_life(dice, contract, rows)


def money(contract: dict[str, Any], minor: int) -> str:
    return format(Decimal(max(0, minor)).scaleb(-DECIMALS[contract["currency"]]), "f")


def minor(contract: dict[str, Any], text: str) -> int:
    return int(Decimal(text).scaleb(DECIMALS[contract["currency"]]))


def random_contract(dice: Chances) -> dict[str, Any]:
    contract: dict[str, Any] = {"currency": "EUR", "principal": "0", "disbursed_on": a_day(dice).isoformat()}
    if dice.may("currencies"):
        contract["currency"] = dice.one_of("JPY", "USD", "CNY", "KWD")
    size = dice.one_of(1_000, 100_000, 100_000, 1_000_000)
    if dice.may("huge", 0.08):
        size = dice.one_of(3, 10, 50, 10**9, 10**13)
    principal = dice.between(max(1, size // 2), size)
    contract["principal"] = money(contract, principal)
    contract["annual_rate"] = dice.one_of("0", "0.01", "0.07", "0.12", "0.1799", "0.24", "0.36", "0.0725")
    contract["method"] = "equal_installment"
    if dice.may("methods", 0.6):
        contract["method"] = dice.one_of("equal_principal", "equal_principal", "interest_only", "bullet")
    if dice.may("open", 0.06):
        contract["method"] = "open"
    contract["installments"] = dice.one_of(1, 2, 3, 3, 4, 6, 12)
    if dice.may("daily", 0.4):
        contract["interest"] = "daily"
    if dice.may("day_counts", 0.5):
        contract["day_count"] = dice.one_of("30e/360", "act/365", "act/360", "act/act")
    if dice.may("periods", 0.3):
        contract["every"] = dice.one_of("2 week", "10 day", "3 month", "1 day", "1 week", "2 month")
    shape(dice, contract, principal)
    lateness(dice, contract)
    conventions(dice, contract)
    return contract


def a_day(dice: Chances) -> date:
    day = date(2023, 1, 1) + timedelta(dice.between(0, 900))
    if dice.random.random() < 0.3:  # month ends
        day = (day.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(dice.between(1, 3))
    return day


def shape(dice: Chances, contract: dict[str, Any], principal: int) -> None:
    """First due date, grace, balloon, steps, rounding, holidays, fees."""
    count, method = contract["installments"], contract["method"]
    if dice.may("first_due", 0.3):
        first = date.fromisoformat(contract["disbursed_on"]) + timedelta(dice.between(3, 70))
        contract["first_due_on"] = first.isoformat()
    several = count > 2 and method not in ("bullet", "open")
    if several and dice.may("grace", 0.2):
        contract["grace"] = {"principal": dice.between(0, count - 2), "interest": dice.between(0, count - 2)}
        if dice.may("capitalised", 0.5):
            contract["grace"]["interest_is"] = "capitalised"
    if several and method in ("equal_installment", "equal_principal") and dice.may("balloon", 0.15):
        contract["balloon"] = money(contract, principal * dice.between(1, 9) // 10)
    if several and method == "equal_installment" and dice.may("step_up", 0.12):
        contract["step_up"] = {"every": dice.between(1, 4), "rate": dice.one_of("0.05", "0.1", "0.013")}
    if dice.may("rounding", 0.4):
        contract["rounding"] = {"mode": dice.one_of("half_even", "half_up", "up", "down")}
        if dice.random.random() < 0.4:
            contract["rounding"]["installment_to"] = money(contract, dice.one_of(1, 5, 10, 100))
    if dice.may("holidays", 0.25):
        contract["holiday_rule"] = dice.one_of("following", "modified_following", "preceding")
        contract["holidays"] = dice.one_of([], [], ["DE"], ["2024-01-02", "2024-07-01", "2024-02-29", "2025-03-31"])
    if dice.may("fees", 0.3):
        contract["fees"] = []
        for name in ("service", "insurance")[: dice.between(1, 2)]:
            on = dice.one_of("disbursement", "installments", "installments", fee_day(dice, contract))
            contract["fees"].append({"name": name, "on": on, "amount": money(contract, principal // 97 + 1)})
    if dice.may("fee_rate", 0.3):
        contract["prepayment"] = {"reduces": "term", "fee_rate": dice.one_of("0.01", "0.0333", "0.05")}
    if "prepays" in dice.features or "daily" in dice.features:
        contract.setdefault("prepayment", {})["reduces"] = dice.one_of("term", "installment")


def fee_day(dice: Chances, contract: dict[str, Any]) -> str:
    return (date.fromisoformat(contract["disbursed_on"]) + timedelta(dice.between(1, 400))).isoformat()


def lateness(dice: Chances, contract: dict[str, Any]) -> None:
    """Penalty, caps, late fees, allocation, non-accrual."""
    penalty: dict[str, Any] = {}
    if dice.may("penalty", 0.7):
        penalty = {
            "annual_rate": dice.one_of("0.105", "0.18", "0.2555", "0"),
            "grace_days": dice.one_of(0, 0, 1, 3, 10, 40),
        }
        penalty["on"] = dice.one_of("principal", "principal_and_interest", "installment")
        penalty["grace_counts_from"] = dice.one_of("due_date", "end_of_grace")
        penalty["day_count"] = dice.one_of("act/365", "act/360", "30/360", "act/act", "30e/360")
    if dice.may("compound", 0.2):
        penalty |= {"compound": True, "compounds_every": dice.one_of("1 month", "3 month")}
    if dice.may("instead", 0.2):
        penalty["instead_of_interest"] = True
    if dice.may("penalty_cap", 0.12):
        penalty["cap"] = dice.one_of({"amount": money(contract, dice.between(1, 300))}, {"of_principal": "0.002"})
    if penalty:
        contract["penalty"] = penalty
    if dice.may("cost_share", 0.08):
        contract["cost_cap"] = {"of_principal": dice.one_of("0.02", "0.05", "0.1", "1")}
    elif dice.may("cost_rate", 0.08):
        contract["cost_cap"] = {"annual_rate": dice.one_of("0.12", "0.24", "0.2")}
    if dice.may("late_fee", 0.2):
        contract["late_fee"] = {
            "amount": money(contract, dice.one_of(1, 50, 500)),
            "after_days": dice.one_of(1, 1, 5, 30),
        }
    if dice.may("allocation", 0.35):
        contract["allocation"] = {"order": an_order(dice), "by": dice.one_of("installment", "component")}
        if dice.random.random() < 0.4:
            contract["allocation"]["after_days_past_due"] = {
                "days": dice.one_of(1, 10, 30, 90), "order": an_order(dice), "by": dice.one_of("installment",
                "component"),
            }  # fmt: skip
    if dice.may("non_accrual", 0.4):
        contract["non_accrual_after_days"] = dice.one_of(0, 5, 30, 60)
    if dice.may("tolerance", 0.15):
        contract["tolerance"] = money(contract, dice.one_of(1, 10, 500))
    if dice.may("margin", 0.15):
        contract["margin"] = dice.one_of("0.01", "0.035")
    if dice.may("cooling_off", 0.15):
        contract["cooling_off_days"] = dice.one_of(0, 7, 14, 30)


def an_order(dice: Chances) -> list[str]:
    return dice.random.sample(["penalty", "fee", "interest", "principal"], 4)


def conventions(dice: Chances, contract: dict[str, Any]) -> None:
    chosen: dict[str, Any] = {}
    for feature, name, value in (
        ("days", "days", "(start,end]"),
        ("month_end", "month_end", "roll"),
        ("part_month", "part_month", "actual"),
        ("sum", "split_rounding", "sum"),
        ("smooth", "last_installment", "smooth"),
        ("dpd_on_due_day", "dpd_on_due_day", 1),
        ("to_next_due", "payoff_interest", "to_next_due"),
    ):
        if dice.may(feature, 0.2):
            chosen[name] = value
    if dice.may("broken_period", 0.5):
        chosen["broken_period"] = dice.one_of("spread", "upfront")
    if chosen:
        contract["conventions"] = chosen


# What happens


def random_life(dice: Chances, contract: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    start = date.fromisoformat(contract["disbursed_on"])
    last = date.fromisoformat(rows[-1]["due_on"])
    end = min(last, start + timedelta(700)) + timedelta(dice.between(-40, 120))
    as_of = max(start, a_turn(dice, start, end, rows))
    case: dict[str, Any] = {"contract": contract, "facts": [], "as_of": as_of.isoformat()}
    if dice.may("drawdowns", 0.05):
        fact = {"kind": "disbursed", "value_date": contract["disbursed_on"], "amount": contract["principal"]}
        case["facts"].append(fact)
    days = sorted(a_turn(dice, start, as_of, rows) for _ in range(dice.one_of(0, 1, 2, 3, 4, 6, 9)))
    if days and dice.random.random() < 0.3:
        days[-1] = days[dice.between(0, len(days) - 1)]  # on the same day
        days.sort()
    for day in days:
        happen(dice, case, max(start, day), rows)
    record(dice, case)
    return case


def a_turn(dice: Chances, start: date, end: date, rows: list[dict[str, Any]]) -> date:
    """A day on or about a due date, or any day."""
    if dice.random.random() < 0.7:
        near = date.fromisoformat(dice.one_of(*rows)["due_on"]) + timedelta(
            dice.one_of(-2, -1, 0, 0, 0, 1, 1, 2, 5, 11, 32, 95)
        )
        return min(max(start, near), max(start, end))
    return start + timedelta(dice.between(0, max(0, (end - start).days)))


def happen(dice: Chances, case: dict[str, Any], day: date, rows: list[dict[str, Any]]) -> None:
    kinds: list[tuple[str, float, Callable[..., dict[str, Any] | None]]] = [
        ("paid", 10, a_payment), ("payoff", 1, a_payoff), ("fee_charged", 0.8, a_fee), ("waived", 0.8, a_waiver),
        ("waived_all", 0.15, a_waiver_of_all), ("refunded", 0.5, a_refund), ("rate_changed", 0.8, a_rate),
        ("accelerated", 0.3, plain("accelerated")), ("written_off", 0.3, plain("written_off")),
        ("recovered", 0.4, a_recovery), ("cancelled", 0.25, a_cancellation), ("rescheduled", 0.7, a_reschedule),
        ("drawdowns", 0.6, a_drawdown), ("paused", 1.2, a_pause), ("reversed", 0.8, a_reversal),
    ]  # fmt: skip
    kinds = [kind for kind in kinds if kind[0] in dice.features]
    if not kinds:
        return
    [(_, _, make)] = dice.random.choices(kinds, [weight for _, weight, _ in kinds])
    fact = make(dice, case, day, rows)
    if fact:
        case["facts"].append({"id": str(len(case["facts"]))} | fact | {"value_date": day.isoformat()})


def plain(kind: str) -> Callable[..., dict[str, Any]]:
    return lambda dice, case, day, rows: {"kind": kind}


def an_amount(dice: Chances, contract: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    """Often just what an installment comes to, or a part of it, or several."""
    total = minor(contract, dice.one_of(*rows)["total"])
    near = dice.one_of(
        total, total, total, total - 1, total + 1, total // 2, total * 2, total * 3, dice.between(1, total * 2 + 1)
    )
    return money(contract, max(1, min(near, LARGEST)))


def a_payment(dice: Chances, case: dict[str, Any], day: date, rows: list[dict[str, Any]]) -> dict[str, Any]:
    fact: dict[str, Any] = {"kind": "paid", "amount": an_amount(dice, case["contract"], rows)}
    if dice.may("prepays", 0.25):
        fact["prepays"] = True
    if dice.may("from_credit", 0.1):
        fact["from"] = "credit"
    return fact


def a_payoff(dice: Chances, case: dict[str, Any], day: date, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    contract = case["contract"]
    payoff = minor(contract, position(case | {"as_of": day.isoformat()})["payoff"])
    amount = min(payoff + dice.one_of(0, 0, 0, -1, 1), LARGEST)
    return {"kind": "paid", "amount": money(contract, amount)} if amount > 0 else None


def a_fee(dice: Chances, case: dict[str, Any], day: date, rows: list[dict[str, Any]]) -> dict[str, Any]:
    fact = {"kind": "fee_charged", "amount": money(case["contract"], dice.one_of(1, 100, 2500))}
    if dice.random.random() < 0.4:
        fact["due_on"] = (day + timedelta(dice.between(0, 70))).isoformat()
    return fact


def a_waiver(dice: Chances, case: dict[str, Any], day: date, rows: list[dict[str, Any]]) -> dict[str, Any]:
    component = dice.one_of("principal", "interest", "penalty", "fee")
    amount = minor(case["contract"], an_amount(dice, case["contract"], rows))
    if component != "principal":
        amount = amount // 20 + 1
    return {"kind": "waived", "component": component, "amount": money(case["contract"], amount)}


def a_waiver_of_all(dice: Chances, case: dict[str, Any], day: date, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"kind": "waived", "component": "all"}


def a_refund(dice: Chances, case: dict[str, Any], day: date, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    credit = minor(case["contract"], position(case | {"as_of": day.isoformat()})["credit_balance"])
    if credit <= 0:
        return None
    return {
        "kind": "refunded",
        "amount": money(case["contract"], min(dice.one_of(credit, max(1, credit // 2)), LARGEST)),
    }


def a_rate(dice: Chances, case: dict[str, Any], day: date, rows: list[dict[str, Any]]) -> dict[str, Any]:
    fact = {"kind": "rate_changed", "reworks": dice.one_of("installment", "term")}
    name = "benchmark_rate" if case["contract"].get("margin") and dice.random.random() < 0.7 else "annual_rate"
    return fact | {name: dice.one_of("0", "0.05", "0.0811", "0.15")}


def a_cancellation(dice: Chances, case: dict[str, Any], day: date, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    contract = case["contract"]
    age = (day - date.fromisoformat(contract["disbursed_on"])).days
    return {"kind": "cancelled"} if age <= contract.get("cooling_off_days", age) else None


def a_recovery(dice: Chances, case: dict[str, Any], day: date, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    if not any(fact["kind"] == "written_off" for fact in standing(case)):
        return None
    return {"kind": "recovered", "amount": an_amount(dice, case["contract"], rows)}


def a_drawdown(dice: Chances, case: dict[str, Any], day: date, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    first = case["facts"][:1] if case["facts"] and "id" not in case["facts"][0] else []
    if not first and day.isoformat() == case["contract"]["disbursed_on"]:
        return None  # it would be taken for the disbursement
    principal = minor(case["contract"], case["contract"]["principal"])
    return {"kind": "disbursed", "amount": money(case["contract"], max(1, principal * dice.between(1, 10) // 10))}


def a_pause(dice: Chances, case: dict[str, Any], day: date, rows: list[dict[str, Any]]) -> dict[str, Any]:
    if dice.random.random() < 0.4:
        return {"kind": "penalty_resumed"}
    fact: dict[str, Any] = {"kind": "penalty_paused"}
    if dice.random.random() < 0.7:
        fact["stops"] = dice.random.sample(["penalty", "interest", "fee", "days"], dice.between(1, 4))
    return fact


def a_reschedule(dice: Chances, case: dict[str, Any], day: date, rows: list[dict[str, Any]]) -> dict[str, Any]:
    fact: dict[str, Any] = {"kind": "rescheduled", "installments": dice.one_of(1, 2, 3, 6)}
    if dice.random.random() < 0.3:
        fact["every"] = dice.one_of("1 month", "2 week", "10 day")
    if dice.random.random() < 0.3:
        fact["first_due_on"] = (day + timedelta(dice.between(1, 50))).isoformat()
    if dice.random.random() < 0.3:
        fact["annual_rate"] = dice.one_of("0", "0.05", "0.2")
    if dice.random.random() < 0.3:
        fact["method"] = dice.one_of("equal_installment", "equal_principal", "interest_only", "bullet")
    if dice.random.random() < 0.4:
        fact["capitalise"] = dice.random.sample(["interest", "penalty", "fee"], dice.between(1, 3))
    if dice.random.random() < 0.4:
        component = dice.one_of("principal", "interest", "penalty", "fee")
        fact["forgive"] = {component: dice.one_of("all", money(case["contract"], dice.one_of(1, 100)))}
        if component == "principal":
            fact["forgive"] = {component: money(case["contract"], dice.one_of(1, 100))}
    if dice.random.random() < 0.4:
        fact["carry"] = "spread"
    return fact


def a_reversal(dice: Chances, case: dict[str, Any], day: date, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    fixed = {"reversed", "disbursed"}
    if any(fact["kind"] == "recovered" for fact in standing(case)):
        fixed.add("written_off")
    choice = [fact for fact in standing(case) if "id" in fact and fact["kind"] not in fixed]
    return {"kind": "reversed", "reverses": dice.one_of(*choice)["id"]} if choice else None


def standing(case: dict[str, Any]) -> list[dict[str, Any]]:
    """The facts that no other takes back."""
    taken_back = {fact.get("reverses") for fact in case["facts"]}
    return [fact for fact in case["facts"] if fact.get("id") is None or fact["id"] not in taken_back]


def record(dice: Chances, case: dict[str, Any]) -> None:
    """When each fact was recorded: in the order of the document, sometimes long after its value date."""
    facts = case["facts"]
    first = int(bool(facts) and "id" not in facts[0])  # the disbursement is the first that is known
    if dice.may("backdated", 0.3) and len(facts) > first:
        for _ in range(dice.between(1, 3)):
            moved = facts.pop(dice.between(first, len(facts) - 1))
            facts.append(moved)
        place = {fact.get("id"): at for at, fact in enumerate(facts)}
        facts[:] = [
            fact
            for at, fact in enumerate(facts)
            if fact["kind"] != "reversed" or place.get(fact["reverses"], len(facts)) < at
        ]
    if dice.may("known_at", 0.2) and facts:
        at = date.fromisoformat(min(fact["value_date"] for fact in facts))
        for fact in facts:
            at = max(at, date.fromisoformat(fact["value_date"])) + timedelta(dice.one_of(0, 0, 0, 1, 10))
            fact["recorded_at"] = at.isoformat() + dice.one_of("T09:00:00Z", "T10:30:00+01:00")
        stamps = sorted(fact["recorded_at"] for fact in facts)
        for fact, stamp in zip(facts, stamps, strict=True):
            fact["recorded_at"] = stamp
        case["known_at"] = dice.one_of(*facts)["recorded_at"]
