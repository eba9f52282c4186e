"""The answers of `duly position` and `duly schedule`, as dicts."""

from datetime import date
from typing import Any

from .fold import fold
from .loan import Loan
from .schedule import Row, first_schedule
from .terms import COMPONENTS, Terms, terms_of


def schedule(contract: dict[str, Any]) -> dict[str, Any]:
    """All but the yearly rate, which has its own tests."""
    terms = terms_of(contract)
    rows, upfront = first_schedule(terms)
    balance, shown = terms.principal, []
    for row in rows:
        total = row.asked["principal"] + row.asked["interest"] + row.asked["fee"]
        if row.no_interest and terms.grace_capitalised:
            balance = row.balance + own(terms, row)
        balance -= row.asked["principal"]
        amounts = {
            "principal": row.asked["principal"], "interest": row.asked["interest"], "fee": row.asked["fee"],
            "total": total, "balance_after": balance,
        }  # fmt: skip
        shown.append({"number": row.number, "due_on": row.due.isoformat()} | texts(terms, amounts))
    upfront += sum(amount for on, amount in terms.fees if on == "disbursement")
    interest = sum(row.asked["interest"] for row in rows)
    return {"installments": shown, "total_interest": terms.text(interest), "upfront_fee": terms.text(upfront)}


def own(terms: Terms, row: Row) -> int:
    from .schedule import own_interest

    return own_interest(terms, row) + row.spread


def texts(terms: Terms, amounts: dict[str, int]) -> dict[str, str]:
    return {name: terms.text(amount) for name, amount in amounts.items()}


def position(case: dict[str, Any]) -> dict[str, Any]:
    loan = fold(case)
    terms = loan.terms
    as_of = date.fromisoformat(case["as_of"])
    due = [row for row in loan.rows if row.due <= as_of]
    overdue = [row for row in due if row.due < as_of or terms.dpd_on_due_day]
    oldest = min(
        (row.due for row in due if row.left_of("principal", "interest", "fee") > terms.tolerance), default=None
    )
    outstanding = {component: sum(row.left(component) for row in loan.rows) for component in COMPONENTS}
    outstanding["principal"] = loan.principal
    earned, suspended, accrued = earnings(loan)
    return {
        "as_of": case["as_of"],
        "status": status(loan),
        "days_past_due": loan.days_past_due(as_of),
        "oldest_unpaid_due_on": oldest.isoformat() if oldest else None,
        "next_due": next_due(loan, as_of),
        "outstanding": texts(terms, with_total(outstanding)),
        "due": texts(terms, with_total(left(due))),
        "overdue": texts(terms, with_total(left(overdue))),
        "credit_balance": terms.text(loan.credit),
        "payoff": terms.text(loan.payoff()),
        "accrued_interest": terms.text(accrued),
        "received": terms.text(loan.paid_in),
        "refunded": terms.text(loan.refunded),
        "recovered": terms.text(loan.recovered),
        "disbursed": terms.text(loan.disbursed),
        "settled_on": loan.settled_on.isoformat() if loan.settled_on else None,
        "earned": texts(terms, earned),
        "suspended": texts(terms, suspended),
        "waived": texts(terms, loan.waived),
        "written_off": texts(terms, loan.lost),
        "capitalised": texts(terms, {name: loan.capitalised[name] for name in ("interest", "penalty", "fee")}),
        "installments": [shown(terms, row, number) for number, row in enumerate(loan.rows, 1)],
    }


def status(loan: Loan) -> str:
    if loan.written_off:
        return "written_off"
    if loan.cancelled:
        return "cancelled"
    return "settled" if loan.settled_on else "open"


def left(rows: list[Row]) -> dict[str, int]:
    return {component: sum(row.left(component) for row in rows) for component in COMPONENTS}


def with_total(amounts: dict[str, int]) -> dict[str, int]:
    return amounts | {"total": sum(amounts.values())}


def next_due(loan: Loan, as_of: date) -> dict[str, str] | None:
    for row in sorted(loan.rows, key=lambda row: row.due):
        if row.due >= as_of and row.all_left > 0:
            return {"on": row.due.isoformat(), "amount": loan.terms.text(row.all_left)}
    return None


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
