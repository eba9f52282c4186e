"""The supervisor's board, and the reviews of what people have done. Views translate; they decide nothing."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from duly.collection.models import Task
from duly.collection.tasks import review
from duly.console import board_parts
from duly.console.board import board
from duly.console.contacts_today import day_bounds
from duly.console.desk_page import base_currency
from duly.engine.errors import InputError
from duly.people.access import open_to
from duly.people.roles import Role
from duly.screens.refusals import tell_fault

SUPERVISE = (Role.LEGAL, Role.COMPLIANCE)


@require_safe
@open_to(*SUPERVISE)
def board_page(request: HttpRequest) -> HttpResponse:
    """Queues, capacity, exceptions, samples, experiments."""
    now = timezone.now()
    context = {
        "page": "board",
        "board": board(request.user, now, day_bounds(timezone.localdate())),
        "now": now,
        "currency": base_currency(),
    }
    return render(request, "console/board.html", context)


@require_safe
@open_to(*SUPERVISE)
def board_parts_page(request: HttpRequest) -> HttpResponse:
    """The parts that other rooms put on the board."""
    return render(request, "console/desk_parts.html", {"parts": board_parts.drawn(request, timezone.now())})


@require_POST
@open_to(*SUPERVISE)
def review_task(request: HttpRequest, number: int) -> HttpResponse:
    """Say whether a task was done as it should be."""
    task = get_object_or_404(Task, pk=number)
    well_done = request.POST.get("answer") == "well"
    try:
        review(task, well_done, request.POST.get("words", ""), request.user, timezone.now())
    except InputError as error:
        tell_fault(request, error)
    else:
        messages.success(request, gettext("Put on record."))
    return redirect("board")
