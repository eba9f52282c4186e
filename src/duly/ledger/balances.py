"""Balances of the ledger, and whether the loans' own positions add up to them."""

from collections.abc import Callable, Mapping, Sequence

from duly.engine.fold import Positions
from duly.ledger.posting import Group, Groups, Int64, Posted, running_total

# What the balance of each account that stands for loans must be, from what is left on the loans. Positive: debit.
# What is suspended in non-accrual is owed by the borrower, but no asset of the lender's until it is paid.
# Posting goes by what was earned and received; this goes by what remains, so that one proves the other.
SUBLEDGER: Mapping[str, Callable[[Positions], Int64]] = {
    "1100": lambda positions: positions.principal_outstanding,
    "1200": lambda positions: positions.interest_due + positions.accrued_interest - positions.interest_suspended,
    "1300": lambda positions: positions.penalty_outstanding - positions.penalty_suspended,
    "1400": lambda positions: positions.fee_due,
    "2100": lambda positions: -positions.credit_balance,
    "2200": lambda positions: -running_total(positions, "interest_in_advance"),
}


def account_balances(posted: Sequence[Posted]) -> dict[tuple[Group, str], int]:
    """The balance of each account in each group, debits less credits, in minor units; zero balances are left out."""
    balances: dict[tuple[Group, str], int] = {}
    for entry in posted:
        group = Group(entry.product_code, entry.currency)
        for account, amount in ((entry.debit, entry.amount), (entry.credit, -entry.amount)):
            balances[group, account] = balances.get((group, account), 0) + amount
    return {key: balance for key, balance in balances.items() if balance}


def subledger_balances(positions: Positions, groups: Groups) -> dict[tuple[Group, str], int]:
    """What the loans say that the balance of each of their accounts is; zero balances are left out."""
    return {
        (key, account): int(total)
        for account, column in SUBLEDGER.items()
        for key, total in zip(groups.keys, groups.sums(column(positions)), strict=True)
        if total
    }


def differences(posted: Sequence[Posted], positions: Positions, groups: Groups) -> list[str]:
    """Where the ledger and the loans do not tie, in words; empty when they do.

    Checks each account that stands for loans in each product and currency, to the minor unit, and that debits equal
    credits in each currency.
    """
    balances = account_balances(posted)
    of_loans = {key: balance for key, balance in balances.items() if key[1] in SUBLEDGER}
    subledger = subledger_balances(positions, groups)
    found = [
        f"account {account}, product {group.product_code}, {group.currency}: the ledger says "
        f"{of_loans.get((group, account), 0)}, the loans {subledger.get((group, account), 0)} (minor units)"
        for group, account in sorted(of_loans.keys() | subledger.keys())
        if of_loans.get((group, account), 0) != subledger.get((group, account), 0)
    ]
    for currency in sorted({group.currency for group, _ in balances}):
        rest = sum(balance for (group, _), balance in balances.items() if group.currency == currency)
        if rest:
            found.append(f"{currency}: debits exceed credits by {rest} (minor units)")
    return found
