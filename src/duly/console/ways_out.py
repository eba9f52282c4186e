"""The ways out of one borrower, for staff: plans offered and beyond the policy, promises taken, protections recorded.

The same as a page of its own and as a part of the desk's page of a case. Views translate; they decide nothing.
"""

import datetime
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from duly.collection.hardship.policy import hardship_policy
from duly.collection.hardship.protecting import end_protection, open_protections, protect
from duly.collection.models import Case
from duly.collection.plans import services as plans
from duly.collection.plans.exceptions import Exceptional
from duly.collection.plans.models import Plan, PlanRequest
from duly.collection.plans.offers import Proposal
from duly.collection.promises.models import Promise
from duly.collection.promises.services import AT_MOST_DAYS, open_promises, take_promise, withdraw_promise
from duly.console.ways_out_words import protection_words
from duly.engine.errors import InputError
from duly.engine.money import decimals, parse_money, parse_rate
from duly.lending.models import Loan
from duly.lending.positions import loans_on
from duly.people.access import open_to
from duly.people.models import Borrower, Circumstance
from duly.people.roles import Role, roles_of
from duly.people.visibility import visible_borrowers
from duly.screens.figures import money
from duly.screens.refusals import tell_refusal
from duly.screens.ways_out import of_plan, of_promise, reason_words

LOOK_AT = (Role.COLLECTOR, Role.LEGAL, Role.COMPLIANCE)
ACT = (Role.COLLECTOR, Role.LEGAL)
ONE_DAY = datetime.timedelta(days=1)
PLANS_SHOWN = 10


@require_safe
@open_to(*LOOK_AT)
def ways_out(request: HttpRequest, reference: str) -> HttpResponse:
    """Everything agreed with one borrower, and the forms to agree more."""
    borrower = _the(request, reference)
    told = ways_out_of(borrower, request.user, timezone.now())
    return render(request, "console/ways_out.html", {"page": "people", "borrower": borrower, **told})


def desk_part(case: Case, user: User, now: datetime.datetime) -> Mapping[str, Any] | None:
    """The same for the desk's page of a case."""
    if roles_of(user).isdisjoint(LOOK_AT):
        return None
    return {"borrower": case.borrower, **ways_out_of(case.borrower, user, now)}


def ways_out_of(borrower: Borrower, user: User, now: datetime.datetime) -> dict[str, Any]:
    """What is agreed with `borrower`, open to them, and may be recorded by `user`. Seven queries."""
    today = timezone.localdate(now)
    held = [one for one in loans_on(borrower, today) if one.position.status == "open"]
    agreed = Plan.objects.filter(loan__borrower=borrower).select_related("offer", "loan__product").order_by("-pk")
    shown = list(agreed[:PLANS_SHOWN])
    planned = {one.loan_id for one in shown if one.state in Plan.OPEN}
    return {
        "may_act": not roles_of(user).isdisjoint(ACT),
        "may_protect": Role.LEGAL in roles_of(user),
        "plans": [(one, of_plan(one.state)) for one in shown],
        "offers": plans.offers_waiting(borrower, today),
        "promises": [(one, of_promise(one.state)) for one in open_promises(borrower)],
        "protections": [(one, protection_words(one.kind)) for one in open_protections(borrower, now)],
        "kinds": [(kind, protection_words(kind)) for kind in hardship_policy().protections],
        "owing": sorted({one.currency for one in held}),
        "unplanned": [one for one in held if one.loan.pk not in planned],
        "tomorrow": today + ONE_DAY,
        "in_a_month": today + AT_MOST_DAYS * ONE_DAY,
        "key": secrets.token_urlsafe(12),
    }


@require_POST
@open_to(*ACT)
def act_on_ways_out(request: HttpRequest, reference: str) -> HttpResponse:
    """Offer, answer a proposal, take a word or take it back, protect or end a protection: as the form says."""
    borrower = _the(request, reference)
    act = _ACTS.get(request.POST.get("what", ""))
    if act is None:
        raise Http404
    try:
        act(request, borrower)
    except InputError as error:
        tell_refusal(request, error)
    return redirect(_back(request, borrower))


def _offer(request: HttpRequest, borrower: Borrower) -> None:
    now = timezone.now()
    currency = _currency(request, borrower)
    made = plans.offer_plans(
        borrower,
        _amount(request, "monthly", currency),
        _day(request, "from"),
        _asker(request),
        currency=currency,
        on=timezone.localdate(now),
        at=now,
        key=f"desk:{request.user.pk}:{request.POST.get('key', '')[:64]}",
    )
    found = made.offers.count()
    if found:
        messages.success(request, gettext("Offered: the borrower sees it in the portal and agrees there."))
    else:
        messages.warning(request, gettext("Within the policy there is no plan for this."))


def _propose(request: HttpRequest, borrower: Borrower) -> None:
    loan, now = _loan(request, borrower), timezone.now()
    found = plans.propose_plan(loan, _proposal(request, loan), _asker(request), on=timezone.localdate(now), at=now)
    currency = loan.product.currency
    for one in found.answer.reasons:
        messages.warning(request, reason_words(one, currency))
    if found.offer is not None:
        said = gettext("Offered: %(count)s times %(amount)s; the borrower agrees in the portal.")
        figures = {"count": found.offer.installments, "amount": money(found.offer.monthly, currency)}
        messages.success(request, said % figures)


