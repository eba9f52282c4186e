"""Cooling off: until when a borrower may withdraw from a loan, by its contract and by the law."""

import datetime

from duly.engine.contract import Terms
from duly.law.duties import due
from duly.people.house import house_packs, packs_in_force

_ONE_DAY = datetime.timedelta(days=1)


def days_by_law(on: datetime.date) -> int:
    """The days that the packs in force give to withdraw from a loan signed on `on`; 0 where they give none."""
    noon = datetime.datetime.combine(on, datetime.time(4), datetime.UTC)
    ends = [
        duty.due_at
        for duty in due("loan_signed", noon, packs_in_force(), "UTC", house=house_packs())
        if duty.what == "exit_without_penalty_ends"
    ]
    return max(((end.date() - _ONE_DAY - on).days for end in ends), default=0)


def last_day_to_withdraw(terms: Terms, disbursed_on: datetime.date) -> datetime.date | None:
    """The last day on which a loan paid out on `disbursed_on` can be withdrawn from; None where there is no such time.

    The contract's days where it names them, else the law's, counted from the day after the money left: never earlier
    than the law, which counts from the signature.
    """
    days = days_by_law(disbursed_on) if terms.cooling_off_days is None else terms.cooling_off_days
    return disbursed_on + days * _ONE_DAY if days else None
