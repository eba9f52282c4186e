"""What need not be kept of signing in: sessions that are over, and accounts whose address was never proved."""

import datetime

from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import transaction

# A code is good for ten minutes: who has not proved an address in a day has given up.
UNPROVED_FOR = datetime.timedelta(days=1)


def forget_old_sign_ins(now: datetime.datetime) -> tuple[int, int]:
    """Delete both, as they stand at `now`; how many sessions and how many accounts there were. Again is safe."""
    with transaction.atomic():
        sessions, _ = Session.objects.filter(expire_date__lt=now).delete()
        never = User.objects.filter(
            sign_in_address__verified=False,
            last_login=None,
            date_joined__lt=now - UNPROVED_FOR,
            borrower=None,
            is_staff=False,
            groups=None,
        )
        accounts = never.count()
        never.delete()
    return sessions, accounts
