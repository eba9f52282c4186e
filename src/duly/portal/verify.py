"""Who contacted me? A public page that answers in one line, without scripts, cookies or an account; and the keys.

It says nothing of any debt: only whether a contact was ours, who made it, when and how, and what it may ask.
"""

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from duly.contact.calls import calls_going_on
from duly.identity import keys
from duly.identity.calling import spoken_number
from duly.identity.services import Verdict, check, signed_by_us
from duly.people.access import open_to, open_to_anyone
from duly.people.languages import LANGUAGES, in_django, language_now
from duly.people.roles import Role
from duly.portal.own import own_record

LONGEST = 40


@csrf_exempt  # it changes nothing for anybody who is signed in, and sets no cookie
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@open_to_anyone
def verify(request: HttpRequest) -> HttpResponse:
    """The form; posted with a code and four digits, the answer. `lang` in the address chooses the language."""
    chosen = request.GET.get("lang", "")
    with translation.override(in_django(chosen if chosen in LANGUAGES else language_now())):
        given = request.POST if request.method == "POST" else request.GET
        context = {
            "code": given.get("code", "")[:LONGEST],
            "token": given.get("t", "")[:400],
            "phone": settings.DULY_LENDER_PHONE,
            "email": settings.DULY_LENDER_EMAIL,
        }
        if request.method == "POST":
            context |= _answer(request)
        answer = render(request, "portal/verify.html", context)
    # The address holds the code: no other site learns it.
    answer.headers["Referrer-Policy"] = "no-referrer"
    if context.get("verdict") == Verdict.WAIT:
        answer.status_code = 429
    return answer


def _answer(request: HttpRequest) -> dict[str, object]:
    now = timezone.now()
    digits = request.POST.get("digits", "")[:LONGEST]
    asked_from = get_adapter().get_client_ip(request)
    checked = check(request.POST.get("code", "")[:LONGEST], digits, now, asked_from=asked_from)
    token = request.POST.get("t", "")[:400]
    # A QR code with our address on it and somebody else's statement behind it is a forgery, whatever its code.
    forged = bool(token) and checked.verdict == Verdict.GENUINE and signed_by_us(token, now) is None
    return {"verdict": Verdict.NOT_OURS if forged else checked.verdict, "checked": checked}


@require_safe
@open_to_anyone
def identity_keys(request: HttpRequest) -> HttpResponse:
    """The public keys, for whoever checks a signature without us."""
    return JsonResponse(keys.published(), json_dumps_params={"indent": 1})


@never_cache
@require_safe
@open_to(Role.BORROWER)
def who_is_calling(request: HttpRequest) -> HttpResponse:
    """Calls of ours to this borrower that are going on now, each with the number that the caller must read out."""
    now = timezone.now()
    calls = [(one, spoken_number(one.pk, one.begun_at)) for one in calls_going_on(own_record(request), now)]
    return render(request, "portal/who_is_calling.html", {"page": "calling", "calls": calls, "now": now})
