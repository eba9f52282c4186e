"""A new way to pay: three questions, offers at once, another suggested, agreed with a code. Views translate only."""

import datetime
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from duly.borrowing.models.kept import BY_BORROWER
from duly.collection.plans import services
from duly.collection.plans.agreeing import received_since
from duly.collection.plans.models import Offer, Plan, PlanRequest
from duly.collection.plans.offers import Proposal
from duly.engine.errors import InputError
from duly.lending.models import Loan
from duly.lending.positions import loans_on, position_on
from duly.payments.orders import open_order
from duly.people.access import open_to
from duly.people.models import Borrower
from duly.people.roles import Role
from duly.portal.amounts import typed_amount, typed_number
from duly.portal.own import own_loan, own_record
from duly.screens.refusals import tell_refusal
from duly.screens.ways_out import of_plan, reason_words

ASKER = services.Asker(PlanRequest.Through.PORTAL, BY_BORROWER)


@dataclass(frozen=True)
class OffersOfLoan:
    """The offers for one loan, and whether all of them are heavier than what the borrower said."""

    loan: Loan
    offers: Sequence[Offer]
    none_that_light: bool


@require_POST
@open_to(Role.BORROWER)
def ask_for_plans(request: HttpRequest) -> HttpResponse:
    """What the person can pay; offers follow at once."""
    borrower = own_record(request)
    now = timezone.now()
    today = timezone.localdate(now)
    currency = request.POST.get("currency", "")
    try:
        if currency not in {one.currency for one in loans_on(borrower, today)}:
            raise Http404
        asked = services.offer_plans(
            borrower,
            typed_amount(request.POST.get("monthly", ""), currency),
            typed_day(request.POST.get("from", "")),
            ASKER,
            currency=currency,
            on=today,
            at=now,
            key=f"portal:{borrower.pk}:{request.POST.get('key', '')[:64]}",
            answers=_means(request, currency),
        )
    except InputError as error:
        tell_refusal(request, error)
        return redirect(f"{reverse('cannot_pay')}#plan")
    return redirect("my_plan_offers", asked.reference)


def _means(request: HttpRequest, currency: str) -> dict[str, int]:
    typed = {name: request.POST.get(name, "").strip() for name in ("income", "spending")}
    return {name: typed_amount(text, currency) for name, text in typed.items() if text}


def typed_day(text: str) -> datetime.date:
    """The date in a date field. Raises InputError."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise InputError(gettext("This is not a day."), "/day", gettext("Choose one.")) from None


@require_safe
@open_to(Role.BORROWER)
def plan_offers(request: HttpRequest, reference: str) -> HttpResponse:
    """What is offered for what was said, loan by loan, and a form to suggest another."""
    return _offers_page(request, _own_request(request, reference))


@require_POST
@open_to(Role.BORROWER)
def suggest_plan(request: HttpRequest, reference: str) -> HttpResponse:
    """A plan of the person's own: agreed to, or every reason why not and the nearest that may be."""
    asked = _own_request(request, reference)
    loan = own_loan(request, request.POST.get("loan", ""))
    now = timezone.now()
    try:
        proposal = Proposal(
            typed_number(request.POST.get("months", ""), "/months"),
            typed_day(request.POST.get("from", "")),
            typed_amount(request.POST.get("at_once", "") or "0", loan.product.currency),
        )
        found = services.propose_plan(loan, proposal, ASKER, on=timezone.localdate(now), at=now, request=asked)
    except InputError as error:
        tell_refusal(request, error)
        return redirect("my_plan_offers", reference)
    reasons = [reason_words(one, loan.product.currency) for one in found.answer.reasons]
    answered = {"loan": loan, "reasons": reasons, "offer": found.offer, "proposal": proposal}
    return _offers_page(request, asked, answered)


def _offers_page(request: HttpRequest, asked: PlanRequest, answered: dict[str, object] | None = None) -> HttpResponse:
    today = timezone.localdate()
    waiting = [one for one in services.offers_waiting(asked.borrower, today) if one.request_id == asked.pk]
    of_loan: dict[int, list[Offer]] = {}
    shown = {one.digest: one for one in reversed(waiting)}
    for one in waiting:
        # What was suggested may be what was offered.
        if shown[one.digest] is one:
            of_loan.setdefault(one.loan_id, []).append(one)
    groups = [
        OffersOfLoan(some[0].loan, some, all(one.kind == Offer.Kind.NEAREST for one in some))
        for some in of_loan.values()
    ]
    context = {
        "page": "home",
        "asked": asked,
        "groups": groups,
        "answered": answered,
        "today": today,
        "tomorrow": today + datetime.timedelta(days=1),
    }
    return render(request, "portal/plan_offers.html", context)


