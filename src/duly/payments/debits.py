"""Automatic debit: what is due is collected on its due day, what fails is tried again by the policy, never more."""

import datetime
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

import numpy as np
from django.db import transaction
from django.db.models import Sum

from duly.engine.dates import date, days
from duly.engine.fold import STATUS, fold
from duly.lending.arrow import arranged
from duly.lending.models import Loan
from duly.lending.some_loans import read_some
from duly.payments import mandates
from duly.payments.files.collection import write_collection
from duly.payments.files.folder import alone, keep
from duly.payments.models import BankEntry, Debit, DebitMandate
from duly.payments.outgoing import new_end_to_end

CHUNK = 2000


@dataclass(frozen=True)
class Retry:
    """What is done after a failure: the days after which it is tried again, and whether the mandate is over."""

    after_days: tuple[int, ...]
    ends_mandate: bool = False


@dataclass(frozen=True)
class Collected:
    """What one run asked the bank to collect: the file, how many debits, and sums in minor units by currency."""

    files: Sequence[Path]
    debits: int
    sums: dict[str, int]


@lru_cache
def retry_policy() -> dict[str, Retry]:
    """The policy by reason code, from retries.toml."""
    document = tomllib.loads((resources.files("duly.payments") / "retries.toml").read_text(encoding="utf-8"))
    return {code: Retry(tuple(rule["after_days"]), rule.get("ends_mandate", False)) for code, rule in document.items()}


def collect_due(on: datetime.date) -> Collected:
    """Ask the bank to collect on `on` what is due by then on the loans whose borrowers have signed a mandate.

    Each installment is asked for once on its due day, and again as the retry policy says; never more than is due on
    the loan less what is on its way already. One file a currency; run again for the same day, nothing is asked twice.
    """
    found = DebitMandate.objects.filter(ended_at__isnull=True, account__ended_at__isnull=True)
    asked: list[Debit] = []
    with alone(), transaction.atomic():
        # The mandates are the lock: two runs never ask for the same installment, nor for one whose mandate has ended.
        held = found.select_for_update(of=("self",)).select_related("account", "borrower").order_by("pk")
        by_borrower = {one.borrower_id: one for one in held}
        of_them = Loan.objects.filter(borrower__in=found.values("borrower"), disbursed_on__lte=on)
        loan_ids = list(of_them.order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(loan_ids), CHUNK):
            asked += _debits(loan_ids[start : start + CHUNK], by_borrower, on)
        files = []
        for currency in sorted({one.currency for one in asked}):
            of_currency = [one for one in asked if one.currency == currency]
            number = f"collect-{on:%Y%m%d}-{currency}-{of_currency[0].end_to_end[-8:]}"
            for one in of_currency:
                one.file_name = f"{number}.xml"
            files.append((f"{number}.xml", write_collection(number, of_currency, on)))
        Debit.objects.bulk_create(asked)
        paths = [keep(name, content) for name, content in files]
    sums: dict[str, int] = {}
    for one in asked:
        sums[one.currency] = sums.get(one.currency, 0) + one.amount
    return Collected(paths, len(asked), sums)


def debit_returned(debit: Debit, on: datetime.date, code: str, entry: BankEntry | None = None) -> None:
    """The bank could not collect, or gave the money back: `code` says why, and whether the mandate ends by it."""
    with transaction.atomic():
        changed = Debit.objects.filter(pk=debit.pk).exclude(state=Debit.State.RETURNED)
        if not changed.update(state=Debit.State.RETURNED, code=code[:8], returned_on=on, returned_by=entry):
            return
        if retry_rule(code).ends_mandate:
            mandates.end(debit.mandate, code)


def retry_rule(code: str) -> Retry:
    """What the policy says of a reason code."""
    policy = retry_policy()
    return policy.get(code, policy["default"])


def _debits(loan_ids: Sequence[int], by_borrower: dict[int, DebitMandate], on: datetime.date) -> list[Debit]:
    """The debits to ask for on some loans: a few queries and one fold, however many they are."""
    loans, facts = read_some(loan_ids)
    found = fold(loans.contracts, arranged(facts, loans.id), days(on))
    due = found.principal_due + found.interest_due + found.penalty_due + found.fee_due
    rows = np.flatnonzero((found.status == STATUS["open"]) & (due > 0))
    ids = loans.id[rows].tolist()
    on_its_way = dict(
        Debit.objects.filter(loan_id__in=ids, state=Debit.State.SENT).values_list("loan_id").annotate(Sum("amount"))
    )
    last = {one.loan_id: one for one in Debit.objects.filter(loan_id__in=ids).order_by("pk")}
    of = Loan.objects.in_bulk(ids)
    asked = []
    for row, loan_id in zip(rows.tolist(), ids, strict=True):
        attempt = _attempt(
            last.get(loan_id),
            falls_due=int(found.next_due_on[row]) == days(on),
            oldest=date(int(found.oldest_unpaid_due_on[row])),
            on=on,
        )
        amount = int(due[row]) - on_its_way.get(loan_id, 0)
        if attempt is None or amount <= 0:
            continue
        due_on, number = attempt
        asked.append(
            Debit(
                mandate=by_borrower[of[loan_id].borrower_id],
                loan=of[loan_id],
                due_on=due_on,
                attempt=number,
                collect_on=on,
                amount=amount,
                currency=loans.products[loans.product[row]][1],
                end_to_end=new_end_to_end(),
            )
        )
    return asked


def _attempt(
    last: Debit | None, *, falls_due: bool, oldest: datetime.date, on: datetime.date
) -> tuple[datetime.date, int] | None:
    """For which due day, and as which attempt, a loan is debited on `on`; None when it is not its turn."""
    if falls_due and (last is None or last.due_on < on):
        return on, 1
    if last is None or last.due_on < oldest:
        return oldest, 1  # the day it fell due was missed
    if last.state != Debit.State.RETURNED or last.returned_on is None:
        return None
    after = retry_rule(last.code).after_days
    if last.attempt > len(after) or on < last.returned_on + datetime.timedelta(days=after[last.attempt - 1]):
        return None
    return last.due_on, last.attempt + 1
