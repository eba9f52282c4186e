"""What could not be done, told on the page that comes next."""

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext

from duly.contact.calls import Refused
from duly.engine.errors import InputError


def tell_refusal(request: HttpRequest, error: InputError) -> None:
    """Say on the next page what is wrong and what to do; `error` is in sentences of the reader's language."""
    messages.error(request, f"{error.what} {error.remedy}", extra_tags="late")


def tell_fault(request: HttpRequest, error: InputError) -> None:
    """Say on the next page what is wrong and what to do; `error` is in phrases, as programs get it."""
    messages.error(request, f"{error.what}: {error.remedy}", extra_tags="late")


def tell_forbidden(request: HttpRequest, refused: Refused) -> None:
    """Say on the next page by which rules the gate forbids a contact now."""
    why = gettext("Not allowed now: %(why)s") % {"why": refused.answer.refusal}
    messages.error(request, why, extra_tags="late")
