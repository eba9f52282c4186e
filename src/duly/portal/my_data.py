"""The borrower's own data: what they agreed to, a copy of everything, and having it erased. Views translate."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from duly.engine.errors import InputError
from duly.people import consents, erase
from duly.people.access import open_to
from duly.people.export import export
from duly.people.languages import language_now
from duly.people.reveal import FIELDS, masked_field
from duly.people.roles import Role
from duly.people.sign_in.recent import needs_recent_sign_in
from duly.portal.own import own_record
from duly.screens.papers import attachment


@require_safe
@open_to(Role.BORROWER)
def my_data(request: HttpRequest) -> HttpResponse:
    """What is on record, masked; consents; a copy to take away; erasure."""
    borrower = own_record(request)
    language = language_now()
    asked = consents.consents_of(borrower, language)
    context = {
        "page": "data",
        "borrower": borrower,
        "masked": [(field, masked_field(borrower, field)) for field in FIELDS],
        "needed": [one for one in asked if one.needed_for],
        "free": [one for one in asked if not one.needed_for],
        "erasure": erase.waiting(borrower),
        "against": erase.reasons_against(borrower, timezone.now()),
    }
    return render(request, "portal/my_data.html", context)


@require_POST
@open_to(Role.BORROWER)
def say_consent(request: HttpRequest) -> HttpResponse:
    """Give or withdraw one consent, in the words that stood on the page."""
    borrower = own_record(request)
    language = language_now()
    purpose = request.POST.get("purpose", "")
    try:
        if request.POST.get("answer") == "yes":
            consents.give(borrower, purpose, language, int(request.POST.get("version", "0")))
        else:
            consents.withdraw(borrower, purpose, language=language)
    except (InputError, ValueError):
        messages.error(request, gettext("This could not be saved. Try again."))
    return redirect("my_data")


@require_POST
@open_to(Role.BORROWER)
@needs_recent_sign_in("my_data", "my_sign_in")
def my_export(request: HttpRequest) -> HttpResponse:
    """Everything on record, as a zip."""
    content = export(own_record(request), language_now())
    return attachment(content, "application/zip", f"my-data-{timezone.localdate().isoformat()}.zip")


@require_POST
@open_to(Role.BORROWER)
@needs_recent_sign_in("my_data", "my_sign_in")
def ask_erasure(request: HttpRequest) -> HttpResponse:
    """Ask for everything to be erased that the law lets go of."""
    try:
        erase.ask_to_erase(own_record(request), request.user)
    except InputError as error:
        messages.error(request, f"{error.what} {error.remedy}")
    return redirect("my_data")
