"""Whose money it is: rules that go from certain to likely. Only what is certain is posted without being asked.

1. an order's number in the text or as the end-to-end reference;
2. a loan's reference: the structured creditor reference (ISO 11649, with its check digits), or a word of the text
   (but for short numbers, which may be anything);
3. the end-to-end reference of a debit, by which we collected it;
4. the payer's account, when it is one borrower's and that borrower has one loan that is open.

Rules are tried in this order. Two loans by the same rule are ambiguous, and the money waits.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from duly.lending.models import Loan
from duly.lending.positions import position_on
from duly.payments.models import BorrowerAccount, Debit, IncomingPayment, PaymentDetails, PaymentOrder, Suspense
from duly.payments.payer_accounts import account_indexes

# What in a text may be a reference: up to 64 letters and digits, with the signs that references are written with.
WORD = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/#-]{2,63}")
# In a text this may as well be a year, an amount or a bill's number; it names a loan only where a reference is stated.
SHORT_NUMBER = re.compile(r"[0-9]{1,5}")
WORDS_AT_MOST = 40
CANDIDATES_AT_MOST = 5


@dataclass(frozen=True)
class Told:
    """What a bank tells of one credit, as far as it says whose it is."""

    text: str = ""
    structured: str = ""
    end_to_end: str = ""
    payer_account: str = ""


@dataclass(frozen=True)
class Match:
    """The loan that money is for, by which rule; without a loan, why it waits."""

    loan: str = ""
    rule: str = ""
    waits_for: str = ""
    prepays: bool = False
    order: PaymentOrder | None = None
    debit: Debit | None = None


def match_all(told: Sequence[Told]) -> list[Match]:
    """Whose each credit is. Five queries, whatever their number."""
    words = [words_of(one) for one in told]
    every = {word for some in words for word in some}
    orders = {one.number: one for one in PaymentOrder.objects.filter(number__in=every).select_related("loan")}
    loans = set(Loan.objects.filter(reference__in=every).values_list("reference", flat=True))
    ends = {one.end_to_end for one in told if one.end_to_end}
    debits = {one.end_to_end: one for one in Debit.objects.filter(end_to_end__in=ends).select_related("loan")}
    by_account = _loans_by_account(one.payer_account for one in told if one.payer_account)
    return [
        _match(one, some, orders, loans, debits, by_account.get(one.payer_account, set()))
        for one, some in zip(told, words, strict=True)
    ]


def words_of(told: Told) -> list[str]:
    """What may be a reference in what was told, each once, as written and in capitals."""
    found = [told.end_to_end, told.structured, creditor_reference(told.structured)]
    found += WORD.findall(told.text)[:WORDS_AT_MOST]
    # A word may end with the sign that ends its sentence.
    found += [word.rstrip("._/#-") for word in found] + [word.upper() for word in found]
    return list(dict.fromkeys(word for word in found if word))


def creditor_reference(text: str) -> str:
    """What a structured creditor reference refers to: "RF18539007547034" is 539007547034; "" if it does not hold.

    ISO 11649: RF, two check digits (ISO 7064 MOD 97-10), up to 21 letters and digits.
    """
    plain = re.sub(r"\s", "", text).upper()
    if not re.fullmatch(r"RF[0-9]{2}[0-9A-Z]{1,21}", plain):
        return ""
    moved = plain[4:] + plain[:4]
    return plain[4:] if int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1 else ""


def make_creditor_reference(reference: str) -> str:
    """The structured creditor reference of a reference of up to 21 letters and digits."""
    plain = reference.upper()
    if not re.fullmatch(r"[0-9A-Z]{1,21}", plain):
        raise ValueError(f"{reference!r} cannot be a creditor reference: it takes up to 21 letters and digits")
    digits = "".join(str(int(sign, 36)) for sign in plain + "RF00")
    return f"RF{98 - int(digits) % 97:02d}{plain}"


def _match(
    told: Told,
    words: Sequence[str],
    orders: dict[str, PaymentOrder],
    loans: set[str],
    debits: dict[str, Debit],
    of_account: set[str],
) -> Match:
    ordered = [orders[word] for word in words if word in orders]
    if ordered:
        if len({one.pk for one in ordered}) > 1:
            return Match(waits_for=Suspense.Reason.AMBIGUOUS)
        prepays = ordered[0].purpose == PaymentOrder.Purpose.PREPAY
        return Match(ordered[0].loan.reference, "order", prepays=prepays, order=ordered[0])
    if told.end_to_end in debits:
        debit = debits[told.end_to_end]
        return Match(debit.loan.reference, "debit", debit=debit)
    stated = {told.structured, creditor_reference(told.structured), told.end_to_end}
    named = {word for word in words if word in loans and (word in stated or not SHORT_NUMBER.fullmatch(word))}
    if named:
        return Match(named.pop(), "reference") if len(named) == 1 else Match(waits_for=Suspense.Reason.AMBIGUOUS)
    if of_account:
        return Match(of_account.copy().pop(), "account") if len(of_account) == 1 else Match(waits_for="ambiguous")
    return Match(waits_for=Suspense.Reason.NO_REFERENCE)


def _loans_by_account(numbers: Iterable[str]) -> dict[str, set[str]]:
    """For each account that is one borrower's, the loans of theirs that are open."""
    indexes = {number: account_indexes(number) for number in numbers}
    accounts = BorrowerAccount.objects.filter(
        number_index__in=[one for some in indexes.values() for one in some], ended_at__isnull=True
    ).values_list("number_index", "borrower_id")
    owners: dict[str, set[int]] = {}
    for index, borrower_id in accounts:
        owners.setdefault(index, set()).add(borrower_id)
    borrowers = {borrower_id for some in owners.values() for borrower_id in some}
    open_loans: dict[int, set[str]] = {}
    for loan in Loan.objects.filter(borrower_id__in=borrowers).select_related("product").prefetch_related("facts"):
        if position_on(loan, max(timezone.localdate(), loan.disbursed_on)).status in ("open", "written_off"):
            open_loans.setdefault(loan.borrower_id, set()).add(loan.reference)
    found = {}
    for number, some in indexes.items():
        whose = set().union(*(owners.get(index, set()) for index in some))
        if whose:
            found[number] = set().union(*(open_loans.get(one, set()) for one in whose))
    return found


