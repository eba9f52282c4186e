"""The wallet's address for its messages, and the demonstration's wallet page."""

import logging

import httpx
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from duly.engine.errors import InputError
from duly.payments.wallet.account import WalletAccount, wallet_account
from duly.payments.wallet.demonstration import paid_notice, read_request
from duly.payments.wallet.notices import RefusedNoticeError, absorb
from duly.people.access import open_to_anyone

log = logging.getLogger(__name__)
TEXT = "text/plain; charset=utf-8"


@csrf_exempt  # its signature says who it is from
@require_POST
@open_to_anyone
def notify(request: HttpRequest) -> HttpResponse:
    """A message of the wallet's: "success" once it is on record, "failure" for what is refused."""
    try:
        notice = absorb(request.POST.dict())
    except (RefusedNoticeError, InputError) as error:
        log.warning("a wallet's message was refused: %s", error)
        return HttpResponse("failure", status=400, content_type=TEXT)
    log.info("a wallet's message was absorbed: %s", notice.answer)
    return HttpResponse("success", content_type=TEXT)


@csrf_exempt  # a wallet is another site: what it is asked is signed
@require_http_methods(["GET", "HEAD", "POST"])
@open_to_anyone
def demonstration(request: HttpRequest) -> HttpResponse:
    """The demonstration's wallet: shows what is to be paid; paid, it sends its signed message to `notify` for real."""
    account = _demonstration_account()
    fields = (request.POST if request.method == "POST" else request.GET).dict()
    fields.pop("answer", None)
    try:
        content = read_request(fields, account)
    except (ValueError, KeyError) as error:
        raise Http404 from error
    context = {"content": content, "fields": fields, "return_url": _safe_return(request, fields), "state": "asked"}
    if request.method == "POST":
        notice = paid_notice(content, account, timezone.now())
        answer = httpx.post(request.build_absolute_uri(reverse("wallet_notify")), data=notice, timeout=30)
        context["state"] = "paid" if answer.text == "success" else "refused"
        if context["state"] == "paid" and context["return_url"]:
            return redirect(context["return_url"])
    return render(request, "payments/demonstration.html", context)


def _demonstration_account() -> WalletAccount:
    if not settings.DULY_WALLET_DEMONSTRATION:
        raise Http404
    account = wallet_account()
    if not account.demonstration:
        raise Http404
    return account


def _safe_return(request: HttpRequest, fields: dict[str, str]) -> str:
    url = fields.get("return_url", "")
    return url if url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}) else ""
