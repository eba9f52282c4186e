"""The page of duties with a clock, and its forms: mark one done or not done, record what set a clock running."""

import datetime
import uuid

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from duly.console.duty_list import duty_list, read_filters
from duly.console.views import cannot_answer
from duly.duties.retention import retention_on
from duly.duties.services import mark_done, mark_not_done, record_event
from duly.engine.errors import InputError
from duly.law.duties import events
from duly.people.access import open_to
from duly.people.house import house_packs
from duly.people.languages import language_now
from duly.people.roles import Role, roles_of
from duly.people.visibility import visible_borrowers, visible_ids
from duly.screens.standing import event_words

NOW = "%Y-%m-%dT%H:%M"
DO_DUTIES = (Role.LEGAL, Role.COMPLIANCE)
LOOK_AT_DUTIES = (Role.COLLECTOR, *DO_DUTIES)


class EventForm(forms.Form):
    """Something that happened, or is planned, and whom it concerns."""

    key = forms.CharField(max_length=64)
    kind = forms.ChoiceField()
    at = forms.DateTimeField(input_formats=[NOW, "%Y-%m-%dT%H:%M:%S"])
    borrower = forms.CharField(max_length=64, required=False)
    subject = forms.CharField(max_length=120, required=False)
    note = forms.CharField(max_length=4000, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind, kind) for kind in events(house_packs())]


class MarkForm(forms.Form):
    """A duty, when it was done, and what was answered."""

    event = forms.CharField(max_length=160)
    duty = forms.CharField(max_length=64)
    at = forms.DateTimeField(input_formats=[NOW, "%Y-%m-%dT%H:%M:%S"], required=False)
    answer = forms.CharField(max_length=4000, required=False)


NOT_CLEAR = gettext_lazy("Something in the form is missing or cannot be read. Fill it in once more.")


@require_safe
@open_to(*LOOK_AT_DUTIES)
def duties(request: HttpRequest) -> HttpResponse:
    """What is late and due by the clock, what was done, and how long records are kept."""
    try:
        state, q = read_filters(request.GET)
    except ValueError as error:
        why = gettext("There is no such filter: %(filter)s. Choose one from the list.") % {"filter": error}
        return cannot_answer(request, why, "duties")
    now = timezone.now()
    language = language_now()
    may_do = not roles_of(request.user).isdisjoint(DO_DUTIES)
    context = {
        "page": "duties",
        "list": duty_list(state, q, request.GET.get("page", "1"), now, language, visible_ids(request.user)),
        "now": now,
        "moment": timezone.localtime(now).strftime(NOW),
        "kept": [(one, one.rule.title[language], one.rule.citation[language]) for one in retention_on(now)],
        "events": sorted(((kind, event_words(kind)) for kind in events(house_packs())), key=lambda one: one[1]),
        "new_key": uuid.uuid4(),
        "may_mark": may_do,
        "may_record": may_do,
    }
    return render(request, "console/duties.html", context)


@require_POST
@open_to(*DO_DUTIES)
def mark(request: HttpRequest) -> HttpResponse:
    """Mark one duty done, or, where the form says so, not done after all."""
    form = MarkForm(request.POST)
    if not form.is_valid():
        return cannot_answer(request, str(NOT_CLEAR), "duties", reverse("duties"))
    said, now, by = form.cleaned_data, timezone.now(), request.user.get_username()
    try:
        if request.POST.get("done") == "no":
            mark_not_done(said["event"], said["duty"], by, now, said["answer"])
            messages.success(request, gettext("It counts as not done again."))
        else:
            mark_done(said["event"], said["duty"], _instant(said["at"], now), by, now, said["answer"])
            messages.success(request, gettext("Marked as done."))
    except InputError as error:
        return cannot_answer(request, _in_words(error), "duties", reverse("duties"))
    return redirect(_back(request))


@require_POST
@open_to(*DO_DUTIES)
def record(request: HttpRequest) -> HttpResponse:
    """Record an event that sets a clock running."""
    form = EventForm(request.POST)
    if not form.is_valid():
        return cannot_answer(request, str(NOT_CLEAR), "duties", reverse("duties"))
    said = form.cleaned_data
    seen = visible_borrowers(request.user)
    borrower = seen.filter(reference=said["borrower"]).first() if said["borrower"] else None
    if said["borrower"] and borrower is None:
        why = gettext("No borrower has the reference %(reference)s.") % {"reference": said["borrower"]}
        return cannot_answer(request, why, "duties", reverse("duties"))
    by = request.user.get_username()
    try:
        record_event(said["kind"], said["at"], f"page/{said['key']}", by, borrower, said["subject"], said["note"])
    except InputError as error:
        return cannot_answer(request, _in_words(error), "duties", reverse("duties"))
    messages.success(request, gettext("Recorded. Its clocks are running."))
    return redirect(_back(request))


def _instant(said: datetime.datetime | None, now: datetime.datetime) -> datetime.datetime:
    # The field shows whole minutes: the minute that is running is now.
    return now if said is None or said.replace(second=0) == now.replace(second=0, microsecond=0) else said


def _back(request: HttpRequest) -> str:
    state = request.POST.get("state", "")
    return reverse("duties") + (f"?state={state}" if state in ("late", "due", "done") else "")


_WHY = {
    "/at": gettext_lazy("That instant cannot be: it is still to come, or before the event itself."),
    "/duty": gettext_lazy("There is no such duty any more. Look at the list again."),
    "/subject": gettext_lazy("Say whom it concerns: a borrower, or the name of somebody or something else."),
    "/idempotency_key": gettext_lazy("This form was sent before with something else in it. Open the page anew."),
}


def _in_words(error: InputError) -> str:
    return str(_WHY.get(error.where, error))
