"""The lender's pages about agencies: side by side, and one with its mandates, staff and statements; batches."""

import datetime
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from duly.agencies import services as register
from duly.agencies.commission_terms import read_terms
from duly.agencies.models import Agency, AgencyStaff, Mandate
from duly.collection.placement import services as placement
from duly.collection.placement import statements
from duly.collection.placement.dealing import deal
from duly.collection.placement.models import Batch, LineDispute, Placement, Statement
from duly.collection.placement.rules import read_rules, shipped_text
from duly.console.agency_list import side_by_side
from duly.engine.errors import InputError
from duly.engine.money import decimals, parse_money
from duly.law.vocabulary import CHANNELS, PURPOSES
from duly.people.access import open_to
from duly.people.roles import Role, roles_of
from duly.screens.papers import attachment
from duly.screens.refusals import tell_fault

LOOK_AT = (Role.LEGAL, Role.COMPLIANCE, Role.FINANCE)
ACT = (Role.LEGAL, Role.COMPLIANCE)
TERMS = 'rounding = "half_even"\ntiers = [{ from_days = 1, rate = 100000 }, { from_days = 91, rate = 200000 }]\n'


@require_safe
@open_to(*LOOK_AT)
def agencies(request: HttpRequest) -> HttpResponse:
    """Agencies side by side, the batches, and the way to register another."""
    context = {
        "page": "agencies",
        "rows": side_by_side(timezone.now()),
        "batches": Batch.objects.select_related("made_by", "placed_by").order_by("-pk")[:20],
        "may_act": _may_act(request),
    }
    return render(request, "console/agencies.html", context)


@require_POST
@open_to(*ACT)
def register_agency(request: HttpRequest) -> HttpResponse:
    """Put an agency on record."""
    said = request.POST
    fields = ("code", "name", "name_zh", "licence", "telephone", "email", "website", "address")
    try:
        made = register.register_agency(
            **{name: said.get(name, "") for name in fields},
            services=_words(said.get("services", "")),
            countries=_words(said.get("countries", "")),
            by=request.user,
            at=timezone.now(),
        )
    except InputError as error:
        tell_fault(request, error)
        return redirect("agencies_register")
    return redirect("agency_register", made.code)


@require_safe
@open_to(*LOOK_AT)
def agency(request: HttpRequest, code: str) -> HttpResponse:
    """One agency: mandates, people, judgement, what happened, statements and objections."""
    found = get_object_or_404(Agency, code=code)
    today = timezone.localdate()
    context = {
        "page": "agencies",
        "agency": found,
        "mandates": found.mandates.order_by("-begins_on"),
        "in_force": register.mandate_in_force(found, timezone.now()),
        "staff": found.staff.filter(left_at=None).select_related("user"),
        "evaluations": found.evaluations.select_related("by").order_by("-at"),
        "events": found.events.select_related("by").order_by("-at", "-pk")[:50],
        "placed": placement.placed_now(found).count(),
        "statements": Statement.objects.filter(agency=found).order_by("-month"),
        "objections": LineDispute.objects.filter(line__placement__agency=found, answered_at=None).select_related(
            "line__loan"
        ),
        "channels": CHANNELS,
        "purposes": PURPOSES,
        "data": register.DATA,
        "marks": register.MARKS,
        "terms": TERMS,
        "last_month": today.replace(day=1) - datetime.timedelta(days=1),
        "may_act": _may_act(request),
        "may_settle": not roles_of(request.user).isdisjoint((Role.FINANCE, Role.COMPLIANCE)),
    }
    return render(request, "console/agency.html", context)


@require_POST
@open_to(*ACT)
def act_on_agency(request: HttpRequest, code: str) -> HttpResponse:
    """Do what the form says: mandate, revoke, suspend, resume, add or remove somebody, evaluate, take all back."""
    found = get_object_or_404(Agency, code=code)
    acts: dict[str, Callable[[HttpRequest, Agency], str]] = {
        "mandate": _mandate,
        "revoke": _revoke,
        "suspend": _suspend,
        "resume": _resume,
        "join": _join,
        "leave": _leave,
        "evaluate": _evaluate,
        "recall": _recall,
    }
    act = acts.get(request.POST.get("act", ""))
    try:
        if act is None:
            raise InputError("this cannot be done", "/act", "choose one of the forms")
        messages.success(request, act(request, found))
    except InputError as error:
        tell_fault(request, error)
    return redirect("agency_register", code)


@require_POST
@open_to(Role.FINANCE, Role.COMPLIANCE)
def settle_agency(request: HttpRequest, code: str) -> HttpResponse:
    """Issue a month's statement, or answer an objection to a line."""
    found = get_object_or_404(Agency, code=code)
    said, now = request.POST, timezone.now()
    try:
        if said.get("act") == "statement":
            statements.issue_statement(found, _month(said.get("month", "")), now)
            messages.success(request, gettext("Issued. It agrees with the facts to the cent."))
        else:
            dispute = get_object_or_404(LineDispute, line__placement__agency=found, pk=said.get("dispute") or 0)
            if said.get("correct_by"):
                amount = said["correct_by"].strip()
                minor = parse_money(amount.lstrip("-"), decimals(dispute.line.currency), "/correct_by")
                sign = -1 if amount.startswith("-") else 1
                statements.ask_to_correct(dispute, sign * minor, said.get("answer", ""), request.user)
                messages.success(request, gettext("Asked for. A second person has to agree."))
            else:
                statements.decline_dispute(dispute, said.get("answer", ""), request.user, now)
                messages.success(request, gettext("Answered."))
    except InputError as error:
        tell_fault(request, error)
    return redirect("agency_register", code)


