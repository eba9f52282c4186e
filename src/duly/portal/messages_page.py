"""Messages: everything that the lender has written to the borrower, to read and to read again. Views translate."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from duly.contact.own_messages import how_many, messages_of, open_message
from duly.people.access import open_to
from duly.people.models import Borrower
from duly.people.roles import Role
from duly.portal.own import own_record


@require_safe
@open_to(Role.BORROWER)
def my_messages(request: HttpRequest) -> HttpResponse:
    """The list, newest first."""
    return render(request, "portal/messages.html", {"written": messages_of(own_record(request))})


@require_safe
@open_to(Role.BORROWER)
def my_message(request: HttpRequest, number: int) -> HttpResponse:
    """One message in full; opened, it counts as read."""
    message = open_message(own_record(request), number, timezone.now())
    if message is None:
        raise Http404
    return render(request, "portal/message.html", {"written": message})


def on_home(borrower: Borrower, on: datetime.date) -> Mapping[str, Any] | None:
    """What the first page says of messages, where there are any."""
    every, new = how_many(borrower)
    return {"written": every, "new": new} if every else None
