"""The parts that rooms put on the desk's page of a case: offers and promises, complaints, matters, placement."""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from duly.collection.models import Case

Column = Literal["case", "act"]
# What the part's template is given: the case with its borrower, who looks, and the instant; a few queries at most.
# None: the part has nothing to say about this case.
Told = Callable[[Case, User, datetime.datetime], Mapping[str, Any] | None]


@dataclass(frozen=True)
class Part:
    """One part of the page: in which column, drawn by which template, from what."""

    column: Column
    template: str
    context: Told


_parts: dict[str, Part] = {}


def register(name: str, column: Column, template: str, context: Told) -> None:
    """Put a part at the end of a column of every case's page. Rooms call it in their AppConfig.ready.

    The template is a fragment: a `<section class="card">` with its own heading. It also gets `case`, `now` and what
    every page has (`request`, `user`, `csrf_token`). A name that is registered again is replaced.
    """
    _parts[name] = Part(column, template, context)


def drawn(request: HttpRequest, case: Case, column: Column, now: datetime.datetime) -> list[SafeString]:
    """The parts of a column about a case, as `request.user` sees them, in the order of registration."""
    drawn = []
    for part in _parts.values():
        told = part.context(case, request.user, now) if part.column == column else None
        if told is not None:
            drawn.append(render_to_string(part.template, {"case": case, "now": now, **told}, request))
    return drawn
