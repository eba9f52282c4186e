"""Every cent of one loan: the page behind each figure of the loan's own page."""

import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from duly.close.models import Close
from duly.console.views import LOOK_AT_LOANS, cannot_answer
from duly.engine.errors import InputError
from duly.engine.position import COMPONENTS
from duly.lending.explained import Line, explained
from duly.lending.models import Loan
from duly.people.access import open_to
from duly.people.languages import language_now
from duly.people.visibility import limited


@require_safe
@open_to(*LOOK_AT_LOANS)
def explain_loan(request: HttpRequest, reference: str) -> HttpResponse:
    """The movements of one loan up to the date asked for, newest day first; of one component when it is named."""
    seen = limited(Loan.objects.select_related("product", "borrower"), request.user)
    loan = get_object_or_404(seen, reference=reference)
    asked, component = request.GET.get("on", ""), request.GET.get("component", "")
    if component not in ("", *COMPONENTS):
        return cannot_answer(request, gettext("There is no component “%(name)s”.") % {"name": component})
    try:
        on = datetime.date.fromisoformat(asked) if asked else _last_close(loan)
        days = explained(loan, on, language_now())
    except InputError:
        why = gettext("This loan was disbursed on %(date)s; before that day it owed nothing. Choose a later date.")
        return cannot_answer(request, why % {"date": loan.disbursed_on})
    except ValueError:
        return cannot_answer(request, gettext("“%(date)s” is not a date. Write it as 2026-03-31.") % {"date": asked})

    def shown(line: Line) -> bool:
        return component in ("", line.movement.component)

    context = {
        "page": "loans",
        "loan": loan,
        "currency": loan.product.currency,
        "on": on,
        "component": component,
        "components": COMPONENTS,
        "total": days[-1].total if days else 0,
        "days": [(day, lines) for day in reversed(days) if (lines := [one for one in day.lines if shown(one)])],
    }
    return render(request, "console/explain.html", context)


def _last_close(loan: Loan) -> datetime.date:
    last = Close.objects.order_by("-business_date").values_list("business_date", flat=True).first()
    return max(last or timezone.localdate(), loan.disbursed_on)
