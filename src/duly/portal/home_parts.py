"""The parts that rooms put on the borrower's first page: offers that wait, promises, a complaint, a hardship."""

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from duly.people.models import Borrower

# What the part's template is given, in a query or two. None: the part has nothing to say to this borrower.
Told = Callable[[Borrower, datetime.date], Mapping[str, Any] | None]

_parts: dict[str, tuple[str, Told]] = {}


def register(name: str, template: str, context: Told) -> None:
    """Put a part under what is owed on every borrower's first page. Rooms call it in their AppConfig.ready.

    The template is a fragment: a `<section class="card">` with its own heading. It also gets what every page has. A
    name that is registered again is replaced.
    """
    _parts[name] = (template, context)


def drawn(request: HttpRequest, borrower: Borrower, on: datetime.date) -> list[SafeString]:
    """The parts about `borrower`, in the order of registration."""
    told = [(template, context(borrower, on)) for template, context in _parts.values()]
    return [render_to_string(template, dict(said), request) for template, said in told if said is not None]
