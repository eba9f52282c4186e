"""The page of one person: who they are, masked; what they have with us; and everything in time order."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from duly.borrowing.lines import standings_on
from duly.borrowing.models import CreditLine
from duly.console.borrowing_words import of_line
from duly.console.person_line import entries_of, kind_words, kinds_for
from duly.console.views import cannot_answer
from duly.lending.positions import loans_on
from duly.people.access import open_to
from duly.people.reveal import FIELDS, masked_field, may_reveal
from duly.people.roles import Role
from duly.people.visibility import visible_borrowers
from duly.screens.standing import of_loan

PAGE_SIZE = 60
LOOK_AT = (Role.UNDERWRITER, Role.COLLECTOR, Role.LEGAL, Role.FINANCE, Role.COMPLIANCE)


@require_safe
@open_to(*LOOK_AT)
def person(request: HttpRequest, reference: str) -> HttpResponse:
    """One borrower, for those who may see them."""
    borrower = get_object_or_404(visible_borrowers(request.user), reference=reference)
    kinds, kind = kinds_for(request.user), request.GET.get("kind", "")
    if kind and kind not in kinds:
        why = gettext("There is no such filter: %(filter)s. Choose one from the list.")
        return cannot_answer(request, why % {"filter": f"kind={kind[:40]}"}, "people")
    today = timezone.localdate()
    loans = loans_on(borrower, today)
    lines = list(CreditLine.objects.filter(borrower=borrower).select_related("product").order_by("-pk"))
    standings = standings_on(lines, today, {one.loan.pk: one.position for one in loans}) if lines else []
    found = entries_of(borrower, [one.loan for one in loans], request.user, kind)
    entries = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page", "1"))
    context = {
        "page": "people",
        "borrower": borrower,
        "masked": [(field, masked_field(borrower, field)) for field in FIELDS],
        "may_reveal": may_reveal(request.user),
        "lines": [(one, of_line(one.state)) for one in standings],
        "loans": [(one, of_loan(one.position.status, one.position.days_past_due)) for one in loans],
        "kind": kind,
        "query": f"kind={kind}" if kind else "",
        "kinds": [(one, kind_words(one)) for one in kinds],
        "entries": entries,
    }
    return render(request, "console/person.html", context)
