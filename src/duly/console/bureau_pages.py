"""The credit record for staff: months as reported, objections that wait, and their decision. Views translate."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from duly.bureau.models import Objection, Report
from duly.bureau.objections import DUTY, decide, open_objections, says_now
from duly.bureau.record import STATUSES
from duly.bureau.standing import RISK_CLASSES
from duly.console.views import cannot_answer
from duly.duties.services import duties_on
from duly.engine.errors import InputError
from duly.people.access import open_to
from duly.people.roles import Role
from duly.people.visibility import limited
from duly.screens.credit_record import layout_words, risk_words
from duly.screens.standing import Standing, of_loan

SEE_THE_RECORD = (Role.LEGAL, Role.COMPLIANCE)
REPORTS_SHOWN = 24


@require_safe
@open_to(*SEE_THE_RECORD)
def credit_record(request: HttpRequest) -> HttpResponse:
    """Objections with their clocks, and the months as reported, newest first."""
    now = timezone.now()
    due = {line.begun.key: line for line in duties_on(now) if line.what == DUTY}
    waiting = limited(open_objections(), request.user)
    reports = Report.objects.order_by("-month", "layout")[:REPORTS_SHOWN]
    context = {
        "page": "credit_record",
        "objections": [(one, due.get(one.clock), layout_words(one.line.report.layout)) for one in waiting],
        "reports": [(one, layout_words(one.layout)) for one in reports],
        "now": now,
    }
    return render(request, "console/credit_record.html", context)


@require_safe
@open_to(*SEE_THE_RECORD)
def objection(request: HttpRequest, number: int) -> HttpResponse:
    """One objection: what was reported, what the record would say now, and the decision."""
    one = _objection(request, number)
    line = one.line
    now_says = says_now(line)
    context = {
        "page": "credit_record",
        "objection": one,
        "currency": line.loan.product.currency,
        "bureau": layout_words(line.report.layout),
        "said": _told(line.status, line.days_past_due, line.balance, line.past_due, line.risk_class),
        "says_now": _told(*now_says),
        "changed": now_says != (line.status, line.days_past_due, line.balance, line.past_due, line.risk_class),
    }
    return render(request, "console/objection.html", context)


@require_POST
@open_to(*SEE_THE_RECORD)
def decide_objection(request: HttpRequest, number: int) -> HttpResponse:
    """Decide one objection, with reasons."""
    one = _objection(request, number)
    said = request.POST
    try:
        decide(one, said.get("decision", ""), said.get("why", "")[:4000], request.user, timezone.now())
    except InputError as error:
        back = reverse("objection", args=[number])
        return cannot_answer(request, f"{error.what} {error.remedy}", "credit_record", back)
    messages.success(request, gettext("Decided. The borrower sees it with your reasons."))
    return redirect("credit_record")


def _objection(request: HttpRequest, number: int) -> Objection:
    rows = Objection.objects.select_related("line__loan__product", "line__report", "borrower", "decided_by")
    return get_object_or_404(limited(rows, request.user), pk=number)


def _told(status: int, late: int, balance: int, past_due: int, risk: int) -> tuple[Standing, int, int, str]:
    name = STATUSES[status]
    standing = Standing("still", gettext("Taken out")) if name == "deleted" else of_loan(name, late)
    return standing, balance, past_due, risk_words(RISK_CLASSES[risk])
