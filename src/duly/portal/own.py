"""What belongs to the borrower who is signed in. What is another's is not there: Http404, as for what is not."""

from django.http import Http404, HttpRequest

from duly.borrowing.models import Application, CreditLine, Drawdown
from duly.lending.models import Loan
from duly.people.models import Borrower
from duly.people.services import borrower_of


def own_record(request: HttpRequest) -> Borrower:
    """The borrower who is signed in. Http404 when the account is nobody's."""
    borrower = borrower_of(request.user)
    if borrower is None:
        raise Http404
    return borrower


def number_in(text: str) -> int:
    """The number of a record, as a form names it. Http404 when it is none: then there is no such record."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise Http404
    return int(text)


def own_loan(request: HttpRequest, reference: str) -> Loan:
    """The borrower's own loan of that reference."""
    loan = (
        own_record(request)
        .loans.select_related("product")
        .prefetch_related("facts")
        .filter(reference=reference)
        .first()
    )
    if loan is None:
        raise Http404
    return loan


def own_application(request: HttpRequest, reference: str) -> Application:
    """The borrower's own application of that reference."""
    own = own_record(request).applications.select_related("product", "borrower").filter(reference=reference).first()
    if own is None:
        raise Http404
    return own


def own_drawdown(request: HttpRequest, reference: str) -> Drawdown:
    """The borrower's own drawdown of that reference. Http404 otherwise."""
    own = (
        Drawdown.objects.select_related("line__product", "line__borrower", "terms", "loan")
        .filter(reference=reference, line__borrower=own_record(request))
        .first()
    )
    if own is None:
        raise Http404
    return own


def open_line_of(borrower: Borrower) -> CreditLine | None:
    """The newest line of `borrower` that is not closed."""
    lines = borrower.credit_lines.select_related("product", "decision__application").prefetch_related("events")
    for line in lines.order_by("-opened_on", "-pk"):
        last = max(line.events.all(), key=lambda event: (event.on, event.pk), default=None)
        if last is not None and last.state != CreditLine.State.CLOSED:
            return line
    return None
