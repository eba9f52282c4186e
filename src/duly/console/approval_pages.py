"""What waits for a second person: the list, and the decision. Views translate; they decide nothing."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from duly.engine.errors import InputError
from duly.people import approvals
from duly.people.access import open_to
from duly.people.models import Approval
from duly.people.roles import STAFF

PAGE_SIZE = 50


@require_safe
@open_to(*STAFF)
def approvals_page(request: HttpRequest) -> HttpResponse:
    """What waits for the reader, what they asked for that still waits, and what was decided."""
    seen = approvals.seen_by(request.user)
    own = seen.filter(asked_by=request.user, state=Approval.State.WAITING)
    decided = seen.exclude(state=Approval.State.WAITING)
    page = Paginator(decided, PAGE_SIZE).get_page(request.GET.get("page", "1"))
    context = {
        "page": "approvals",
        "waiting": [_shown(one) for one in approvals.waiting_for(request.user)],
        "own": [_shown(one) for one in own],
        "decided": page,
        "rows": [(one, _title(one)) for one in page],
    }
    return render(request, "console/approvals.html", context)


@require_POST
@open_to(*STAFF)
def decide_approval(request: HttpRequest, number: int) -> HttpResponse:
    """Agree, decline or take back."""
    approval = get_object_or_404(approvals.seen_by(request.user), pk=number)
    answer = request.POST.get("answer", "")
    try:
        if answer == "approve":
            done = approvals.approve(approval, request.user)
            messages.success(request, gettext("Done.") + (f" {done.outcome}" if done.outcome else ""))
        elif answer == "decline":
            approvals.decline(approval, request.user, request.POST.get("why", ""))
            messages.success(request, gettext("Declined."))
        elif answer == "withdraw":
            approvals.withdraw(approval, request.user)
            messages.success(request, gettext("Taken back."))
        else:
            raise PermissionDenied
    except InputError as error:
        messages.error(request, f"{error.what}: {error.remedy}")
    return redirect("approvals")


def _shown(approval: Approval) -> tuple[Approval, str, list[tuple[str, str]]]:
    return approval, _title(approval), list(approvals.kind_of(approval).shown(approval.content))


def _title(approval: Approval) -> str:
    try:
        return str(approvals.kind_of(approval).title)
    except InputError:  # a kind that no room carries out any more
        return approval.kind
