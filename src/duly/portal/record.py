"""My record: what was reported of the borrower's loans month by month, and objecting to a line. Views translate."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from duly.bureau.models import Line
from duly.bureau.objections import object_to
from duly.bureau.record import LoanRecord, Reported, record_of
from duly.engine.errors import InputError
from duly.people.access import open_to
from duly.people.consents import given
from duly.people.roles import Role
from duly.portal.own import number_in, own_record
from duly.screens.credit_record import decision_words, layout_words, risk_words, standing_of
from duly.screens.standing import Standing


@dataclass(frozen=True)
class MonthRow:
    """One month as the page shows it; `answer` says how an objection was decided."""

    reported: Reported
    standing: Standing
    risk: str
    answer: str


@dataclass(frozen=True)
class LoanRows:
    """One loan's record: by year for the grid (None: nothing reported), and month by month."""

    record: LoanRecord
    bureau: str
    years: Sequence[tuple[int, Sequence[MonthRow | None]]]
    rows: Sequence[MonthRow]


@require_safe
@open_to(Role.BORROWER)
def my_record(request: HttpRequest) -> HttpResponse:
    """What was reported, as a grid and month by month, with objections and their answers."""
    borrower = own_record(request)
    context = {
        "page": "record",
        "loans": [_loan_rows(one) for one in record_of(borrower, timezone.localdate())],
        "consent": given(borrower, "credit_report"),
    }
    return render(request, "portal/my_record.html", context)


@require_POST
@open_to(Role.BORROWER)
def object_to_record(request: HttpRequest) -> HttpResponse:
    """Object to one line of the record."""
    borrower = own_record(request)
    line = Line.objects.select_related("loan", "report").filter(pk=number_in(request.POST.get("line", ""))).first()
    if line is None:
        raise Http404
    try:
        object_to(line, borrower, request.POST.get("reason", "")[:4000], timezone.now())
    except PermissionDenied:
        raise Http404 from None
    except InputError as error:
        messages.error(request, f"{error.what} {error.remedy}")
    else:
        messages.success(request, gettext("We have your objection. You get an answer within 20 days, here."))
    return redirect("my_record")


def _loan_rows(record: LoanRecord) -> LoanRows:
    rows = [
        MonthRow(one, standing_of(one), risk_words(one.risk_class), decision_words(_decision(one)))
        for one in record.months
    ]
    by_month = {(row.reported.line.month.year, row.reported.line.month.month): row for row in rows}
    years = sorted({year for year, _ in by_month}, reverse=True)
    grid = [(year, [by_month.get((year, month)) for month in range(1, 13)]) for year in years]
    return LoanRows(record, layout_words(record.layout), grid, rows)


def _decision(reported: Reported) -> str:
    return reported.objection.decision if reported.objection else ""
