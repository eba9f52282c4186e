"""Money as it arrives, in columns: what is said of each payment, checked before anything is looked up."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from duly.engine.errors import InputError
from duly.engine.money import DECIMALS, MAX_MONEY
from duly.payments.models import IncomingPayment, PaymentOrder

# What no reference holds, so that it can stand between them.
BETWEEN = "\x1f"
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")
DATE = datetime.date
METHODS = frozenset(IncomingPayment.Method.values)


@dataclass(frozen=True)
class Details:
    """What was told with one payment beside the money."""

    payer_name: str = ""
    payer_account: str = ""
    remittance: str = ""
    end_to_end: str = ""
    order: PaymentOrder | None = None

    @property
    def told(self) -> bool:
        """Whether anything was."""
        return self != Details()


@dataclass(frozen=True)
class Arrivals:
    """Payments that came from one source, a list a column, all of the same length.

    `source_id` is the source's own number for each; `loan` is the loan's reference, "" where it is not known (then the
    money waits, for the reason in `waits_for`); `amount` in minor units. `prepays`: what is over once all that is due
    is paid reduces the principal. `details` holds what else was told, None where nothing was.
    """

    source: str
    method: str
    source_id: Sequence[str]
    loan: Sequence[str]
    amount: Sequence[int]
    currency: Sequence[str]
    value_date: Sequence[datetime.date]
    prepays: Sequence[bool] | None = None
    waits_for: Sequence[str] | None = None
    details: Sequence[Details | None] | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.source_id)

    def __post_init__(self) -> None:
        columns = (self.loan, self.amount, self.currency, self.value_date, self.prepays, self.waits_for, self.details)
        if any(column is not None and len(column) != len(self.source_id) for column in columns):
            raise ValueError("the columns differ in length")
        if not 1 <= len(self.source) <= 64:
            raise InputError(f"{self.source[:80]!r} will not do", "/source", "give 1 to 64 characters")
        if self.method not in METHODS:
            raise InputError(f"{self.method!r} is not a method", "/method", f"use {', '.join(sorted(METHODS))}")


def all_right(arrivals: Arrivals) -> bool:
    """Whether nothing is wrong with any payment as given, looked at by whole columns."""
    if not len(arrivals):
        return True
    kinds = ((arrivals.source_id, str), (arrivals.loan, str), (arrivals.amount, int), (arrivals.value_date, DATE))
    if any(set(map(type, column)) != {kind} for column, kind in kinds):
        return False
    lengths = set(map(len, arrivals.source_id))
    return (
        min(lengths) >= 1
        and max(lengths) <= 128
        and min(arrivals.amount) >= 1
        and max(arrivals.amount) <= MAX_MONEY
        and DECIMALS.keys() >= set(arrivals.currency)
        and not any(UNPRINTABLE.search("".join(column)) for column in (arrivals.source_id, arrivals.loan))
    )


def wrong_with(arrivals: Arrivals, place: int) -> InputError | None:
    """What is wrong with one payment as given, before anything is looked up; None when nothing is."""
    source_id, loan, amount = arrivals.source_id[place], arrivals.loan[place], arrivals.amount[place]
    currency, value_date = arrivals.currency[place], arrivals.value_date[place]
    if type(source_id) is not str or not 1 <= len(source_id) <= 128 or UNPRINTABLE.search(source_id):
        return InputError(f"{str(source_id)[:80]!r} will not do", "/source_id", "give 1 to 128 printable characters")
    if type(loan) is not str or UNPRINTABLE.search(loan):
        return InputError(f"{str(loan)[:80]!r} is no reference", "/loan", "name the reference of a loan, or none")
    if type(amount) is not int or not 1 <= amount <= MAX_MONEY:
        return InputError(
            f"{amount!r} is out of range", "/amount", f"give 1 to {MAX_MONEY} minor units, as a whole number"
        )
    if currency not in DECIMALS:
        return InputError(f"{currency!r} is not an ISO 4217 currency", "/currency", 'give a code such as "CNY"')
    if type(value_date) is not DATE:
        return InputError(f"{value_date!r} is not a date", "/value_date", 'write dates as "2024-01-31"')
    return None
