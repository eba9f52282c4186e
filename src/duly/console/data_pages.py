"""Personal data on the staff's pages: shown one datum at a time, each on record; copies and erasures for compliance."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from duly.console.views import cannot_answer
from duly.engine.errors import InputError
from duly.people import consents, erase
from duly.people.access import open_to
from duly.people.export import export
from duly.people.languages import language_now
from duly.people.models import Erasure, Reveal
from duly.people.reveal import MAY_REVEAL
from duly.people.reveal import reveal as reveal_datum
from duly.people.roles import Role
from duly.people.visibility import visible_borrowers
from duly.screens.papers import attachment

PAGE_SIZE = 50


@require_POST
@open_to(*MAY_REVEAL)
def reveal(request: HttpRequest) -> HttpResponse:
    """One datum of one borrower in the clear: a piece of the page that asked, or a page of its own."""
    borrower = get_object_or_404(visible_borrowers(request.user), reference=request.POST.get("borrower", ""))
    field = request.POST.get("field", "")
    try:
        value = reveal_datum(request.user, borrower, field, request.POST.get("why", ""))
    except InputError:
        why = gettext("Say why you need to see it: choose a reason from the list.")
        return cannot_answer(request, why, "people", "/")
    context = {"page": "people", "borrower": borrower, "field": field, "value": value}
    template = "console/revealed.html" if request.htmx else "console/revealed_page.html"
    return render(request, template, context)


@require_safe
@open_to(Role.COMPLIANCE)
def reveals(request: HttpRequest) -> HttpResponse:
    """Who asked to see which datum, newest first; of one member of staff when the address names them."""
    rows = Reveal.objects.select_related("user", "borrower").order_by("-at", "-pk")
    who = request.GET.get("who", "").strip()[:150]
    if who:
        rows = rows.filter(user__username=who)
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    busiest = Reveal.objects.filter(at__gte=today).values("user__username").annotate(times=Count("pk"))
    context = {
        "page": "reveals",
        "who": who,
        "rows": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page", "1")),
        "query": f"who={who}" if who else "",
        "busiest": busiest.order_by("-times", "user__username")[:10],
    }
    return render(request, "console/reveals.html", context)


@require_safe
@open_to(Role.COMPLIANCE)
def personal_data(request: HttpRequest, reference: str) -> HttpResponse:
    """What one person agreed to, who looked at their data, a copy of it, and its erasure."""
    borrower = get_object_or_404(visible_borrowers(request.user), reference=reference)
    context = {
        "page": "people",
        "borrower": borrower,
        "consents": consents.consents_of(borrower, language_now()),
        "reveals": Reveal.objects.filter(borrower=borrower).select_related("user").order_by("-at")[:20],
        "erasure": erase.waiting(borrower),
        "against": erase.reasons_against(borrower, timezone.now()),
        "certificates": Erasure.objects.filter(borrower=borrower).select_related("approval__asked_by"),
    }
    return render(request, "console/personal_data.html", context)


@require_POST
@open_to(Role.COMPLIANCE)
def export_person(request: HttpRequest, reference: str) -> HttpResponse:
    """Everything on record about one person, as a zip to hand to them; that it was made is on record."""
    borrower = get_object_or_404(visible_borrowers(request.user), reference=reference)
    Reveal.objects.create(user=request.user, borrower=borrower, field="everything", why=Reveal.Why.OBJECTION)
    return attachment(export(borrower, borrower.language), "application/zip", f"{borrower.reference}.zip")


@require_POST
@open_to(Role.COMPLIANCE)
def erase_person(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for one person's data to be erased; somebody else has to agree."""
    borrower = get_object_or_404(visible_borrowers(request.user), reference=reference)
    try:
        erase.ask_to_erase(borrower, request.user)
        messages.success(request, gettext("Asked for. A second person has to agree."))
    except InputError as error:
        messages.error(request, f"{error.what} {error.remedy}")
    return redirect("personal_data", reference)