@require_POST
@open_to(Role.BORROWER)
def choose_plans(request: HttpRequest) -> HttpResponse:
    """Go on with one offer for each loan: the code is sent, and the figures are shown once more."""
    borrower = own_record(request)
    names = [value for name, value in request.POST.items() if name.startswith("offer")]
    chosen = _own_offers(borrower, names)
    try:
        services.ask_code(chosen, timezone.localdate())
    except InputError as error:
        tell_refusal(request, error)
        if not chosen or error.where == "/offers":
            return redirect("cannot_pay")
    return redirect(f"{reverse('my_plan_sign')}?{urlencode([('offer', one.reference) for one in chosen])}")


@require_safe
@open_to(Role.BORROWER)
def sign_plans(request: HttpRequest) -> HttpResponse:
    """The figures that the code signs, and the field for it."""
    chosen = _own_offers(own_record(request), request.GET.getlist("offer"))
    if not chosen:
        raise Http404
    return render(request, "portal/plan_sign.html", {"page": "home", "offers": chosen})


@require_POST
@open_to(Role.BORROWER)
def agree_to_plans(request: HttpRequest) -> HttpResponse:
    """Agree with the code. A wrong code leaves everything as it is."""
    names = request.POST.getlist("offer")
    chosen = _own_offers(own_record(request), names)
    now = timezone.now()
    try:
        services.agree_to_plans(chosen, request.POST.get("code", ""), on=timezone.localdate(now), at=now)
    except InputError as error:
        tell_refusal(request, error)
        return redirect(f"{reverse('my_plan_sign')}?{urlencode([('offer', name) for name in names])}")
    return redirect("my_plan", chosen[0].reference)


@require_safe
@open_to(Role.BORROWER)
def my_plan(request: HttpRequest, reference: str) -> HttpResponse:
    """One plan: what is next, what is let go of, every amount, and what happens if one is missed."""
    plan = _own_plan(request, reference)
    today = timezone.localdate()
    standing = position_on(plan.loan, today)
    context = {
        "page": "home",
        "plan": plan,
        "offer": plan.offer,
        "currency": plan.loan.product.currency,
        "standing": of_plan(plan.state),
        "position": standing,
        "first_payment": _first_payment_left(plan, today),
        "dues": [(datetime.date.fromisoformat(day), amount) for day, amount in plan.offer.dues],
        "installments": [one for one in standing.installments if one.outstanding > 0],
        "others": Plan.objects.filter(loan__borrower=plan.loan.borrower_id, state__in=Plan.OPEN)
        .exclude(pk=plan.pk)
        .select_related("offer", "loan"),
        "key": secrets.token_urlsafe(12),
    }
    return render(request, "portal/plan.html", context)


@require_POST
@open_to(Role.BORROWER)
def pay_first(request: HttpRequest, reference: str) -> HttpResponse:
    """On to pay what the plan waits for."""
    plan = _own_plan(request, reference)
    left = _first_payment_left(plan, timezone.localdate())
    key = f"plan:{plan.offer.reference}:{request.POST.get('key', '')[:64]}"
    try:
        if plan.state != Plan.State.WAITING:
            raise InputError(gettext("This plan waits for nothing."), "/plan", gettext("Look at it again."))
        order = open_order(plan.loan.reference, left, "part", key)
    except InputError as error:
        tell_refusal(request, error)
        return redirect("my_plan", reference)
    return redirect("my_order", order.number)


def _first_payment_left(plan: Plan, on: datetime.date) -> int:
    if plan.state != Plan.State.WAITING:
        return 0
    return max(plan.offer.down_payment - received_since([plan], on)[plan.pk], 0)


def _own_request(request: HttpRequest, reference: str) -> PlanRequest:
    found = own_record(request).plan_requests.select_related("borrower").filter(reference=reference).first()
    if found is None:
        raise Http404
    return found


def _own_offers(borrower: Borrower, references: Sequence[str]) -> list[Offer]:
    own = Offer.objects.filter(loan__borrower=borrower, reference__in=[one for one in references if one])
    return list(own.select_related("loan__product", "loan__borrower", "policy").order_by("loan_id", "pk"))


def _own_plan(request: HttpRequest, reference: str) -> Plan:
    found = (
        Plan.objects.select_related("offer__policy", "loan__product")
        .prefetch_related("loan__facts", "events")
        .filter(offer__reference=reference, loan__borrower=own_record(request))
        .first()
    )
    if found is None:
        raise Http404
    return found