def _ask_exception(request: HttpRequest, borrower: Borrower) -> None:
    loan = _loan(request, borrower)
    shares = {name: request.POST.get(f"waive_{name}", "").strip() for name in ("penalty", "fee", "interest")}
    rate = request.POST.get("annual_rate", "").strip()
    asked = Exceptional(
        _proposal(request, loan),
        {name: _share(text, name) for name, text in shares.items() if text},
        _share(rate, "annual_rate") if rate else None,
        request.POST.get("why", "")[:200],
    )
    plans.ask_for_exception(loan, asked, request.user, timezone.localdate())
    messages.success(request, gettext("A second person has been asked to agree."))


def _promise(request: HttpRequest, borrower: Borrower) -> None:
    now = timezone.now()
    currency = _currency(request, borrower)
    take_promise(
        borrower,
        _amount(request, "amount", currency),
        _day(request, "day"),
        currency=currency,
        by=request.user.get_username(),
        through=Promise.Through.DESK,
        on=timezone.localdate(now),
        at=now,
        key=f"desk:{request.user.pk}:{request.POST.get('key', '')[:64]}",
    )
    messages.success(request, gettext("The word is on record; reminders rest until its day."))


def _take_back(request: HttpRequest, borrower: Borrower) -> None:
    promise = get_object_or_404(Promise, borrower=borrower, pk=_number(request, "promise"))
    withdraw_promise(promise, request.user.get_username(), timezone.now())


def _protect(request: HttpRequest, borrower: Borrower) -> None:
    _legal_only(request)
    days = _number(request, "days") if request.POST.get("days", "").strip() else None
    if request.POST.get("kind") == "hardship" and (days or 0) > hardship_policy().alone_days:
        raise InputError(
            gettext("So long a relief needs a second person."), "/days", gettext("Decide a request for relief instead.")
        )
    protect(
        borrower,
        request.POST.get("kind", ""),
        by=request.user,
        at=timezone.now(),
        days=days,
        note=request.POST.get("note", "")[:500],
    )
    messages.success(request, gettext("The protection is in force."))


def _end(request: HttpRequest, borrower: Borrower) -> None:
    _legal_only(request)
    held = get_object_or_404(Circumstance, borrower=borrower, pk=_number(request, "protection"))
    end_protection(held, by=request.user, at=timezone.now(), why=request.POST.get("why", "")[:200])


_ACTS: Mapping[str, Callable[[HttpRequest, Borrower], None]] = {
    "offer": _offer,
    "propose": _propose,
    "exception": _ask_exception,
    "promise": _promise,
    "take_back": _take_back,
    "protect": _protect,
    "end": _end,
}


def _legal_only(request: HttpRequest) -> None:
    if Role.LEGAL not in roles_of(request.user):
        raise InputError(
            gettext("Protections are for the legal department."), "/kind", gettext("Ask them to record it.")
        )


def _the(request: HttpRequest, reference: str) -> Borrower:
    return get_object_or_404(visible_borrowers(request.user), reference=reference)


def _back(request: HttpRequest, borrower: Borrower) -> str:
    case = request.POST.get("case", "")
    if case.isascii() and case.isdecimal() and len(case) <= 18:
        try:
            return reverse("desk_case", args=[int(case)])
        except NoReverseMatch:
            pass
    return reverse("ways_out", args=[borrower.reference])


def _asker(request: HttpRequest) -> plans.Asker:
    return plans.Asker(PlanRequest.Through.DESK, request.user.get_username())


def _loan(request: HttpRequest, borrower: Borrower) -> Loan:
    loans = borrower.loans.select_related("product").prefetch_related("facts")
    return get_object_or_404(loans, reference=request.POST.get("loan", ""))


def _currency(request: HttpRequest, borrower: Borrower) -> str:
    currency = request.POST.get("currency", "")
    if not borrower.loans.filter(product__currency=currency).exists():
        raise Http404
    return currency


def _proposal(request: HttpRequest, loan: Loan) -> Proposal:
    once = request.POST.get("at_once", "").strip()
    at_once = _amount(request, "at_once", loan.product.currency) if once else 0
    return Proposal(_number(request, "months"), _day(request, "from"), at_once)


def _amount(request: HttpRequest, name: str, currency: str) -> int:
    try:
        return parse_money(request.POST.get(name, "").replace(",", "").strip(), decimals(currency), f"/{name}")
    except InputError as error:
        raise InputError(
            gettext("This is not an amount."), f"/{name}", gettext("Write it in figures, such as 1200.")
        ) from error


def _share(text: str, name: str) -> int:
    # Typed as per cent.
    try:
        return parse_rate(text.rstrip("% "), f"/{name}") // 100
    except InputError as error:
        raise InputError(gettext("This is not a share."), f"/{name}", gettext("Write it in per cent.")) from error


def _day(request: HttpRequest, name: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(request.POST.get(name, ""))
    except ValueError:
        raise InputError(gettext("This is not a day."), f"/{name}", gettext("Choose one.")) from None


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise InputError(gettext("This is not a number."), f"/{name}", gettext("Write it in figures."))
    return int(text)
