"""/token: a client signs in with its credentials and gets an access token for an hour (RFC 6749, section 4.4)."""

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.views import TokenView

from duly.api.answering import common_headers, request_id
from duly.api.problems import problem
from duly.api.rates import rates
from duly.people.access import open_to_anyone

get_token = TokenView.as_view()


@open_to_anyone
@csrf_exempt
def token(request: HttpRequest) -> HttpResponse:
    """Answer a client's sign-in; whoever asks too often from one address waits, for secrets are costly to check."""
    request.request_id = request_id(request.headers.get("X-Request-ID", ""))
    # Behind proxies (DULY_PROXIES) the address is the one that they saw, so that nobody uses up another's tries.
    allowance = rates.spend(f"token {get_adapter().get_client_ip(request)}", settings.DULY_API_RATE)
    if request.method != "POST":
        response = problem(request, "method_not_allowed", "This address answers POST.")
        response.headers["Allow"] = "POST"
    elif allowance.wait:
        response = problem(request, "too_many_requests")
    elif _has_nul(request):
        response = problem(request, "malformed", "The character U+0000 is not text.")
    else:
        response = get_token(request)
    for name, value in common_headers(request.request_id, allowance).items():
        response.headers.setdefault(name, value)
    return response


def _has_nul(request: HttpRequest) -> bool:
    return any("\x00" in value for values in request.POST.lists() for value in values[1])
