"""Money that came in may be the first payment that a plan waits for: then the plan begins at once."""

from collections.abc import Collection

from django.utils import timezone

from duly.collection.plans.agreeing import start_those_paid


def start_plans(loan_ids: Collection[int], **_: object) -> int:
    """Start the plans of these loans whose first payment is complete; how many. Heard on `money_arrived`."""
    now = timezone.now()
    return len(start_those_paid(loan_ids, timezone.localdate(now), now))
