"""The borrower's own loans: the first page, one loan, every cent of it. Views translate; they decide nothing."""

import datetime
import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from duly.borrowing.lines import standing_on
from duly.contact.own_page import own_page_address
from duly.lending.explained import IN_THE_BOOKS_ALONE, explained
from duly.lending.positions import loans_on, position_on
from duly.people.access import open_to
from duly.people.languages import language_now
from duly.people.roles import Role
from duly.portal import home_parts
from duly.portal.home import home
from duly.portal.late_steps import late_steps
from duly.portal.loan_page import loan_page
from duly.portal.own import open_line_of, own_loan, own_record
from duly.portal.papers import papers_of
from duly.portal.ways_out import ways_to_ask


@require_safe
@open_to(Role.BORROWER)
def my_home(request: HttpRequest) -> HttpResponse:
    """What is owed next, what is left of the line, the loans."""
    borrower = own_record(request)
    today = timezone.localdate()
    line = open_line_of(borrower)
    context = {
        "page": "home",
        "home": home(borrower, today),
        "standing": standing_on(line, today) if line else None,
        "contact_page": own_page_address(borrower.pk),
        "parts": home_parts.drawn(request, borrower, today),
    }
    return render(request, "portal/home.html", context)


@require_safe
@open_to(Role.BORROWER)
def my_loan(request: HttpRequest, reference: str) -> HttpResponse:
    """One loan today, and what settles it today or on a later day."""
    loan = own_loan(request, reference)
    today = timezone.localdate()
    try:
        settle_on = max(today, datetime.date.fromisoformat(request.GET.get("settle_on", "") or today.isoformat()))
    except ValueError:
        settle_on = today
    context = {"page": "home", "loan": loan, "shown": loan_page(loan, today, settle_on), **papers_of(loan)}
    return render(request, "portal/loan.html", context)


@require_safe
@open_to(Role.BORROWER)
def my_every_cent(request: HttpRequest, reference: str) -> HttpResponse:
    """Every movement of one loan up to today, newest day first."""
    loan = own_loan(request, reference)
    today = timezone.localdate()
    days = explained(loan, today, language_now())
    own = [
        (day, [line for line in day.lines if line.movement.component not in IN_THE_BOOKS_ALONE])
        for day in reversed(days)
    ]
    context = {
        "page": "home",
        "loan": loan,
        "currency": loan.product.currency,
        "total": sum(position_on(loan, today).outstanding.values()),
        "days": [(day, lines) for day, lines in own if lines],
    }
    return render(request, "portal/every_cent.html", context)


@require_safe
@open_to(Role.BORROWER)
def cannot_pay(request: HttpRequest) -> HttpResponse:
    """What happens when a payment is late, step by step, what can be done, and how to reach a person."""
    borrower = own_record(request)
    today = timezone.localdate()
    held_loans = loans_on(borrower, today)
    late = [(held, steps) for held in held_loans if (steps := late_steps(held.loan, today))]
    context = {
        **ways_to_ask(borrower, held_loans, today),
        "page": "home",
        "late": late,
        "contact_page": own_page_address(borrower.pk),
        "phone": settings.DULY_LENDER_PHONE,
        "phone_link": re.sub(r"[^+\d]", "", settings.DULY_LENDER_PHONE),
        "email": settings.DULY_LENDER_EMAIL,
    }
    return render(request, "portal/cannot_pay.html", context)
