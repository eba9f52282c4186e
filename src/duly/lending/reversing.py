"""Many facts taken back at once: what broke, lapsed or bounced in a batch."""

import datetime
from collections.abc import Sequence

from django.db import transaction

from duly.lending.models import Fact, Loan


def reverse_many(facts: Sequence[Fact], value_date: datetime.date, *, key: str, source: str = "") -> int:
    """Take back each of `facts` from `value_date` on, in the order given; how many there were.

    The key of each reversal is `key` and the reversed fact's own number; what is reversed already stays as it is. Three
    queries, however many there are. `facts` must be on record, and none of them a reversal.
    """
    if any(one.kind == Fact.Kind.REVERSED for one in facts):
        raise ValueError("a reversal is not reversed: record anew what it took back")
    with transaction.atomic():
        # The loans' rows are the lock, as for a single fact.
        list(Loan.objects.select_for_update().filter(pk__in={one.loan_id for one in facts}).order_by("pk").values("pk"))
        gone = set(Fact.objects.filter(reverses__in=facts).values_list("reverses_id", flat=True))
        made = Fact.objects.bulk_create(
            Fact(
                loan_id=one.loan_id,
                kind=Fact.Kind.REVERSED,
                value_date=value_date,
                reverses=one,
                idempotency_key=f"{key}/{one.pk}",
                source=source[:200],
            )
            for one in facts
            if one.pk not in gone
        )
    return len(made)
