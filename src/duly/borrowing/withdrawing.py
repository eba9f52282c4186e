"""Changing one's mind: who withdraws in time pays back what they received, and owes nothing else."""

import datetime
import logging

from django.db import transaction
from django.utils.translation import gettext

from duly.borrowing.cooling import last_day_to_withdraw
from duly.borrowing.drawing import move
from duly.borrowing.line_terms import parse_line_terms
from duly.borrowing.models import Drawdown
from duly.borrowing.models.kept import BY_BORROWER, BY_DULY
from duly.borrowing.paying_out import undo_loan
from duly.engine.contract import parse_terms
from duly.engine.errors import InputError
from duly.lending.positions import position_on
from duly.people.languages import date_in_words, language_now

log = logging.getLogger(__name__)

ONE_DAY = datetime.timedelta(days=1)
ON_ITS_WAY = 3 * ONE_DAY


def withdraw_until(drawdown: Drawdown) -> datetime.date | None:
    """The last day on which the borrower may withdraw; None where there is no such time, or no loan yet."""
    if drawdown.loan is None:
        return None
    return last_day_to_withdraw(parse_terms(drawdown.terms.terms), drawdown.loan.disbursed_on)


def withdraw(drawdown: Drawdown, at: datetime.datetime, on: datetime.date) -> Drawdown:
    """The borrower withdraws on `on`; the loan is cancelled once what was paid out is back. Raises InputError."""
    with transaction.atomic():
        held = _locked(drawdown)
        if held.state in (Drawdown.State.WITHDRAWING, Drawdown.State.WITHDRAWN):
            return held
        last = withdraw_until(held) if held.state == Drawdown.State.DISBURSED else None
        if last is None:
            raise InputError(
                gettext("This loan cannot be withdrawn from."), "/drawdown", gettext("You may pay it back early.")
            )
        if on > last:
            raise InputError(
                gettext("The time to withdraw ended on %(day)s.") % {"day": date_in_words(last, language_now())},
                "/drawdown",
                gettext("You may pay it back early."),
            )
        held.withdrawn_on = on
        held.return_by = on + parse_line_terms(held.line.product.terms).return_days * ONE_DAY
        move(held, Drawdown.State.WITHDRAWING, at, BY_BORROWER)
    return complete_withdrawal(held, at, on)


def to_return(drawdown: Drawdown, on: datetime.date) -> int:
    """What the borrower still has to pay back of what they received, in minor units, once they have withdrawn."""
    position = position_on(drawdown.loan, on)
    # The fee that was withheld counts as received.
    return max(0, drawdown.amount - (position.received - position.refunded))


def complete_withdrawal(drawdown: Drawdown, at: datetime.datetime, on: datetime.date) -> Drawdown:
    """Cancel the loan as of the day of withdrawal once the money is back; go on with it when that took too long.

    What left the borrower in time may be told later, so it is waited for `ON_ITS_WAY` longer than they were given.
    """
    with transaction.atomic():
        held = _locked(drawdown)
        if held.state != Drawdown.State.WITHDRAWING:
            return held
        if to_return(held, on) == 0:
            undo_loan(held.loan, held.withdrawn_on, f"withdrawn/{held.reference}")
            move(held, Drawdown.State.WITHDRAWN, at, BY_DULY)
        elif on > held.return_by + ON_ITS_WAY:
            held.withdrawn_on = held.return_by = None
            move(held, Drawdown.State.DISBURSED, at, BY_DULY, "not paid back in time")
    return held


def complete_withdrawals(at: datetime.datetime, on: datetime.date, loans: frozenset[int] | None = None) -> int:
    """Complete those withdrawals that can be, of the loans named or all; gives how many moved."""
    waiting = Drawdown.objects.filter(state=Drawdown.State.WITHDRAWING)
    if loans is not None:
        waiting = waiting.filter(loan__in=loans)
    moved = 0
    for one in waiting.order_by("pk"):
        try:
            moved += complete_withdrawal(one, at, on).state != Drawdown.State.WITHDRAWING
        except InputError as error:
            log.error("the withdrawal of %s waits: %s", one.reference, error)
    return moved


def _locked(drawdown: Drawdown) -> Drawdown:
    rows = Drawdown.objects.select_for_update(of=("self",))
    return rows.select_related("line__product", "loan__product", "terms").get(pk=drawdown.pk)
