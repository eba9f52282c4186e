"""The agencies that may speak to borrowers for the lender today: a public list, for anybody who wonders who calls."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from duly.agencies.services import mandate_in_force, mandated
from duly.people.access import open_to_anyone


@require_safe
@open_to_anyone
def public_agencies(request: HttpRequest) -> HttpResponse:
    """Each agency with its licence, how to reach it, and until when its mandate lasts."""
    now = timezone.now()
    rows = [(one, mandate_in_force(one, now)) for one in mandated(now)]
    return render(request, "portal/public_agencies.html", {"rows": rows})
