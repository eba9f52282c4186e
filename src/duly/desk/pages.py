"""The desk's pages and forms. Views translate; they decide nothing."""

import datetime
import uuid

from allauth.account.views import LoginView
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from duly.collection import timeline
from duly.collection.placement.models import CommissionLine, Placement, Statement
from duly.collection.placement.statements import dispute_line, lines_of, statement_csv, statement_pdf, totals
from duly.collection.promises.services import take_promise
from duly.contact.calls import Refused, begin_call, finish_call, going_on
from duly.contact.local_time import lender_date
from duly.contact.models import Outcome, Purpose
from duly.contact.services import Proposal, plan_contacts
from duly.desk.access import desk_page, placement_called, placement_of
from duly.desk.case_page import case_page, worklist
from duly.engine.errors import InputError
from duly.engine.money import decimals, parse_money
from duly.people.access import open_to_anyone
from duly.people.languages import language_now
from duly.people.models import Reveal
from duly.people.sign_in.fields import AgencySignInForm
from duly.screens.papers import attachment

MESSAGE = "agency_reminder"
KEPT_FOR = datetime.timedelta(days=2)


class AgencySignIn(LoginView):
    """The agencies' door: name and password, then the second factor; or a passkey alone."""

    template_name = "desk/sign_in.html"
    form_class = AgencySignInForm

    def get_form_class(self) -> type[AgencySignInForm]:
        """This door's form."""
        return self.form_class


agency_sign_in = open_to_anyone(AgencySignIn.as_view())


@require_safe
@desk_page
def cases(request: HttpRequest) -> HttpResponse:
    """The cases that the agency has now."""
    now = timezone.now()
    rows, page = worklist(request.agency, now, request.GET.get("page", "1"))
    return render(request, "desk/cases.html", {"page": "cases", "rows": rows, "shown": page, "now": now})


@require_safe
@desk_page
def case(request: HttpRequest, number: int) -> HttpResponse:
    """One case: what is owed, what may be done now, and what was done."""
    now = timezone.now()
    placement = placement_of(request.agency, number)
    found = case_page(placement, request.user, request.agency, now, language_now())
    context = {
        "page": "cases",
        "case": found,
        "placement": placement,
        "now": now,
        "today": lender_date(now),
        "outcomes": Outcome.choices,
        "reasons": [(Reveal.Why.CALL, Reveal.Why.CALL.label), (Reveal.Why.IDENTITY, Reveal.Why.IDENTITY.label)],
        "new_key": uuid.uuid4(),
    }
    return render(request, "desk/case.html", context)


@require_POST
@desk_page
def reveal(request: HttpRequest, number: int) -> HttpResponse:
    """One datum that the mandate lets the agency see, with who asked and why on record first."""
    placement = placement_of(request.agency, number)
    field, why = request.POST.get("field", ""), request.POST.get("why", "")
    if field not in placement.mandate.data or why not in (Reveal.Why.CALL, Reveal.Why.IDENTITY):
        return _said(request, placement, gettext("Choose what you need to see, and why."))
    Reveal.objects.create(user=request.user, borrower=placement.borrower, field=field, why=why)
    value = getattr(placement.borrower, field)
    return render(request, "desk/revealed.html", {"placement": placement, "field": field, "value": value})


@require_POST
@desk_page
def call(request: HttpRequest, number: int) -> HttpResponse:
    """Begin a call or a visit, if the gate allows it at this instant."""
    placement = placement_of(request.agency, number)
    if going_on(request.user) is not None:
        return _said(request, placement, gettext("You are in a call already. Say first what came of it."))
    channel = request.POST.get("channel", "")
    try:
        begin_call(
            placement.borrower, request.user, Purpose.REMINDER, timezone.now(), agency=request.agency, channel=channel
        )
    except Refused as refused:
        return _said(request, placement, refused.answer.refusal)
    except InputError as error:
        return _said(request, placement, error.what)
    return redirect("agency_case", placement.pk)


