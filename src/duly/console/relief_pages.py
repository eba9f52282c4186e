"""Requests for relief as the legal department decides them, and how promises were kept. Views translate only."""

import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from duly.collection.hardship.models import HardshipApplication, HardshipPaper
from duly.collection.hardship.policy import hardship_policy
from duly.collection.hardship.services import REASONS, decline_relief, grant_relief, waiting_approval
from duly.collection.promises.models import Promise
from duly.collection.promises.services import rates
from duly.console.views import cannot_answer
from duly.engine.errors import InputError
from duly.people.access import open_to
from duly.people.roles import Role, roles_of
from duly.people.visibility import limited
from duly.screens.papers import sealed_paper
from duly.screens.refusals import tell_refusal

SHOWN = 100
State = HardshipApplication.State


@require_safe
@open_to(Role.LEGAL, Role.COMPLIANCE)
def relief_requests(request: HttpRequest) -> HttpResponse:
    """Those that wait, the oldest first, and what was decided lately."""
    seen = limited(HardshipApplication.objects.select_related("borrower"), request.user)
    context = {
        "page": "relief",
        "waiting": [(one, _reason(one)) for one in seen.filter(state=State.WAITING).order_by("asked_at")[:SHOWN]],
        "decided": [
            (one, _reason(one)) for one in seen.exclude(state=State.WAITING).order_by("-decided_at", "-pk")[:SHOWN]
        ],
    }
    return render(request, "console/relief_requests.html", context)


@require_safe
@open_to(Role.LEGAL, Role.COMPLIANCE)
def relief_request(request: HttpRequest, reference: str) -> HttpResponse:
    """One request with its words and papers, and the decision."""
    found = _the(request, reference)
    context = {
        "page": "relief",
        "application": found,
        "reason": _reason(found),
        "papers": found.papers.order_by("pk"),
        "may_decide": found.state == State.WAITING and Role.LEGAL in roles_of(request.user),
        "second": waiting_approval(found),
        "policy": hardship_policy(),
    }
    return render(request, "console/relief_request.html", context)


@require_POST
@open_to(Role.LEGAL)
def decide_relief(request: HttpRequest, reference: str) -> HttpResponse:
    """Grant for so many days, or decline; both with a reason."""
    found, now = _the(request, reference), timezone.now()
    why, days = request.POST.get("why", "")[:500], request.POST.get("days", "")
    try:
        if request.POST.get("answer") == "decline":
            decline_relief(found, by=request.user, why=why, at=now)
        else:
            number = int(days) if days.isascii() and days.isdecimal() and len(days) < 6 else 0
            if grant_relief(found, number, by=request.user, why=why, at=now) is None:
                messages.success(request, gettext("A second person has been asked to agree."), extra_tags="good")
    except InputError as error:
        tell_refusal(request, error)
    return redirect("relief_request", reference)


@require_safe
@open_to(Role.LEGAL, Role.COMPLIANCE)
def relief_paper(request: HttpRequest, number: int) -> HttpResponse:
    """A paper that was shown, to be downloaded; never drawn inside a page."""
    seen = limited(HardshipPaper.objects.select_related("file", "application"), request.user, "application__borrower")
    found = get_object_or_404(seen.exclude(file__key=""), pk=number)
    return sealed_paper(found.file, f"{found.application.reference}-{found.pk}")


@require_safe
@open_to(Role.COLLECTOR, Role.LEGAL, Role.COMPLIANCE)
def promises(request: HttpRequest) -> HttpResponse:
    """How the promises of some days were kept, by who took them."""
    today = timezone.localdate()
    try:
        through = datetime.date.fromisoformat(request.GET.get("through", "") or today.isoformat())
        since = datetime.date.fromisoformat(
            request.GET.get("since", "") or (through - datetime.timedelta(days=90)).isoformat()
        )
    except ValueError:
        return cannot_answer(request, gettext("This is not a day. Choose one."), "promises")
    currencies = sorted(Promise.objects.order_by().values_list("currency", flat=True).distinct())
    context = {
        "page": "promises",
        "since": since,
        "through": through,
        "tables": [(code, rates(since, through, code)) for code in currencies],
    }
    return render(request, "console/promises.html", context)


def _the(request: HttpRequest, reference: str) -> HardshipApplication:
    seen = limited(HardshipApplication.objects.select_related("borrower", "circumstance"), request.user)
    return get_object_or_404(seen, reference=reference)


def _reason(one: HardshipApplication) -> str:
    return str(REASONS[HardshipApplication.Reason(one.reason)])
