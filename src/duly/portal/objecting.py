"""Objecting, complaining, and asking the legal department: each with its number and the day by which it is answered."""

import secrets

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from duly.collection.complaints.clocks import clock
from duly.collection.complaints.models import Complaint
from duly.collection.complaints.services import receive_complaint
from duly.collection.legal.consulting import ask_question
from duly.engine.errors import InputError
from duly.people.access import open_to
from duly.people.languages import language_now
from duly.people.roles import Role
from duly.portal.own import own_record
from duly.screens.refusals import tell_refusal

BY = "the borrower"


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Role.BORROWER)
def my_objections(request: HttpRequest) -> HttpResponse:
    """What one has objected to or complained about, and the form for more. From then on nobody reminds them."""
    borrower, now = own_record(request), timezone.now()
    if request.method == "POST":
        given = request.POST
        loan = borrower.loans.filter(reference=given.get("loan", "")).first()
        try:
            made = receive_complaint(
                borrower,
                given.get("about", ""),
                given.get("text", ""),
                channel=Complaint.Channel.PORTAL,
                by=BY,
                now=now,
                key=f"portal:{borrower.pk}:{given.get('key', '')[:64]}",
                loan=loan,
                wish=given.get("wish", ""),
            )
        except InputError as error:
            tell_refusal(request, error)
        else:
            said = gettext("It is on record as %(number)s. Nobody contacts you about it until it is answered.")
            messages.success(request, said % {"number": made.number}, extra_tags="good")
        return redirect("my_objections")
    complaints = borrower.complaints.select_related("loan", "circumstance", "borrower").order_by("-received_at")
    context = {
        "page": "home",
        "complaints": [(one, clock(one, now).due_on) for one in complaints],
        "kinds": Complaint.About.choices,
        "loans": borrower.loans.order_by("reference").values_list("reference", flat=True),
        "key": secrets.token_urlsafe(12),
    }
    return render(request, "portal/objections.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Role.BORROWER)
def my_questions(request: HttpRequest) -> HttpResponse:
    """Questions to the legal department with their answers, and the form for more."""
    borrower, now = own_record(request), timezone.now()
    if request.method == "POST":
        try:
            ask_question(
                request.POST.get("question", ""),
                by=BY,
                now=now,
                key=f"portal:{borrower.pk}:{request.POST.get('key', '')[:64]}",
                language=language_now(),
                borrower=borrower,
                by_borrower=True,
            )
        except InputError as error:
            tell_refusal(request, error)
        else:
            messages.success(request, gettext("Your question is with the legal department."), extra_tags="good")
        return redirect("my_questions")
    questions = borrower.consultations.filter(by_borrower=True).order_by("-asked_at")
    context = {"page": "home", "questions": questions, "key": secrets.token_urlsafe(12)}
    return render(request, "portal/questions.html", context)
