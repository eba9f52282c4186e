"""A borrower's own word to pay by a day: given, and taken back. Views translate; they decide nothing."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from duly.borrowing.models.kept import BY_BORROWER
from duly.collection.promises.models import Promise
from duly.collection.promises.services import take_promise, withdraw_promise
from duly.engine.errors import InputError
from duly.lending.positions import loans_on
from duly.people.access import open_to
from duly.people.roles import Role
from duly.portal.amounts import typed_amount
from duly.portal.own import number_in, own_record
from duly.portal.plans import typed_day
from duly.screens.refusals import tell_refusal


@require_POST
@open_to(Role.BORROWER)
def promise_to_pay(request: HttpRequest) -> HttpResponse:
    """The person says how much they will pay by when."""
    borrower = own_record(request)
    now = timezone.now()
    currency = request.POST.get("currency", "")
    if currency not in {one.currency for one in loans_on(borrower, timezone.localdate(now))}:
        raise Http404
    try:
        take_promise(
            borrower,
            typed_amount(request.POST.get("amount", ""), currency),
            typed_day(request.POST.get("day", "")),
            currency=currency,
            by=BY_BORROWER,
            through=Promise.Through.PORTAL,
            on=timezone.localdate(now),
            at=now,
            key=f"portal:{borrower.pk}:{request.POST.get('key', '')[:64]}",
        )
    except InputError as error:
        tell_refusal(request, error)
        return redirect("cannot_pay")
    messages.success(request, gettext("Thank you. Until then nobody reminds you."), extra_tags="good")
    return redirect("my_home")


@require_POST
@open_to(Role.BORROWER)
def take_back_promise(request: HttpRequest) -> HttpResponse:
    """The word is taken back before its day."""
    promise = own_record(request).promises.filter(pk=number_in(request.POST.get("promise", ""))).first()
    if promise is None:
        raise Http404
    try:
        withdraw_promise(promise, BY_BORROWER, timezone.now())
    except InputError as error:
        tell_refusal(request, error)
    return redirect("cannot_pay")
