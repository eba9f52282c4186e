"""What lending says when a borrower's data is to be erased: not while a loan is open; contracts and facts stay."""

import datetime

from django.utils import timezone
from django.utils.translation import gettext

from duly.lending.models import Fact
from duly.lending.positions import loans_on
from duly.people.erase import Line, erases, stands_against
from duly.people.models import Borrower

ENDED = ("settled", "cancelled")


@stands_against
def a_loan_is_open(borrower: Borrower, now: datetime.datetime) -> str:
    """A loan that is not paid, a written-off one too, and money that is still the borrower's."""
    for one in loans_on(borrower, timezone.localdate(now)):
        if one.position.status not in ENDED:
            return gettext("The loan %(loan)s is open.") % {"loan": one.loan.reference}
        if one.position.credit_balance:
            return gettext("Money of the loan %(loan)s is still to be given back.") % {"loan": one.loan.reference}
    return ""


@erases
def keep_the_books(borrower: Borrower, now: datetime.datetime) -> list[Line]:
    """Loans and what happened to them are the lender's books: they stay, under the reference."""
    why = "the lender's books, which the law has it keep"
    loans = borrower.loans.count()
    facts = Fact.objects.filter(loan__borrower=borrower).count()
    return [
        Line("loan contracts", loans, erased=False, why=why, needs_name=loans > 0),
        Line("facts of loans", facts, erased=False, why=why),
    ]
