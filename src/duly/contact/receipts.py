"""What becomes of messages that left: receipts are kept, bounces mark the address, and a doubt may be resolved."""

import datetime
import re

from django.db import transaction

from duly.contact.handing_over import was_taken
from duly.contact.models import Attempt, Message, Receipt
from duly.contact.reachability import mark_unreachable

# RFC 3463: permanent failures of the address itself, and what gateways say of numbers that are none.
_ADDRESS_IS_BAD = re.compile(r"5\.1\.\d+|5\.2\.1|unknown_number|invalid_number|unreachable_number")


def keep_receipt(
    message_id: str, kind: str, at: datetime.datetime, key: str, code: str = "", detail: str = ""
) -> Receipt | None:
    """Keep what was told of our message; None when we know of no such message, or the receipt is on record already.

    `message_id` is its Message-ID, whole or up to the at sign; `kind` one of Receipt.Kind; `key` the sender's own
    number for the receipt. A message that was in doubt is known to have been taken: somebody has it.
    """
    local_part = message_id.strip("<> ").partition("@")[0]
    with transaction.atomic():
        for attempt in Attempt.objects.filter(
            message_id__startswith=f"<{local_part}@", state=Attempt.State.HANDING_OVER
        ):
            was_taken(attempt, f"known by a receipt: {kind}")
        message = Message.objects.filter(message_id__startswith=f"<{local_part}@").select_related("planned__borrower")
        ours = message.first() if local_part else None
        if ours is None:
            return None
        kept, is_new = Receipt.objects.get_or_create(
            key=key[:200],
            defaults={"message": ours, "kind": kind, "at": at, "code": code[:32], "detail": detail[:300]},
        )
        if is_new and kind == Receipt.Kind.UNDELIVERED and _ADDRESS_IS_BAD.search(code):
            mark_unreachable(ours.planned.borrower, ours.planned.channel, f"{code} {detail}".strip(), at)
    return kept if is_new else None
