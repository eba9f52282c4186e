"""The legal department: complaints, disputes and questions that wait, with their clocks; matters; evidence."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from duly.collection.complaints.clocks import clock
from duly.collection.complaints.models import Complaint
from duly.collection.complaints.services import acknowledge, answer, find_hard, note_finding
from duly.collection.legal.consulting import answer_question
from duly.collection.legal.evidence.bundle import make_bundle
from duly.collection.legal.knowledge import articles
from duly.collection.legal.knowledge.search import search
from duly.collection.legal.limitation import limitations, soonest
from duly.collection.legal.models import Consultation, Matter
from duly.engine.errors import InputError
from duly.people.access import open_to
from duly.people.languages import language_now, language_of
from duly.people.roles import Role
from duly.people.visibility import limited, visible_borrowers
from duly.screens.papers import sealed_paper
from duly.screens.refusals import tell_refusal

DEPARTMENT = (Role.LEGAL, Role.COMPLIANCE)
MOST = 200


@require_safe
@open_to(*DEPARTMENT)
def legal_home(request: HttpRequest) -> HttpResponse:
    """What waits for the department: complaints and questions, soonest due first; open matters with their deadlines."""
    now = timezone.now()
    open_complaints = Complaint.objects.filter(answered_at=None).select_related("borrower", "loan", "circumstance")
    complaints = [(one, clock(one, now)) for one in limited(open_complaints, request.user)[:MOST]]
    complaints.sort(key=lambda one: (one[1].due_at is None, one[1].due_at))
    matters = list(
        Matter.objects.exclude(stage=Matter.Stage.CLOSED)
        .select_related("case__borrower")
        .prefetch_related("loans__borrower", "deadlines")[:MOST]
    )
    known = limitations([loan for one in matters for loan in one.loans.all()])
    context = {
        "page": "legal",
        "now": now,
        "complaints": complaints,
        "questions": Consultation.objects.filter(answered_at=None).select_related("borrower").order_by("due_on")[:MOST],
        "matters": [
            (
                one,
                min((d for d in one.deadlines.all() if d.done_on is None), key=lambda d: d.due_on, default=None),
                soonest(known, [loan.pk for loan in one.loans.all()]),
            )
            for one in matters
        ],
    }
    return render(request, "console/legal.html", context)


@require_safe
@open_to(*DEPARTMENT)
def complaint(request: HttpRequest, number: int) -> HttpResponse:
    """One complaint with its steps and the forms that move it on."""
    found = _complaint(request, number)
    context = {
        "page": "legal",
        "complaint": found,
        "clock": clock(found, timezone.now()),
        "steps": found.steps.order_by("pk"),
        "outcomes": [one for one in Complaint.Outcome.choices if one[0] != Complaint.Outcome.WITHDRAWN],
        "causes": Complaint.Cause.choices,
    }
    return render(request, "console/complaint.html", context)


@require_POST
@open_to(*DEPARTMENT)
def act_on_complaint(request: HttpRequest, number: int) -> HttpResponse:
    """Confirm that it came, note what was found, say that it needs longer, or answer it."""
    found, now, by = _complaint(request, number), timezone.now(), request.user.get_username()
    given = request.POST
    what = given.get("what", "")
    try:
        if what == "acknowledge":
            acknowledge(found, by, now)
        elif what == "note":
            note_finding(found, given.get("words", ""), by, now)
        elif what == "hard":
            find_hard(found, given.get("words", ""), by, now)
        elif what == "answer":
            answer(found, given.get("outcome", ""), given.get("cause", ""), given.get("words", ""), by=by, now=now)
        else:
            raise InputError(gettext("The form does not say what is asked."), "/what", gettext("Choose one."))
        messages.success(request, gettext("Put on record."))
    except InputError as error:
        tell_refusal(request, error)
    return redirect("complaint", number)


@require_safe
@open_to(*DEPARTMENT)
def question(request: HttpRequest, number: int) -> HttpResponse:
    """One question, with what the knowledge base has on it, found by its own words or those searched for."""
    found = _question(request, number)
    words = request.GET.get("q", "").strip()[:200] or found.question
    hits = [articles()[one.article.id] for one in search(words, 6)]
    language = language_of(found.language)
    context = {
        "page": "legal",
        "question": found,
        "q": request.GET.get("q", ""),
        "hits": [
            (
                one.id,
                one.title[language_now()],
                one.text[language].strip(),
                [(rule.title[language_now()], rule.citation[language_now()]) for rule in one.rules()],
            )
            for one in hits
        ],
    }
    return render(request, "console/question.html", context)


@require_POST
@open_to(Role.LEGAL)
def answer_consultation(request: HttpRequest, number: int) -> HttpResponse:
    """Answer a question, in words of one's own or those of an article."""
    found = _question(request, number)
    article = request.POST.get("article", "")
    text = request.POST.get("answer", "").strip()
    if not text and article in articles():
        text = articles()[article].text[language_of(found.language)].strip()
    try:
        answer_question(found, text, by=request.user.get_username(), now=timezone.now(), article=article)
        messages.success(request, gettext("Answered."))
    except InputError as error:
        tell_refusal(request, error)
        return redirect("question", number)
    return redirect("legal_home")


@require_POST
@open_to(*DEPARTMENT)
def evidence(request: HttpRequest, reference: str) -> HttpResponse:
    """The evidence on a borrower as one signed bundle, downloaded; that it was made is on record."""
    borrower = get_object_or_404(visible_borrowers(request.user), reference=reference)
    try:
        made = make_bundle(borrower, language_now(), request.user, timezone.now())
    except InputError as error:
        tell_refusal(request, error)
        return redirect("person", reference)
    return sealed_paper(made.file, f"evidence-{made.number}")


def _complaint(request: HttpRequest, number: int) -> Complaint:
    rows = Complaint.objects.select_related("borrower", "loan", "circumstance")
    return get_object_or_404(limited(rows, request.user), pk=number)


def _question(request: HttpRequest, number: int) -> Consultation:
    return get_object_or_404(Consultation.objects.select_related("borrower"), pk=number)
