"""The staff's pages: the book today, the loans, one loan, one journal entry. Views translate; they decide nothing."""

import datetime

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from duly.close.models import Close
from duly.console.book import book_today
from duly.console.contacts_today import contacts_today
from duly.console.loan_list import loan_list, read_filters
from duly.console.loan_page import loan_page
from duly.contact.allowed_now import allowed_now
from duly.engine.errors import InputError
from duly.lending.models import Loan
from duly.people.access import open_to
from duly.people.languages import language_now
from duly.people.roles import STAFF, Role, roles_of
from duly.people.visibility import limited

# Who looks at loans; each sees those of the borrowers that their role sees.
LOOK_AT_LOANS = (Role.UNDERWRITER, Role.COLLECTOR, Role.LEGAL, Role.FINANCE, Role.COMPLIANCE)


@require_safe
@open_to(*STAFF)
def book(request: HttpRequest) -> HttpResponse:
    """The book as last closed, and today's contacts."""
    today = timezone.localdate()
    found = book_today(today)
    context = {"page": "book", "book": found, "today": today, "yesterday": today - datetime.timedelta(days=1)}
    if found is not None:
        context["contacts"] = contacts_today(today, language_now())
    return render(request, "console/book.html", context)


@require_safe
@open_to(*LOOK_AT_LOANS)
def loans(request: HttpRequest) -> HttpResponse:
    """The loans that the address asks for."""
    try:
        filters = read_filters(request.GET)
    except ValueError as error:
        why = gettext("There is no such filter: %(filter)s. Choose one from the list.") % {"filter": error}
        return cannot_answer(request, why)
    last_close = _last_close()
    found = loan_list(filters, request.GET.get("page", "1"), last_close, timezone.localdate(), request.user)
    return render(request, "console/loans.html", {"page": "loans", "list": found, "last_close": last_close})


@require_safe
@open_to(*LOOK_AT_LOANS)
def loan(request: HttpRequest, reference: str) -> HttpResponse:
    """One loan on the date asked for: that of the last close unless given."""
    seen = limited(Loan.objects.select_related("product", "borrower"), request.user)
    found = get_object_or_404(seen, reference=reference)
    asked = request.GET.get("on", "")
    language = language_now()
    try:
        on = (
            datetime.date.fromisoformat(asked)
            if asked
            else max(_last_close() or found.disbursed_on, found.disbursed_on)
        )
        page = loan_page(found, on, language)
    except InputError:
        why = gettext("This loan was disbursed on %(date)s; before that day it owed nothing. Choose a later date.")
        return cannot_answer(request, why % {"date": found.disbursed_on})
    except ValueError:
        why = gettext("“%(date)s” is not a date. Write it as 2026-03-31.") % {"date": asked}
        return cannot_answer(request, why)
    now = timezone.now()
    channels = allowed_now(found.borrower, now, language)
    context = {"page": "loans", "shown": page, "loan": found, "now": now, "channels": channels}
    context["may_refund"] = Role.FINANCE in roles_of(request.user)
    return render(request, "console/loan.html", context)


@require_safe
@open_to(Role.FINANCE, Role.COMPLIANCE)
def movement(request: HttpRequest, business_date: datetime.date, movement: str) -> HttpResponse:
    """The loans behind a journal entry, of one product when the address names it; the largest amounts first."""
    from duly.close.detail import movement_detail
    from duly.close.errors import CloseError

    product = request.GET.get("product", "")
    try:
        rows = movement_detail(business_date, movement)
    except (CloseError, ValueError) as error:
        raise Http404 from error
    rows = sorted((one for one in rows if product in ("", one.product_code)), key=lambda one: -abs(one.amount))
    sums: dict[str, int] = {}
    for one in rows:
        sums[one.currency] = sums.get(one.currency, 0) + one.amount
    context = {
        "page": "book",
        "business_date": business_date,
        "movement": movement,
        "product": product,
        "rows": Paginator(rows, 50).get_page(request.GET.get("page", "1")),
        "sums": sums,
    }
    return render(request, "console/movement.html", context)


def _last_close() -> datetime.date | None:
    return Close.objects.order_by("-business_date").values_list("business_date", flat=True).first()


def cannot_answer(request: HttpRequest, why: str, page: str = "loans", back: str = "") -> HttpResponse:
    """A page that says why the question has no answer, with the way back."""
    return render(request, "400.html", {"why": why, "back": back or request.path, "page": page}, status=400)
