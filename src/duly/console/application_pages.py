"""The underwriter's pages: the queue, one application, taking it, deciding on it, and the papers that were shown."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from duly.borrowing.by_hand import Verdict, decide_by_hand, put_back, take
from duly.borrowing.documents import file_name, read_document
from duly.borrowing.models import Application, Document
from duly.borrowing.reasons import FOR_APPROVAL, FOR_REFUSAL
from duly.borrowing.sealed import SealBrokenError
from duly.console.application_list import queue_of, read_filters, waiting_for
from duly.console.application_page import application_page
from duly.console.views import cannot_answer
from duly.engine.errors import InputError
from duly.engine.money import decimals, parse_money
from duly.people.access import open_to
from duly.people.languages import language_now
from duly.people.roles import Role, roles_of
from duly.people.visibility import limited
from duly.screens.papers import attachment
from duly.screens.refusals import tell_refusal

LOOK_AT = (Role.UNDERWRITER, Role.COMPLIANCE)


class VerdictForm(forms.Form):
    """What is decided, as it is typed: the amount in major units, the reasons by their codes."""

    outcome = forms.ChoiceField(choices=[("approved", ""), ("refused", "")])
    limit = forms.CharField(max_length=24, required=False)
    grade = forms.CharField(max_length=16, required=False)
    reasons = forms.MultipleChoiceField(choices=[(code, code) for code in {**FOR_APPROVAL, **FOR_REFUSAL}])
    note = forms.CharField(max_length=2000, required=False)


@require_safe
@open_to(*LOOK_AT)
def applications(request: HttpRequest) -> HttpResponse:
    """The applications that the address asks for; those that wait for a person, unless it asks for others."""
    try:
        filters = read_filters(request.GET)
    except ValueError as error:
        why = gettext("There is no such filter: %(filter)s. Choose one from the list.") % {"filter": error}
        return cannot_answer(request, why, "applications")
    queue = queue_of(filters, request.GET.get("page", "1"), request.user, timezone.now())
    return render(request, "console/applications.html", {"page": "applications", "queue": queue})


@require_safe
@open_to(*LOOK_AT)
def application(request: HttpRequest, reference: str) -> HttpResponse:
    """One application with everything that bears on it, and the form to decide for whoever has taken it."""
    found = _the(request, reference)
    shown = application_page(found)
    mine = found.taken_by == request.user.get_username()
    language = language_now()
    context = {
        "page": "applications",
        "shown": shown,
        "application": found,
        "may_decide": Role.UNDERWRITER in roles_of(request.user),
        "mine": mine,
        "waited": waiting_for(found.waiting_since, timezone.now()) if found.waiting_since else None,
        "approving": [(one.code, getattr(one, language)) for one in FOR_APPROVAL.values()],
        "refusing": [(one.code, getattr(one, language)) for one in FOR_REFUSAL.values()],
    }
    return render(request, "console/application.html", context)


@require_POST
@open_to(Role.UNDERWRITER)
def take_application(request: HttpRequest, reference: str) -> HttpResponse:
    """Take it, or put it back where the form says so."""
    found = _the(request, reference)
    act = put_back if request.POST.get("back") else take
    try:
        act(found, request.user, timezone.now())
    except InputError as error:
        tell_refusal(request, error)
    return redirect("application", reference)


@require_POST
@open_to(Role.UNDERWRITER)
def decide_application(request: HttpRequest, reference: str) -> HttpResponse:
    """Decide as the form says; a second person is asked where one is needed."""
    found = _the(request, reference)
    form = VerdictForm(request.POST)
    here = f"{reverse('application', args=[reference])}#decide"
    if not form.is_valid():
        messages.error(request, gettext("Choose an outcome and at least one reason."), extra_tags="late")
        return redirect(here)
    said, now = form.cleaned_data, timezone.now()
    try:
        limit = parse_money(said["limit"].replace(",", "").strip() or "0", decimals(found.product.currency), "/limit")
        verdict = Verdict(said["outcome"], limit, said["grade"], said["reasons"], said["note"])
        decision = decide_by_hand(found, request.user, verdict, now, timezone.localdate(now))
    except InputError as error:
        tell_refusal(request, error)
        return redirect(here)
    if decision is None:
        messages.success(request, gettext("A second person has been asked to agree."), extra_tags="good")
    else:
        messages.success(request, gettext("Decided. The person can see the answer and its reasons."), extra_tags="good")
    return redirect("application", reference)


@require_safe
@open_to(*LOOK_AT)
def document(request: HttpRequest, number: int) -> HttpResponse:
    """A paper that was shown, to be downloaded; never shown inside a page."""
    seen = limited(Document.objects.select_related("file", "application"), request.user, "application__borrower")
    found = get_object_or_404(seen, pk=number)
    try:
        content = read_document(found)
    except SealBrokenError as error:
        raise Http404 from error
    return attachment(content, found.file.media_type, file_name(found))


def _the(request: HttpRequest, reference: str) -> Application:
    seen = limited(Application.objects.select_related("product", "borrower"), request.user)
    return get_object_or_404(seen, reference=reference)
