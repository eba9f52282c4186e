"""Who comes to the desk: people of one agency that may act at this instant. Everybody else finds it closed."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from duly.agencies.models import Agency
from duly.agencies.services import agency_of
from duly.collection.placement.models import Placement
from duly.collection.placement.services import placed_now
from duly.contact.calls import going_on
from duly.people.access import View, open_to
from duly.people.roles import Role


def desk_page(view: Callable[..., HttpResponse]) -> View:
    """A page of the desk. `request.agency` is the agency of who asks; while it may not act, the desk is closed."""

    @open_to(Role.AGENCY)
    @wraps(view)
    def page(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        request.agency = agency_of(request.user, timezone.now())
        if request.agency is None:
            return render(request, "desk/closed.html", status=403)
        return view(request, *args, **kwargs)

    return page


def placement_of(agency: Agency, number: int) -> Placement:
    """A case that `agency` has now; Http404 for everybody else's, and for those that it had."""
    rows = placed_now(agency).select_related("borrower", "case", "mandate", "notice__message")
    return get_object_or_404(rows, pk=number)


def placement_called(request: HttpRequest, number: int) -> Placement:
    """A case as in placement_of, or one that was taken back while who asks was calling: what came of it counts."""
    call = going_on(request.user)
    if call is None or call.agency_id != request.agency.pk:
        return placement_of(request.agency, number)
    rows = Placement.objects.filter(agency=request.agency, borrower=call.borrower_id, mandate=call.mandate_id)
    placement = rows.select_related("borrower", "case").filter(pk=number).first()
    return placement or placement_of(request.agency, number)
