"""Cash in the book beside cash at the bank: every known reason why the two differ, and what is left without one."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import BigIntegerField, Case, F, Q, Sum, When

from duly.ledger.models import JournalEntry
from duly.lending.models import Fact
from duly.payments.models import BankEntry, BankStatement, IncomingPayment, Outcome, OutgoingPayment, Suspense

CASH = "1000"
# Which way cash goes with a fact; what the ledger posts as received, recovered, disbursed and refunded.
COMES, GOES = ("paid", "recovered"), ("disbursed", "refunded")
State = OutgoingPayment.State
# Money that came, and is not at the bank: by the way it came.
ELSEWHERE = {"in_wallet": ["wallet"], "in_till": ["cash", "cheque"], "told_by_others": ["api", "transfer"]}


@dataclass(frozen=True)
class Line:
    """One reason why the bank has more (above zero) or less than the book; minor units."""

    name: str
    amount: int


@dataclass(frozen=True)
class AccountBalance:
    """A bank account as its last statement left it. `gap` is what its entries do not explain since the first."""

    account: str
    closing: int
    on: datetime.date | None
    gap: int


@dataclass(frozen=True)
class Reconciliation:
    """One currency: the book's cash, the lines that lead from it to the bank, the bank's own balances."""

    currency: str
    closed_on: datetime.date | None
    book: int
    lines: Sequence[Line] = field(default_factory=list)
    accounts: Sequence[AccountBalance] = field(default_factory=list)

    @property
    def expected(self) -> int:
        """What the bank should hold."""
        return self.book + sum(line.amount for line in self.lines)

    @property
    def at_bank(self) -> int:
        """What the bank's statements say that it holds."""
        return sum(one.closing for one in self.accounts)

    @property
    def unexplained(self) -> int:
        """What the bank holds more than expected: facts that did not pass through here, or something to look for."""
        return self.at_bank - self.expected


def reconcile(closed_on: datetime.date | None, facts_through: int) -> list[Reconciliation]:
    """Every currency in which there is cash; `closed_on` and `facts_through` are the last close's.

    A dozen queries of sums, whatever the number of payments.
    """
    book = _ledger_cash(closed_on)
    lines: dict[str, list[Line]] = {}
    for name, sums in _lines(closed_on, facts_through):
        for currency, amount in sums.items():
            if amount:
                lines.setdefault(currency, []).append(Line(name, amount))
    accounts = _accounts()
    currencies = sorted({*book, *lines, *accounts})
    return [
        Reconciliation(one, closed_on, book.get(one, 0), lines.get(one, []), accounts.get(one, []))
        for one in currencies
    ]


def _lines(closed_on: datetime.date | None, facts_through: int) -> Iterable[tuple[str, dict[str, int]]]:
    yield "since_close", _since(closed_on, facts_through)
    yield "suspense", _sums(Suspense.objects.values_list("payment__currency"))
    yield "refunds_not_left", _sums(_refunds_of_suspense([State.APPROVED]))
    on_its_way = OutgoingPayment.objects.filter(state=State.SENT, port="file")
    yield "on_its_way_out", _sums(on_its_way.values_list("currency"))
    for name, methods in (
        ("in_wallet", ["wallet"]),
        ("in_till", ["cash", "cheque"]),
        ("told_by_others", ["api", "transfer"]),
    ):
        came = _sums(IncomingPayment.objects.filter(method__in=methods).values_list("currency"))
        yield name, {currency: -amount for currency, amount in came.items()}
    yield (
        "paid_from_wallet",
        _sums(
            OutgoingPayment.objects.filter(state__in=[State.SENT, State.SETTLED], port="wallet").values_list("currency")
        ),
    )
    yield (
        "paid_from_till",
        _sums(
            OutgoingPayment.objects.filter(state__in=[State.SENT, State.SETTLED], port="hand").values_list("currency")
        ),
    )
    yield "own_transfers", _sums(Outcome.objects.filter(kind="own").values_list("payment__currency"))
    yield "charges", _sums(BankEntry.objects.filter(kind="charge").values_list("currency"))
    yield "entries_to_explain", _sums(unexplained_entries().values_list("currency"))
    yield "explained", _sums(BankEntry.objects.filter(explanation__isnull=False).values_list("currency"))
    opening = BankStatement.objects.filter(opening__isnull=False).order_by("account", "currency", "to_date", "pk")
    first: dict[tuple[str, str], int] = {}
    for account, currency, amount in opening.values_list("account", "currency", "opening"):
        first.setdefault((account, currency), amount)
    sums: dict[str, int] = {}
    for (_, currency), amount in first.items():
        sums[currency] = sums.get(currency, 0) + amount
    yield "opening", sums


def unexplained_entries():
    """Entries of the bank that nothing on record and nobody explains."""
    return BankEntry.objects.exclude(kind="charge").filter(
        payment__isnull=True, outgoing_events__isnull=True, outcomes__isnull=True, debits__isnull=True,
        explanation__isnull=True,
    )  # fmt: skip


def _refunds_of_suspense(states: Sequence[str]):
    return OutgoingPayment.objects.filter(state__in=states, loan__isnull=True, purpose="refund").values_list("currency")


def _ledger_cash(closed_on: datetime.date | None) -> dict[str, int]:
    if closed_on is None:
        return {}
    balance = Sum(Case(When(debit_id=CASH, then=F("amount")), default=-F("amount"), output_field=BigIntegerField()))
    touching = JournalEntry.objects.filter(Q(debit_id=CASH) | Q(credit_id=CASH), business_date__lte=closed_on)
    return dict(touching.values_list("currency").annotate(balance=balance).order_by())


def _since(closed_on: datetime.date | None, facts_through: int) -> dict[str, int]:
    """Cash of the facts that the last close did not see, and of those that it saw before their day."""
    fresh = Q(pk__gt=facts_through)
    if closed_on is not None:
        fresh |= Q(value_date__gt=closed_on)
    sums: dict[str, int] = {}
    for kind, currency, undone, amount in (
        Fact.objects.filter(fresh, kind__in=["reversed", *COMES, *GOES])
        .values_list("kind", "loan__product__currency", "reverses__kind")
        .annotate(sum=Sum(Case(When(kind="reversed", then=F("reverses__amount")), default=F("amount"))))
        .order_by()
    ):
        which = undone if kind == "reversed" else kind
        sign = (1 if which in COMES else -1 if which in GOES else 0) * (-1 if kind == "reversed" else 1)
        sums[currency] = sums.get(currency, 0) + sign * (amount or 0)
    return sums


def _sums(rows) -> dict[str, int]:
    return dict(rows.annotate(sum=Sum("amount")).order_by())


def _accounts() -> dict[str, list[AccountBalance]]:
    sums = BankEntry.objects.values_list("account", "currency").annotate(sum=Sum("amount")).order_by()
    entries = {(account, currency): total for account, currency, total in sums}
    first: dict[tuple[str, str], int] = {}
    last: dict[tuple[str, str], BankStatement] = {}
    for one in BankStatement.objects.filter(closing__isnull=False).order_by("to_date", "pk"):
        first.setdefault((one.account, one.currency), one.opening or 0)
        last[one.account, one.currency] = one
    found: dict[str, list[AccountBalance]] = {}
    for (account, currency), total in sorted(entries.items()):
        statement = last.get((account, currency))
        closing = total if statement is None else statement.closing or 0
        gap = closing - first.get((account, currency), 0) - total
        found.setdefault(currency, []).append(
            AccountBalance(account, closing, statement.to_date if statement else None, gap)
        )
    return found
