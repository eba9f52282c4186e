"""Which agency may act for the lender at an instant, and under which mandate."""

import datetime

from django.db.models import Q
from django.utils import timezone

from duly.agencies.models import Agency, Mandate


def mandate_in_force(agency: Agency, at: datetime.datetime) -> Mandate | None:
    """The mandate under which `agency` may act at `at` (an instant); None while it has none, or is suspended.

    Where several hold, the one that began last.
    """
    if agency.suspended_at is not None and agency.suspended_at <= at:
        return None
    on = timezone.localdate(at)
    standing = Q(revoked_at__isnull=True) | Q(revoked_at__gt=at)
    holding = agency.mandates.filter(standing, begins_on__lte=on, ends_on__gte=on)
    return holding.order_by("-begins_on", "-pk").first()
