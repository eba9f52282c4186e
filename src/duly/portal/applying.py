"""Applying for a line: one section a page, saved as you go, handed in at the end, and the answer with its reasons."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from duly.borrowing.applying import (
    ask_for_review,
    begin_application,
    save_answers,
    still_missing,
    submit,
    withdraw_application,
)
from duly.borrowing.documents import MOST_BYTES, add_document, remove_document
from duly.borrowing.inputs import answers_of
from duly.borrowing.line_terms import parse_line_terms
from duly.borrowing.lines import open_line
from duly.borrowing.models import Application, Document, LineProduct
from duly.borrowing.sections import SECTIONS, form_of
from duly.engine.errors import InputError
from duly.people.access import open_to
from duly.people.languages import language_now
from duly.people.roles import Role
from duly.portal.own import number_in, own_application, own_record
from duly.screens.refusals import tell_refusal

# The sections in order, with that in which papers are shown.
STEPS = (*SECTIONS[:3], "documents", *SECTIONS[3:], "check")
KINDS = {
    Document.Kind.IDENTITY: gettext_lazy("Identity document"),
    Document.Kind.INCOME: gettext_lazy("Proof of income"),
    Document.Kind.STATEMENT: gettext_lazy("Bank statement"),
    Document.Kind.OTHER: gettext_lazy("Something else"),
}
UNDER_WAY = (Application.State.BEGUN, Application.State.SUBMITTED, Application.State.REFERRED)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Role.BORROWER)
def apply(request: HttpRequest) -> HttpResponse:
    """Choose what to apply for; posting begins, or goes on with what was begun."""
    borrower = own_record(request)
    if request.method == "POST":
        try:
            made = begin_application(borrower, request.POST.get("product", ""), language_now(), timezone.now())
        except InputError as error:
            raise Http404 from error
        return redirect("my_application", made.reference)
    under_way = borrower.applications.filter(state__in=UNDER_WAY).select_related("product").order_by("-pk").first()
    if under_way is not None:
        return redirect("my_application", under_way.reference)
    offered = [(one, parse_line_terms(one.terms)) for one in _offered()]
    return render(request, "portal/apply.html", {"page": "line", "offered": offered})


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Role.BORROWER)
def application(request: HttpRequest, reference: str) -> HttpResponse:
    """Where an application stands: on to the next section, or the answer and its reasons."""
    own = own_application(request, reference)
    if own.state == Application.State.BEGUN:
        gaps = still_missing(own)
        return redirect("my_section", reference, next((one for one in STEPS if one in gaps), "check"))
    decision = own.decisions.order_by("decided_at", "pk").last()
    reasons = [one[language_now()] for one in decision.reasons] if decision else []
    context = {"page": "line", "application": own, "decision": decision, "reasons": reasons}
    return render(request, "portal/application.html", context | {"currency": own.product.currency})


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Role.BORROWER)
def section(request: HttpRequest, reference: str, step: str) -> HttpResponse:
    """One section: what was answered before is there; what is wrong is said beside its field, the rest is kept."""
    own = own_application(request, reference)
    if step not in STEPS:
        raise Http404
    if own.state != Application.State.BEGUN:
        return redirect("my_application", reference)
    if step in SECTIONS:
        return _questions(request, own, step)
    return _papers(request, own) if step == "documents" else _check(request, own)


def _questions(request: HttpRequest, own: Application, step: str) -> HttpResponse:
    terms = parse_line_terms(own.product.terms)
    if request.method == "POST":
        names = form_of(step, terms).fields
        # A box that is not ticked is not sent: it is answered all the same.
        answers = {name: request.POST.get(name, "") for name in names}
        wrong = save_answers(own, step, answers, timezone.now())
        if not wrong:
            return redirect("my_section", own.reference, STEPS[STEPS.index(step) + 1])
        form = form_of(step, terms, answers)
    else:
        answers, wrong = answers_of(own).get(step, {}), {}
        form = form_of(step, terms)
        form.initial = answers
    fields = [(form[name], wrong.get(name, "")) for name in form.fields]
    context = _steps(own, step) | {"fields": fields, "any_wrong": bool(wrong)}
    return render(request, "portal/section.html", context, status=422 if wrong else 200)


def _papers(request: HttpRequest, own: Application) -> HttpResponse:
    wrong = ""
    if request.method == "POST":
        try:
            if "remove" in request.POST:
                remove_document(get_object_or_404(own.documents, pk=number_in(request.POST["remove"])))
            elif (file := request.FILES.get("file")) is not None and file.size <= MOST_BYTES:
                add_document(own, request.POST.get("kind", ""), file.name or "", file.read(), timezone.now())
            elif file is not None:
                wrong = gettext("The file is too large.")
            else:
                wrong = gettext("Choose a file first.")
        except InputError as error:
            wrong = f"{error.what} {error.remedy}"
        if not wrong:
            return redirect("my_section", own.reference, "documents")
    context = _steps(own, "documents") | {
        "documents": [(one, KINDS[one.kind]) for one in own.documents.select_related("file").order_by("pk")],
        "kinds": KINDS.items(),
        "wrong": wrong,
    }
    return render(request, "portal/documents.html", context, status=422 if wrong else 200)


def _check(request: HttpRequest, own: Application) -> HttpResponse:
    gaps = still_missing(own)
    if request.method == "POST" and not gaps:
        now = timezone.now()
        submit(own, now, timezone.localdate())
        return redirect("my_application", own.reference)
    terms, answers = parse_line_terms(own.product.terms), answers_of(own)
    answered = []
    for name in SECTIONS:
        form = form_of(name, terms)
        rows = [(field.label, _shown(field, answers.get(name, {}).get(key))) for key, field in form.fields.items()]
        answered.append((name, rows, name in gaps))
    context = _steps(own, "check") | {"answered": answered, "gaps": gaps, "papers": own.documents.count()}
    return render(request, "portal/check.html", context)


@require_POST
@open_to(Role.BORROWER)
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """The person does not want it any more."""
    own = own_application(request, reference)
    return _then(request, lambda: withdraw_application(own, timezone.now()), reference)


@require_POST
@open_to(Role.BORROWER)
def review(request: HttpRequest, reference: str) -> HttpResponse:
    """Somebody who was refused asks that a person looks at it."""
    own = own_application(request, reference)
    return _then(request, lambda: ask_for_review(own, request.POST.get("why", ""), timezone.now()), reference)


@require_POST
@open_to(Role.BORROWER)
def take_line(request: HttpRequest, reference: str) -> HttpResponse:
    """Take the line that was approved."""
    own = own_application(request, reference)
    try:
        open_line(own, timezone.localdate())
    except InputError as error:
        tell_refusal(request, error)
        return redirect("my_application", reference)
    return redirect("my_line")


def _then(request: HttpRequest, does: Callable[[], object], reference: str) -> HttpResponse:
    try:
        does()
    except InputError as error:
        tell_refusal(request, error)
    return redirect("my_application", reference)


def _steps(own: Application, step: str) -> dict[str, object]:
    at = STEPS.index(step)
    return {
        "page": "line",
        "application": own,
        "step": step,
        "number": at + 1,
        "steps": STEPS,
        "back": STEPS[at - 1] if at else None,
    }


def _shown(field: object, value: object) -> str:
    choices = dict(getattr(field, "choices", ()))
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    return str(choices.get(value, value if value not in (None, "") else "–"))


def _offered() -> list[LineProduct]:
    last: dict[str, LineProduct] = {}
    for one in LineProduct.objects.order_by("code", "version"):
        last[one.code] = one
    return list(last.values())