def candidates_for(payment: IncomingPayment) -> list[tuple[Loan, list[str], int]]:
    """Loans that a payment may be for: (loan, reasons, due today in minor units), the most reasons first."""
    details = PaymentDetails.objects.filter(payment=payment).select_related("order__loan").first()
    reasons: dict[str, list[str]] = {}
    if details is not None:
        if details.order is not None:
            reasons.setdefault(details.order.loan.reference, []).append(gettext("its order names this loan"))
        words = words_of(Told(text=details.remittance, end_to_end=details.end_to_end))
        near = Q(reference__in=words) | Q(borrower__reference__in=words)
        for reference in Loan.objects.filter(near).values_list("reference", flat=True)[:CANDIDATES_AT_MOST]:
            reasons.setdefault(reference, []).append(gettext("the words with the payment name it"))
        for reference in _loans_by_account([details.payer_account]).get(details.payer_account, set()):
            reasons.setdefault(reference, []).append(gettext("the payer's account is this borrower's"))
        for reference in _paid_before_from(details):
            reasons.setdefault(reference, []).append(gettext("money from the same account was paid on it before"))
    same_amount = PaymentOrder.objects.filter(amount=payment.amount, currency=payment.currency).order_by("-pk")
    for order in same_amount.select_related("loan")[:CANDIDATES_AT_MOST]:
        reasons.setdefault(order.loan.reference, []).append(gettext("an order of the same amount was opened"))
    loans = Loan.objects.filter(reference__in=reasons, product__currency=payment.currency)
    found = []
    for loan in loans.select_related("product", "borrower").prefetch_related("facts"):
        standing = position_on(loan, max(timezone.localdate(), loan.disbursed_on))
        due = sum(standing.due.values())
        why = list(dict.fromkeys(reasons[loan.reference]))
        if payment.amount in (due, standing.next_due_amount, standing.payoff):
            why.append(gettext("the amount is what it asks for"))
        found.append((loan, why, due))
    return sorted(found, key=lambda one: (-len(one[1]), one[0].reference))[:CANDIDATES_AT_MOST]


def _paid_before_from(details: PaymentDetails) -> list[str]:
    if not details.payer_account:
        return []
    before = IncomingPayment.objects.filter(
        details__account_index__in=account_indexes(details.payer_account), fact__isnull=False
    )
    return list(before.order_by("-pk").values_list("fact__loan__reference", flat=True)[:CANDIDATES_AT_MOST])
