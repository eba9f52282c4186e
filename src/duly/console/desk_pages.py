"""The collector's desk: the queue, one case, and what is done with it. Views translate; they decide nothing."""

import datetime
from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from duly.collection import services, talking, tasks
from duly.collection.models import Case, Task
from duly.collection.playbook import names
from duly.collection.playbook_parts import STAGES
from duly.collection.queue import Filters, queue, take, take_next
from duly.collection.segments import segments
from duly.console import desk_page, desk_parts
from duly.console.views import cannot_answer
from duly.contact.calls import Refused
from duly.contact.local_time import lender_date
from duly.contact.models import Call
from duly.engine.errors import InputError
from duly.people.access import open_to
from duly.people.reveal import may_reveal
from duly.people.roles import Role, roles_of
from duly.people.visibility import limited
from duly.screens.refusals import tell_fault, tell_forbidden

PAGE_SIZE = 30
BESIDE = 12
WORK = (Role.COLLECTOR, Role.LEGAL)
LOOK_AT = (*WORK, Role.COMPLIANCE)
DECIDE = (Role.LEGAL,)
CHOICES = {"stage": STAGES, "due": ("late", "set"), "paused": ("yes",)}


@require_safe
@open_to(*LOOK_AT)
def desk(request: HttpRequest) -> HttpResponse:
    """The queue: which case now, and why."""
    try:
        filters = _filters(request.GET)
    except ValueError as error:
        why = gettext("There is no such filter: %(filter)s. Choose one from the list.") % {"filter": error}
        return cannot_answer(request, why, "desk", reverse("desk"))
    now = timezone.now()
    page = Paginator(queue(filters, now), PAGE_SIZE).get_page(request.GET.get("page", "1"))
    context = {
        "page": "desk",
        "rows": [desk_page.row_of(one, one.case.borrower.reference, now) for one in page],
        "of": page,
        "now": now,
        "filters": filters,
        "query": _query(filters),
        "currency": desk_page.base_currency(),
        "segments": [(one.id, desk_page.segment_words(one.id)) for one in segments().segments],
        "stages": [(one, desk_page.stage_words(one)) for one in STAGES],
        "may_work": _may(request, WORK),
    }
    return render(request, "console/desk.html", context)


@require_POST
@open_to(*WORK)
def next_case(request: HttpRequest) -> HttpResponse:
    """Take the next case of the queue on one's desk and open it."""
    try:
        filters = _filters(request.POST)
    except ValueError:
        filters = Filters()
    leaving = request.POST.get("leaving", "")
    found = take_next(request.user, filters, timezone.now(), int(leaving) if leaving.isdecimal() else None)
    if found is None:
        messages.success(request, gettext("No other case is waiting."))
        return redirect("desk")
    query = _query(filters)
    return redirect(reverse("desk_case", args=[found.pk]) + (f"?{query}" if query else ""))


@require_safe
@open_to(*LOOK_AT)
def desk_case(request: HttpRequest, number: int) -> HttpResponse:
    """One case: who, what is owed and why, what may be done now."""
    case = _case(request, number)
    now = timezone.now()
    filters = _filters_or_none(request.GET)
    context = {
        "page": "desk",
        "shown": desk_page.case_page(case, request.user, now),
        "case": case,
        "borrower": case.borrower,
        "now": now,
        "filters": filters,
        "query": _query(filters),
        "currency": desk_page.base_currency(),
        "may_reveal": may_reveal(request.user),
        "may_work": _may(request, WORK),
        "may_decide": _may(request, DECIDE),
        "outcomes": desk_page.outcomes(),
        "playbooks": names(),
        "today": lender_date(now),
    }
    return render(request, "console/desk_case.html", context)


@require_safe
@open_to(*LOOK_AT)
def desk_beside(request: HttpRequest, number: int) -> HttpResponse:
    """The piece of the queue that stands beside a case."""
    now, filters = timezone.now(), _filters_or_none(request.GET)
    rows = [desk_page.row_of(one, one.case.borrower.reference, now) for one in queue(filters, now)[:BESIDE]]
    context = {"rows": rows, "now": now, "case_number": number, "query": _query(filters)}
    return render(request, "console/desk_beside.html", context | {"currency": desk_page.base_currency()})


@require_safe
@open_to(*LOOK_AT)
def desk_parts_of(request: HttpRequest, number: int, column: str) -> HttpResponse:
    """The parts that other rooms put into a column of a case's page."""
    case = _case(request, number)
    drawn = desk_parts.drawn(request, case, "act" if column == "act" else "case", timezone.now())
    return render(request, "console/desk_parts.html", {"parts": drawn})


