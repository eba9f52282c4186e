"""Many loans that rested go on at once: the pauses whose end has come in a batch."""

import datetime
from collections.abc import Sequence

from django.db import transaction

from duly.lending.models import Fact, Loan


def resume_many(loan_ids: Sequence[int], value_date: datetime.date, *, key: str, source: str = "") -> int:
    """The pauses of these loans are over from `value_date` on; how many were recorded. Three queries.

    The key of each fact is `key` and the loan's number: the same key again records nothing.
    """
    with transaction.atomic():
        list(Loan.objects.select_for_update().filter(pk__in=loan_ids).order_by("pk").values("pk"))
        keys = {f"{key}/{one}": one for one in loan_ids}
        there = set(Fact.objects.filter(idempotency_key__in=keys).values_list("idempotency_key", flat=True))
        made = Fact.objects.bulk_create(
            Fact(
                loan_id=loan_id,
                kind=Fact.Kind.PENALTY_RESUMED,
                value_date=value_date,
                idempotency_key=named,
                source=source[:200],
            )
            for named, loan_id in keys.items()
            if named not in there
        )
    return len(made)
