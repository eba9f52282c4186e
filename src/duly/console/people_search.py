"""Finding a person by reference, telephone, e-mail or identity number. What is typed stays out of every address."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from duly.console.person_page import LOOK_AT
from duly.people.access import open_to
from duly.people.reveal import masked_field
from duly.people.services import find_borrowers
from duly.people.visibility import limited

MOST = 50
SHOWN = ("name", "phone", "email")


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(*LOOK_AT)
def people(request: HttpRequest) -> HttpResponse:
    """The form; posted, those of the people found whom the asker may see, masked. Two queries."""
    asked = request.POST.get("asked", "").strip()[:200]
    found = limited(find_borrowers(asked), request.user, "pk").order_by("reference")[:MOST] if asked else []
    rows = [(one, [masked_field(one, field) for field in SHOWN]) for one in found]
    context = {"page": "people", "asked": asked, "rows": rows}
    return render(request, "console/people.html", context)