@require_safe
@open_to(*LOOK_AT)
def statement_file(request: HttpRequest, number: int) -> HttpResponse:
    """A statement that an agency was given, as CSV."""
    found = get_object_or_404(Statement.objects.select_related("agency"), pk=number)
    content = statements.statement_csv(found.agency, found.month)
    return attachment(content, "text/csv", f"{found.agency.code}-{found.month:%Y-%m}.csv")


@require_safe
@open_to(*ACT)
def new_batch(request: HttpRequest) -> HttpResponse:
    """A batch by rules, as it would be placed now: counts, amounts, who is left out and why. Keeps nothing."""
    rules = request.GET.get("rules") or shipped_text()
    context: dict[str, object] = {"page": "agencies", "rules": rules, "base_currency": settings.DULY_BASE_CURRENCY}
    try:
        context["dealt"] = deal(read_rules(rules), timezone.now())
    except InputError as error:
        context["wrong"] = f"{error.where} {error.what}: {error.remedy}"
    return render(request, "console/placement_batch.html", context)


@require_POST
@open_to(*ACT)
def ask_for_batch(request: HttpRequest) -> HttpResponse:
    """Keep a batch and ask for it to be placed."""
    try:
        batch, _ = placement.prepare_batch(request.POST.get("rules", ""), request.user, timezone.now())
        placement.ask_to_place(batch, request.user)
        messages.success(request, gettext("Asked for. A second person has to agree."))
    except InputError as error:
        tell_fault(request, error)
    return redirect("agencies_register")


def _mandate(request: HttpRequest, found: Agency) -> str:
    said = request.POST
    terms = {
        "number": said.get("number", ""),
        "begins_on": said.get("begins_on", ""),
        "ends_on": said.get("ends_on", ""),
        "channels": said.getlist("channels"),
        "purposes": said.getlist("purposes"),
        "data": said.getlist("data"),
        "data_terms": said.get("data_terms", ""),
        "notice_days": int(said["notice_days"]) if said.get("notice_days", "").isdigit() else -1,
        "commission": read_terms(said.get("commission", "")),
    }
    register.ask_for_mandate(found, terms, request.user)
    return gettext("Asked for. A second person has to agree.")


def _revoke(request: HttpRequest, found: Agency) -> str:
    mandate = get_object_or_404(Mandate, agency=found, pk=request.POST.get("mandate") or 0)
    register.revoke_mandate(mandate, request.POST.get("why", ""), request.user, timezone.now())
    return gettext("Revoked, with everything under it.")


def _suspend(request: HttpRequest, found: Agency) -> str:
    register.suspend(found, request.POST.get("why", ""), request.user, timezone.now())
    return gettext("Suspended: its desk is closed, its messages are cancelled, its codes answer no more.")


def _resume(request: HttpRequest, found: Agency) -> str:
    register.ask_to_resume(found, request.POST.get("why", ""), request.user)
    return gettext("Asked for. A second person has to agree.")


def _join(request: HttpRequest, found: Agency) -> str:
    user = User.objects.filter(username=request.POST.get("user", "")).first()
    if user is None:
        raise InputError("there is no such account", "/user", "make it first: duly user add")
    register.add_staff(found, user, request.user, timezone.now())
    return gettext("They may sign in for the agency now.")


def _leave(request: HttpRequest, found: Agency) -> str:
    staff = get_object_or_404(AgencyStaff, agency=found, pk=request.POST.get("staff") or 0)
    register.remove_staff(staff, request.user, timezone.now())
    return gettext("They sign in for the agency no more.")


def _evaluate(request: HttpRequest, found: Agency) -> str:
    marks = {name: int(request.POST.get(name) or 0) for name in register.MARKS if request.POST.get(name, "0").isdigit()}
    register.evaluate(found, marks, request.POST.get("found", ""), request.user, timezone.now())
    return gettext("On record; the next evaluation is due within a year.")


def _recall(request: HttpRequest, found: Agency) -> str:
    reference = request.POST.get("borrower", "").strip()
    cases = placement.placed_now(found)
    if reference:
        cases = cases.filter(borrower__reference=reference)
    why = request.POST.get("why", "")
    back = placement.recall(list(cases), Placement.Ended.BY_HAND, why, timezone.now(), request.user)
    return gettext("Taken back: %(cases)s.") % {"cases": len(back)}


def _may_act(request: HttpRequest) -> bool:
    return not roles_of(request.user).isdisjoint(ACT)


def _month(asked: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(f"{asked}-01")
    except ValueError as error:
        raise InputError(f"{asked!r} is not a month", "/month", "write it as 2026-03") from error


def _words(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]
