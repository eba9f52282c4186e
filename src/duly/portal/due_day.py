"""Another day of the month to pay on: shown with what it costs, then agreed."""

import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from duly.engine.errors import InputError
from duly.lending.due_day import change_due_day, new_days, range_of_first_due_on
from duly.lending.positions import position_on
from duly.people.access import open_to
from duly.people.roles import Role
from duly.portal.own import own_loan


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Role.BORROWER)
def due_day(request: HttpRequest, reference: str) -> HttpResponse:
    """The installments on the day asked for; posting agrees to them, once a day."""
    loan = own_loan(request, reference)
    today = timezone.localdate()
    asked = request.POST.get("day", "") or request.GET.get("day", "")
    context: dict[str, object] = {"page": "home", "loan": loan, "currency": loan.product.currency, "asked": asked}
    try:
        context["earliest"], context["latest"] = range_of_first_due_on(position_on(loan, today), today)
        if asked:
            day = datetime.date.fromisoformat(asked)
            if request.method == "POST":
                change_due_day(loan, day, today, key=f"due-day:{loan.reference}:{today}:{day}", source="portal")
                messages.success(request, gettext("Your day has changed."), extra_tags="good")
                return redirect("my_loan", reference)
            context["shown"] = new_days(loan, day, today)
    except InputError as error:
        context["why_not"] = f"{error.what} {error.remedy}"
    except ValueError:
        context["why_not"] = gettext("Choose a day.")
    return render(request, "portal/due_day.html", context)
