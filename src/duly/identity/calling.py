"""Calls the other way round: the number that a caller must be able to read out while they are on the line.

The borrower sees it on their own page, the caller on theirs, and only while a call of ours is going on. It is worked
out from the call, so nothing of it is kept; it is another for each call, and nobody without our key can make it.
"""

import datetime
import hashlib
import hmac

from django.conf import settings

DIGITS = 6
# A call counts as going on for so long after it was begun, should nobody say that it has ended.
GOING_ON = datetime.timedelta(minutes=30)


def spoken_number(call_id: int, begun_at: datetime.datetime) -> str:
    """The six digits of a call, in two groups."""
    message = f"duly calling v1\n{call_id}\n{begun_at.astimezone(datetime.UTC).isoformat()}"
    digest = hmac.new(settings.DULY_INDEX_KEYS[0].encode(), message.encode(), hashlib.sha256).digest()
    number = int.from_bytes(digest[:8], "big") % 10**DIGITS
    text = f"{number:0{DIGITS}d}"
    return f"{text[:3]} {text[3:]}"
