"""The parts that rooms put on the supervisor's board: promises due, placements to decide, matters with a deadline."""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

# What the part's template is given: who looks, and the instant; a few queries at most. None: nothing to say.
Told = Callable[[User, datetime.datetime], Mapping[str, Any] | None]


@dataclass(frozen=True)
class Part:
    """One part of the board: drawn by which template, from what."""

    template: str
    context: Told


_parts: dict[str, Part] = {}


def register(name: str, template: str, context: Told) -> None:
    """Put a part on the board: a `<section class="card">`. Rooms call it in their AppConfig.ready.

    A name that is registered again is replaced.
    """
    _parts[name] = Part(template, context)


def drawn(request: HttpRequest, now: datetime.datetime) -> list[SafeString]:
    """The parts as `request.user` sees them, in the order of registration."""
    drawn = []
    for part in _parts.values():
        told = part.context(request.user, now)
        if told is not None:
            drawn.append(render_to_string(part.template, {"now": now, **told}, request))
    return drawn
