"""What could not be done, told on the page that comes next."""

from django.contrib import messages
from django.http import HttpRequest

from duly.engine.errors import InputError


def tell_refusal(request: HttpRequest, error: InputError) -> None:
    """Say on the next page what is wrong and what to do; `error` is in sentences of the reader's language."""
    messages.error(request, f"{error.what} {error.remedy}", extra_tags="late")
