"""The borrower's pages: who may contact me, when, and why. Views translate; they decide nothing."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from duly.contact.allowed_now import allowed_now
from duly.contact.own_page import borrower_of
from duly.people.access import open_to_anyone
from duly.people.languages import language_now
from duly.people.models import Borrower


@require_safe
@open_to_anyone
def who_may_contact_me(request: HttpRequest, token: str) -> HttpResponse:
    """For whoever holds the signed address in a message to a borrower: it names nobody and no amount."""
    try:
        borrower = get_object_or_404(Borrower, pk=borrower_of(token))
    except ValueError as error:
        raise Http404 from error
    now = timezone.now()
    context = {
        "now": now,
        "channels": allowed_now(borrower, now, language_now()),
        "phone": settings.DULY_LENDER_PHONE,
        "email": settings.DULY_LENDER_EMAIL,
    }
    return render(request, "portal/who_may_contact_me.html", context)
