"""Asking for relief: why, in a word and in one's own; papers; and what became of it. Views translate only."""

import secrets

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from duly.borrowing.documents import MOST_BYTES
from duly.collection.hardship.models import HardshipApplication
from duly.collection.hardship.services import (
    REASONS,
    add_paper,
    apply_for_relief,
    open_protections,
    withdraw_application,
)
from duly.engine.errors import InputError
from duly.people.access import open_to
from duly.people.models import Borrower
from duly.people.roles import Role
from duly.portal.own import own_record
from duly.screens.refusals import tell_refusal


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Role.BORROWER)
def my_hardship(request: HttpRequest) -> HttpResponse:
    """The application that there is, with its papers, or the form for one."""
    borrower = own_record(request)
    newest = borrower.hardship_applications.order_by("-asked_at", "-pk").first()
    if request.method == "POST":
        try:
            _do(request, borrower, newest)
        except InputError as error:
            tell_refusal(request, error)
        return redirect("my_hardship")
    waiting = newest is not None and newest.state == HardshipApplication.State.WAITING
    context = {
        "page": "home",
        "application": newest,
        "waiting": waiting,
        "papers": newest.papers.order_by("pk") if newest else (),
        "reason": REASONS[HardshipApplication.Reason(newest.reason)] if newest else "",
        "relief": next((one for one in open_protections(borrower, timezone.now()) if one.kind == "hardship"), None),
        "reasons": REASONS.items(),
        "key": secrets.token_urlsafe(12),
    }
    return render(request, "portal/hardship.html", context)


def _do(request: HttpRequest, borrower: Borrower, newest: HardshipApplication | None) -> None:
    now, what = timezone.now(), request.POST.get("what", "")
    if what == "apply":
        key = f"portal:{borrower.pk}:{request.POST.get('key', '')[:64]}"
        reason, words = request.POST.get("reason", ""), request.POST.get("words", "")[:4000]
        newest = apply_for_relief(borrower, reason, words, at=now, key=key)
        messages.success(request, gettext("We have it. Until we answer nobody reminds you."), extra_tags="good")
    if newest is None:
        return
    if what == "withdraw":
        withdraw_application(newest, now)
    file = request.FILES.get("file")
    if what in ("apply", "paper") and file is not None:
        if file.size > MOST_BYTES:
            raise InputError(gettext("The file is too large."), "/file", gettext("Take a smaller picture."))
        add_paper(newest, file.name or "", file.read(), now)
