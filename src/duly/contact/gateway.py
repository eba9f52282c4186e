"""What an SMS gateway tells: text messages from people and receipts for ours, signed as Standard Webhooks say."""

import datetime
import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from standardwebhooks import Webhook, WebhookVerificationError

from duly.contact.inbound import receive
from duly.contact.models import Channel, Receipt
from duly.contact.receipts import keep_receipt
from duly.engine.errors import InputError
from duly.people.access import open_to_anyone

_KINDS = {f"message.{kind}": kind for kind in Receipt.Kind.values}
_RECEIVED = "message.received"
MOST_BYTES = 64 * 1024


@csrf_exempt  # its signature says who it is from
@require_POST
@open_to_anyone
def sms_gateway(request: HttpRequest) -> JsonResponse:
    """Take in one event of the gateway's (docs/contact.md has its form); there is no such page without a secret."""
    if not settings.DULY_SMS_SECRET:
        raise Http404
    if int(request.headers.get("content-length") or 0) > MOST_BYTES:
        return JsonResponse({"what": "the event is too long"}, status=413)
    try:
        Webhook(settings.DULY_SMS_SECRET).verify(request.body, {k.lower(): v for k, v in request.headers.items()})
        became = absorb(json.loads(request.body), request.headers["webhook-id"], timezone.now())
    except WebhookVerificationError:
        return JsonResponse({"what": "the signature is not the gateway's, or too old"}, status=401)
    except (InputError, ValueError) as error:
        return JsonResponse({"what": str(error)}, status=422)
    return JsonResponse({"became": became})


def absorb(event: object, event_id: str, now: datetime.datetime) -> str:
    """Put one event on record: `message`, `stop`, `receipt`, or `known` when it was. Raises InputError."""
    if not isinstance(event, Mapping) or not isinstance(event.get("data"), Mapping):
        raise InputError("this is not an event", "", 'give {"type", "data": {…}}')
    data = event["data"]
    if event.get("type") == _RECEIVED:
        sender, text = _text(data, "from"), _text(data, "text")
        kept = receive(Channel.SMS, sender, "", text, now, f"gateway/{event_id}")
        return "known" if kept is None else "stop" if kept.refuses else "message"
    kind = _KINDS.get(str(event.get("type")))
    if kind is None:
        raise InputError("there is no such event", "/type", f"use {', '.join([*_KINDS, _RECEIVED])}")
    code, detail = str(data.get("code", "")), str(data.get("detail", ""))
    kept = keep_receipt(_text(data, "id"), kind, now, f"gateway/{event_id}", code, detail)
    return "known" if kept is None else "receipt"


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise InputError(f"{name} is missing", f"/data/{name}", "give a text")
    return value[:10_000]
