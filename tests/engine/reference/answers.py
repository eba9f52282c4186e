"""The answers of `duly position` and `duly schedule`, as dicts."""

from typing import Any

from .daily import project
from .fold import begin, disburse, fold
from .loan import Loan
from .rows import Row
from .terms import COMPONENTS, Terms, terms_of

BEARING = ("interest", "penalty", "fee")


def schedule(contract: dict[str, Any]) -> dict[str, Any]:
    """All but the yearly rate, which has its own tests."""
    terms = terms_of(contract)
    loan = begin(terms)
    disburse(loan)
    project(loan)
    rows = loan.rows
    balance, shown = terms.principal, []
    for row in rows:
        total = row.asked["principal"] + row.asked["interest"] + row.asked["fee"]
        if row.no_interest and terms.grace_capitalised:
            balance += row.planned
        balance -= row.asked["principal"]
        amounts = {
            "principal": row.asked["principal"], "interest": row.asked["interest"], "fee": row.asked["fee"],
            "total": total, "balance_after": balance,
        }  # fmt: skip
        shown.append({"number": row.number, "due_on": row.due.isoformat()} | texts(terms, amounts))
    interest = sum(row.asked["interest"] for row in rows)
    interest += sum(row.planned for row in rows if row.no_interest and terms.grace_capitalised)
    return {"installments": shown, "total_interest": terms.text(interest), "upfront_fee": terms.text(loan.upfront)}


def texts(terms: Terms, amounts: dict[str, int]) -> dict[str, str]:
    return {name: terms.text(amount) for name, amount in amounts.items()}


def position(case: dict[str, Any]) -> dict[str, Any]:
    """The answer of `duly position`."""
    loan = fold(case)
    terms, found = loan.terms, figures(loan)

    def by(what: str, *components: str) -> dict[str, str]:
        return texts(terms, {name: found[f"{name}_{what}"] for name in components or COMPONENTS})

    def with_total(what: str) -> dict[str, str]:
        return by(what) | {"total": terms.text(sum(found[f"{name}_{what}"] for name in COMPONENTS))}

    def day(name: str) -> str | None:
        return found[name].isoformat() if found[name] else None

    next_due = {"on": day("next_due_on"), "amount": terms.text(found["next_due_amount"])}
    money = ("credit_balance", "payoff", "accrued_interest", "received", "refunded", "recovered", "disbursed")
    return {
        "as_of": case["as_of"],
        "status": found["status"],
        "days_past_due": found["days_past_due"],
        "oldest_unpaid_due_on": day("oldest_unpaid_due_on"),
        "next_due": next_due if found["next_due_on"] else None,
        "outstanding": with_total("outstanding"),
        "due": with_total("due"),
        "overdue": with_total("overdue"),
        **texts(terms, {name: found[name] for name in money}),
        "settled_on": day("settled_on"),
        "earned": by("earned", *BEARING),
        "suspended": by("suspended", "interest", "penalty"),
        "waived": by("waived"),
        "written_off": by("written_off"),
        "capitalised": by("capitalised", *BEARING),
        "installments": [shown(terms, row, number) for number, row in enumerate(loan.rows, 1)],
    }


def columns(case: dict[str, Any]) -> dict[str, Any]:
    """The figures of the loan on `as_of`, by the names of the engine's columns; `not_disbursed` has none but 0."""
    loan = fold(case)
    if loan.disbursed:
        return figures(loan)
    return {name: None if name.endswith("_on") else 0 for name in figures(loan)} | {"status": "not_disbursed"}


def figures(loan: Loan) -> dict[str, Any]:
    """Every figure of a position: money in minor units, days as dates or None."""
    as_of, terms = loan.day, loan.terms
    due = [row for row in loan.rows if row.due <= as_of]
    overdue = [row for row in due if row.due < as_of or terms.dpd_on_due_day]
    unpaid = [row.due for row in due if row.left_of("principal", "interest", "fee") > terms.tolerance]
    ahead = [row for row in sorted(loan.rows, key=lambda row: row.due) if row.due >= as_of and row.all_left > 0][:1]
    earned, suspended, accrued = earnings(loan)
    outstanding = left(loan.rows) | {"principal": loan.principal}
    parts = {
        "outstanding": outstanding, "due": left(due), "overdue": left(overdue), "received": loan.received,
        "earned": earned, "suspended": suspended, "waived": loan.waived, "written_off": loan.lost,
        "capitalised": {name: loan.capitalised[name] for name in BEARING},
    }  # fmt: skip
    return {
        "status": status(loan),
        "days_past_due": loan.days_past_due(as_of),
        "oldest_unpaid_due_on": min(unpaid, default=None),
        "next_due_on": ahead[0].due if ahead else None,
        "next_due_amount": ahead[0].all_left if ahead else 0,
        "settled_on": loan.settled_on,
        "disbursed": loan.disbursed,
        "credit_balance": loan.credit,
        "payoff": loan.payoff(),
        "accrued_interest": accrued,
        "received": loan.paid_in,
        "refunded": loan.refunded,
        "recovered": loan.recovered,
        **{f"{name}_{what}": part for what, of in parts.items() for name, part in of.items()},
    }


def status(loan: Loan) -> str:
    if loan.written_off:
        return "written_off"
    if loan.cancelled:
        return "cancelled"
    return "settled" if loan.settled_on else "open"


def left(rows: list[Row]) -> dict[str, int]:
    return {component: sum(row.left(component) for row in rows) for component in COMPONENTS}


def earnings(loan: Loan) -> tuple[dict[str, int], dict[str, int], int]:
    """ "earned + suspended = received + waived + written_off + capitalised + receivable (due and unpaid, +
    accrued) - in advance".
    """
    settled = {
        name: loan.received[name] + loan.waived[name] + loan.lost[name] + loan.capitalised[name]
        for name in ("interest", "penalty", "fee")
    }
    accruals = loan.accruals()
    net = sum(own - row.met("interest") for row, own in accruals)
    accrued, ahead = max(0, net), max(0, -net)
    receivable = {
        "interest": sum(row.left("interest") for row in loan.rows if row.due_already) + accrued,
        "penalty": sum(row.left("penalty") for row in loan.rows),
        "fee": sum(row.left("fee") for row in loan.rows if row.due <= loan.day),
    }
    in_advance = {"interest": ahead, "penalty": 0, "fee": 0}
    earned = {name: settled[name] + receivable[name] - in_advance[name] for name in settled}
    suspended = {"interest": 0, "penalty": 0}
    if loan.non_accrual:
        suspended = {name: receivable[name] for name in suspended}
        earned = {name: earned[name] - suspended.get(name, 0) for name in earned}
    return earned, suspended, accrued


def shown(terms: Terms, row: Row, number: int) -> dict[str, Any]:
    amounts = {name: row.asked[name] for name in ("principal", "interest", "penalty", "fee")}
    amounts |= {"paid": sum(row.paid.values()), "outstanding": row.all_left}
    paid_on = row.paid_on.isoformat() if row.paid_on and row.all_left == 0 else None
    return {"number": number, "due_on": row.due.isoformat(), "paid_on": paid_on} | texts(terms, amounts)