@require_POST
@desk_page
def outcome(request: HttpRequest, number: int) -> HttpResponse:
    """Say what came of the call that is going on."""
    placement = placement_called(request, number)
    now, current = timezone.now(), going_on(request.user)
    if current is None or current.borrower_id != placement.borrower_id:
        return _said(request, placement, gettext("There is no call with this person. Begin one first."))
    try:
        with transaction.atomic():
            ended = finish_call(current, request.POST.get("outcome", ""), request.POST.get("note", "")[:2000], now)
            timeline.note(placement.case, "talked", f"{request.agency.name}: {ended.outcome}", now, request.user)
    except InputError as error:
        return _said(request, placement, error.what)
    messages.success(request, gettext("On record."))
    return redirect("agency_case", placement.pk) if placement.ended_at is None else redirect("agency_cases")


@require_POST
@desk_page
def promise(request: HttpRequest, number: int) -> HttpResponse:
    """Take the borrower's word to pay."""
    placement, now = placement_of(request.agency, number), timezone.now()
    currency = placement.placed.values_list("currency", flat=True).first() or ""
    try:
        take_promise(
            placement.borrower,
            parse_money(request.POST.get("amount", ""), decimals(currency), "/amount"),
            datetime.date.fromisoformat(request.POST.get("due_on", "")),
            currency=currency,
            by=request.user.get_username(),
            through="agency",
            on=lender_date(now),
            at=now,
            key=f"agency/{request.agency.pk}/{request.POST.get('key', '')[:60]}",
        )
    except InputError as error:
        return _said(request, placement, f"{error.what} {error.remedy}")
    except ValueError:
        return _said(request, placement, gettext("Write the amount as 500.00 and choose a day."))
    messages.success(request, gettext("The promise is on record. Nobody writes or calls about it until its day."))
    return redirect("agency_case", placement.pk)


@require_POST
@desk_page
def message(request: HttpRequest, number: int) -> HttpResponse:
    """Have the lender send a reminder in the agency's name, if and when the gate allows it."""
    placement, now = placement_of(request.agency, number), timezone.now()
    loans = list(placement.placed.values_list("loan", flat=True))
    late = max((lender_date(now) - one).days for one in placement.placed.values_list("oldest_due_on", flat=True))
    proposal = Proposal(
        idempotency_key=f"agency:{placement.pk}:{lender_date(now)}",
        borrower_id=placement.borrower_id,
        loan_ids=loans,
        template=MESSAGE,
        planned_for=now,
        expires_at=now + KEPT_FOR,
        days_past_due=late,
        agency=request.agency,
    )
    planned = plan_contacts([proposal], now)
    if not planned:
        return _said(request, placement, gettext("A message was asked for today already."))
    if planned[0].status != "planned":
        return _said(request, placement, planned[0].why)
    messages.success(request, gettext("The message is planned. The rules are asked again in the moment it leaves."))
    return redirect("agency_case", placement.pk)


@require_safe
@desk_page
def commission(request: HttpRequest) -> HttpResponse:
    """What the agency earned in a month, line by line, and the statements that it was given."""
    month = _month(request.GET.get("month", ""))
    lines = lines_of(request.agency, month).select_related("dispute")
    context = {
        "page": "commission",
        "month": month,
        "lines": lines[:500],
        "totals": totals(lines_of(request.agency, month)),
        "statements": Statement.objects.filter(agency=request.agency).order_by("-month"),
    }
    return render(request, "desk/commission.html", context)


@require_safe
@desk_page
def statement(request: HttpRequest, number: int, form: str) -> HttpResponse:
    """A statement as a file: pdf or csv."""
    found = get_object_or_404(Statement, agency=request.agency, pk=number)
    name = f"{request.agency.code}-{found.month:%Y-%m}.{form}"
    if form == "csv":
        return attachment(statement_csv(request.agency, found.month), "text/csv", name)
    return attachment(statement_pdf(found, language_now()), "application/pdf", name)


@require_POST
@desk_page
def dispute(request: HttpRequest, number: int) -> HttpResponse:
    """Object to one line."""
    line = get_object_or_404(CommissionLine, placement__agency=request.agency, pk=number)
    try:
        dispute_line(line, request.POST.get("why", ""), request.user, timezone.now())
        messages.success(request, gettext("The lender has your objection."))
    except InputError as error:
        messages.error(request, error.what, extra_tags="late")
    return redirect("agency_commission")


def _month(asked: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(f"{asked}-01")
    except ValueError:
        return timezone.localdate().replace(day=1)


def _said(request: HttpRequest, placement: Placement, why: str) -> HttpResponse:
    messages.error(request, why, extra_tags="late")
    return redirect("agency_case", placement.pk)
