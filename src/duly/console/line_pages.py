"""Credit lines: the list, one line with its drawdowns and its story, and the forms that change it."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Page, Paginator
from django.db.models import OuterRef, Q, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from duly.borrowing.drawing import contract_document
from duly.borrowing.lines import (
    RAISE_LIMIT,
    LineStanding,
    change_limit,
    close_line,
    freeze,
    standing_on,
    standings_on,
    thaw,
)
from duly.borrowing.models import CreditLine, Drawdown, LineEvent, Signature
from duly.borrowing.paying_out import retry
from duly.borrowing.reasons import FOR_LINES
from duly.console.borrowing_words import line_event_words, of_drawdown, of_line, reason_of_line
from duly.console.views import cannot_answer
from duly.engine.errors import InputError
from duly.engine.money import decimals, parse_money
from duly.people.access import open_to
from duly.people.languages import language_now
from duly.people.models import Approval
from duly.people.roles import Role, roles_of
from duly.people.visibility import limited
from duly.screens.papers import attachment
from duly.screens.refusals import tell_refusal
from duly.screens.standing import Standing

LOOK_AT = (Role.UNDERWRITER, Role.FINANCE, Role.COMPLIANCE)
PAGE_SIZE = 50
# What a member of staff may say of a change; the others are Duly's own doing.
STAFF_REASONS = [code for code in FOR_LINES if code not in ("accepted", "replaced", "expired")]


@dataclass(frozen=True)
class Filters:
    """What the address asks for; "" where it does not."""

    q: str = ""
    state: str = ""

    def query(self) -> str:
        """These filters as the query of an address."""
        return urlencode({name: value for name, value in vars(self).items() if value})


@dataclass(frozen=True)
class LineList:
    """One page of lines with how each stands today."""

    filters: Filters
    rows: Sequence[tuple[LineStanding, Standing]]
    page: Page


@require_safe
@open_to(*LOOK_AT)
def lines(request: HttpRequest) -> HttpResponse:
    """The lines that the address asks for, the newest first."""
    filters = Filters(**{name: request.GET.get(name, "").strip()[:100] for name in Filters.__dataclass_fields__})
    if filters.state and filters.state not in CreditLine.State.values:
        why = gettext("There is no such filter: %(filter)s. Choose one from the list.")
        return cannot_answer(request, why % {"filter": f"state={filters.state}"}, "lines")
    found = line_list(filters, request.GET.get("page", "1"), request.user, timezone.localdate())
    return render(request, "console/lines.html", {"page": "lines", "list": found})


def line_list(filters: Filters, page: str, user: User, today: datetime.date) -> LineList:
    """The lines that `filters` leave of those that `user` may see. Six queries, however many there are."""
    last = LineEvent.objects.filter(line=OuterRef("pk"), on__lte=today).order_by("-on", "-pk")
    seen = limited(CreditLine.objects.select_related("product", "borrower"), user)
    found = seen.annotate(state=Subquery(last.values("state")[:1]))
    if filters.state:
        found = found.filter(state=filters.state)
    if filters.q:
        found = found.filter(Q(reference__iexact=filters.q) | Q(borrower__reference__iexact=filters.q))
    shown = Paginator(found.order_by("-pk"), PAGE_SIZE).get_page(page)
    standings = standings_on(list(shown), today)
    return LineList(filters, [(one, of_line(one.state)) for one in standings], shown)


@require_safe
@open_to(*LOOK_AT)
def line(request: HttpRequest, reference: str) -> HttpResponse:
    """One line: what is left of it, what was drawn, how it came to be as it is."""
    found = _the(request, reference)
    standing = standing_on(found, timezone.localdate())
    drawdowns = found.drawdowns.select_related("loan", "signature").order_by("-pk")
    waiting = Approval.objects.filter(kind=RAISE_LIMIT, about=found.reference, state=Approval.State.WAITING)
    language = language_now()
    context = {
        "page": "lines",
        "line": found,
        "shown": standing,
        "standing": of_line(standing.state),
        "drawdowns": [(one, of_drawdown(one.state)) for one in drawdowns],
        "events": [
            (one, line_event_words(one.kind), reason_of_line(one.reason)) for one in found.events.order_by("-on", "-pk")
        ],
        "reasons": [(code, getattr(FOR_LINES[code], language)) for code in STAFF_REASONS],
        "may_change": Role.UNDERWRITER in roles_of(request.user) and standing.state != CreditLine.State.CLOSED,
        "waiting": waiting.select_related("asked_by").first(),
    }
    return render(request, "console/line.html", context)


@require_POST
@open_to(Role.UNDERWRITER)
def change_line(request: HttpRequest, reference: str) -> HttpResponse:
    """Another limit, on hold, released, or closed: as the form says."""
    found, today = _the(request, reference), timezone.localdate()
    what, reason = request.POST.get("what", ""), request.POST.get("reason", "")
    acts = {"freeze": freeze, "thaw": thaw, "close": close_line}
    try:
        if reason not in STAFF_REASONS:
            raise InputError(gettext("A change needs its reason."), "/reason", gettext("Choose one from the list."))
        if what == "limit":
            text = request.POST.get("limit", "").replace(",", "").strip()
            limit = parse_money(text, decimals(found.product.currency), "/limit")
            if change_limit(found, limit, reason, request.user, today) is None:
                messages.success(request, gettext("A second person has been asked to agree."), extra_tags="good")
        elif what in acts:
            acts[what](found, reason, request.user.get_username(), today)
        else:
            raise Http404
    except InputError as error:
        tell_refusal(request, error)
    return redirect("line", reference)


@require_POST
@open_to(Role.UNDERWRITER, Role.FINANCE)
def retry_drawdown(request: HttpRequest, reference: str) -> HttpResponse:
    """Try once more to pay out what could not be paid."""
    found = _drawdown(request, reference)
    now = timezone.now()
    try:
        retry(found, now, timezone.localdate(now), request.user.get_username())
    except InputError as error:
        tell_refusal(request, error)
    return redirect("line", found.line.reference)


@require_safe
@open_to(Role.UNDERWRITER, Role.LEGAL, Role.COMPLIANCE)
def contract(request: HttpRequest, reference: str) -> HttpResponse:
    """The signed contract of a drawdown, to be downloaded."""
    found = _drawdown(request, reference)
    if not Signature.objects.filter(drawdown=found).exists():
        raise Http404
    return attachment(contract_document(found, language_now()), "application/pdf", f"contract-{found.reference}.pdf")


def _the(request: HttpRequest, reference: str) -> CreditLine:
    seen = limited(CreditLine.objects.select_related("product", "borrower"), request.user)
    return get_object_or_404(seen, reference=reference)


def _drawdown(request: HttpRequest, reference: str) -> Drawdown:
    seen = limited(Drawdown.objects.select_related("line__product", "line__borrower"), request.user, "line__borrower")
    return get_object_or_404(seen, reference=reference)