@require_POST
@open_to(*WORK)
def begin_call(request: HttpRequest, number: int) -> HttpResponse:
    """Begin a call or a visit, if the gate allows it in this very instant."""
    case = _case(request, number)
    channel = request.POST.get("channel", Call.Channel.VOICE)
    try:
        talking.begin(case, channel, request.user, timezone.now())
    except Refused as refused:
        tell_forbidden(request, refused)
    except InputError as error:
        tell_fault(request, error)
    else:
        if hasattr(case, "standing"):
            take(case.standing, request.user, timezone.now())
    return _back(request, case)


@require_POST
@open_to(*WORK)
def end_call(request: HttpRequest, number: int, call: int) -> HttpResponse:
    """Put on record what came of a call."""
    case = _case(request, number)
    going_on = get_object_or_404(Call, pk=call, borrower=case.borrower, by=request.user)
    said = (request.POST.get("outcome", ""), request.POST.get("note", "")[:2000])
    return _done(
        request, case, lambda now: talking.end(case, going_on, *said, now, request.user), gettext("Put on record.")
    )


@require_POST
@open_to(*WORK)
def work_task(request: HttpRequest, number: int, task: int) -> HttpResponse:
    """Approve the message of a task, or drop the task with a reason."""
    case = _case(request, number)
    found = get_object_or_404(Task, pk=task, case=case)
    if request.POST.get("answer") == "approve":
        return _done(
            request,
            case,
            lambda now: tasks.approve_message(found, request.user, now),
            gettext("Approved. It leaves as soon as the law allows."),
        )
    why = request.POST.get("why", "")
    return _done(request, case, lambda now: tasks.cancel_task(found, why, request.user, now), gettext("Dropped."))


@require_POST
@open_to(*WORK)
def pause(request: HttpRequest, number: int) -> HttpResponse:
    """Pause a case, or end its pause."""
    case, because = _case(request, number), request.POST.get("because", "")
    if request.POST.get("answer") == "resume":
        return _done(
            request,
            case,
            lambda now: services.resume_case(case, because, now, request.user),
            gettext("The case goes on."),
        )
    try:
        until = datetime.date.fromisoformat(request.POST["until"]) if request.POST.get("until") else None
    except ValueError:
        messages.error(request, gettext("The date cannot be read."), extra_tags="late")
        return _back(request, case)
    return _done(
        request,
        case,
        lambda now: services.pause_case(case, until, because, now, request.user),
        gettext("Paused. Nothing is sent, and nobody has to call."),
    )


@require_POST
@open_to(*DECIDE)
def change(request: HttpRequest, number: int) -> HttpResponse:
    """Move a case to another playbook, or close it."""
    case, because = _case(request, number), request.POST.get("because", "")
    if request.POST.get("answer") == "close":
        return _done(
            request,
            case,
            lambda now: services.close_case(case, lender_date(now), because, request.user),
            gettext("The case is closed."),
        )
    playbook = request.POST.get("playbook", "")
    return _done(
        request,
        case,
        lambda now: services.move_case(case, playbook, because, now, request.user),
        gettext("The case goes on with another playbook."),
    )


def _case(request: HttpRequest, number: int) -> Case:
    seen = limited(Case.objects.select_related("borrower", "standing__taken_by"), request.user)
    return get_object_or_404(seen, pk=number)


def _done(request: HttpRequest, case: Case, act: Callable[[datetime.datetime], object], words: str) -> HttpResponse:
    try:
        act(timezone.now())
    except InputError as error:
        tell_fault(request, error)
    else:
        messages.success(request, words)
    return _back(request, case)


def _back(request: HttpRequest, case: Case) -> HttpResponse:
    query = _query(_filters_or_none(request.POST))
    return redirect(reverse("desk_case", args=[case.pk]) + (f"?{query}" if query else ""))


def _filters(asked: QueryDict) -> Filters:
    """The filters in an address. Raises ValueError, naming the field, for a value that no filter has."""
    filters = Filters(**{name: asked.get(name, "")[:64] for name in Filters.__dataclass_fields__})
    for name, allowed in (CHOICES | {"segment": [one.id for one in segments().segments]}).items():
        value = getattr(filters, name)
        if value and value not in allowed:
            raise ValueError(f"{name}={value}")
    return filters


def _filters_or_none(asked: QueryDict) -> Filters:
    try:
        return _filters(asked)
    except ValueError:
        return Filters()


def _query(filters: Filters) -> str:
    return "&".join(f"{name}={value}" for name, value in vars(filters).items() if value)


def _may(request: HttpRequest, roles: tuple[Role, ...]) -> bool:
    return not roles_of(request.user).isdisjoint(roles)
