"""The agencies that may speak to borrowers for the lender today: a public list, for anybody who wonders who calls."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from duly.agencies.services import mandates_in_force
from duly.people.access import open_to_anyone


@require_safe
@open_to_anyone
def public_agencies(request: HttpRequest) -> HttpResponse:
    """Each agency with its licence, how to reach it, and until when its mandate lasts."""
    return render(request, "portal/public_agencies.html", {"mandates": mandates_in_force(timezone.now())})
