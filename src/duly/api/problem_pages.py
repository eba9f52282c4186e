"""/problems/…: what a type of problem means, for whoever follows its address. Open to anyone: it is documentation."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from duly.api.answering import nothing_here
from duly.api.problems import ADDRESS, KINDS
from duly.people.access import open_to_anyone


@open_to_anyone
@require_safe
def problem_page(request: HttpRequest, code: str) -> HttpResponse:
    """One type of problem: its title, status, and what to do about it."""
    if code not in KINDS:
        return nothing_here(request)
    kind = KINDS[code]
    return JsonResponse(
        {"type": f"{ADDRESS}/{code}", "title": kind.title, "status": kind.status, "remedy": kind.remedy}
    )
