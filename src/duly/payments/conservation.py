"""No cent is made or lost: every payment that came is on loans, waiting, paid back, taken back or the lender's own."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

# What stands of each payment's facts, by its own record of them, and what is told of where its money went.
UNBALANCED = """
WITH told AS (
    SELECT
        payment_id,
        sum(CASE kind WHEN 'posted' THEN amount WHEN 'unposted' THEN -amount ELSE 0 END) AS posted,
        sum(CASE kind WHEN 'refunded' THEN amount WHEN 'unrefunded' THEN -amount ELSE 0 END) AS refunded,
        sum(CASE kind WHEN 'returned' THEN amount ELSE 0 END) AS returned,
        sum(CASE kind WHEN 'own' THEN amount ELSE 0 END) AS own
    FROM payments_outcome GROUP BY payment_id
), made AS (
    SELECT id AS payment_id, fact_id FROM payments_incomingpayment WHERE fact_id IS NOT NULL
    UNION ALL
    SELECT payment_id, fact_id FROM payments_outcome WHERE kind = 'posted'
), standing AS (
    SELECT made.payment_id, sum(fact.amount) AS amount
    FROM made
    JOIN lending_fact AS fact ON fact.id = made.fact_id
    LEFT JOIN lending_fact AS reversal ON reversal.reverses_id = fact.id
    WHERE reversal.id IS NULL
    GROUP BY made.payment_id
), found AS (
    SELECT
        payment.id, payment.source, payment.source_id, payment.amount,
        CASE WHEN payment.fact_id IS NULL THEN 0 ELSE payment.amount END + coalesce(told.posted, 0) AS posted,
        coalesce(standing.amount, 0) AS in_facts,
        coalesce(waits.amount, 0) AS waiting,
        coalesce(told.refunded, 0) AS refunded, coalesce(told.returned, 0) AS returned, coalesce(told.own, 0) AS own
    FROM payments_incomingpayment AS payment
    LEFT JOIN told ON told.payment_id = payment.id
    LEFT JOIN standing ON standing.payment_id = payment.id
    LEFT JOIN payments_suspense AS waits ON waits.payment_id = payment.id
)
SELECT id, source, source_id, amount, in_facts, waiting, refunded, returned, own FROM found
WHERE posted <> in_facts OR amount <> in_facts + waiting + refunded + returned + own
ORDER BY id
"""


@dataclass(frozen=True)
class Unbalanced:
    """A payment whose parts do not add up. Money in minor units; `in_facts` is what stands on loans."""

    payment_id: int
    source: str
    source_id: str
    amount: int
    in_facts: int
    waiting: int
    refunded: int
    returned: int
    own: int

    def __str__(self) -> str:
        return (
            f"payment {self.source}/{self.source_id}: {self.amount} came, but {self.in_facts} posted + {self.waiting} "
            f"waiting + {self.refunded} refunded + {self.returned} returned + {self.own} the lender's own"
        )


def unbalanced_payments() -> Sequence[Unbalanced]:
    """The payments whose money is not all accounted for, or counted twice; empty when all is well. One query."""
    with connection.cursor() as cursor:
        cursor.execute(UNBALANCED)
        return [Unbalanced(*row[:3], *map(int, row[3:])) for row in cursor.fetchall()]
