"""Money that came in, recorded in whole columns: each payment becomes a fact of its loan at once, or waits.

One statement judges, records and posts a batch on PostgreSQL; on SQLite the same question is asked and the answers are
written in lists. A payment received alone is a batch of one (`duly.payments.incoming`), so there is one set of rules:

- the same number from the same source is one payment: given again it changes nothing, and with other content it is
  refused;
- the loan must be on record, in the currency of the payment, and disbursed by the value date;
- on a loan that was written off by then the money is a recovery; else it is a payment.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection, transaction

from duly.engine.errors import InputError
from duly.payments.arrivals import BETWEEN, Arrivals, Details, all_right, wrong_with
from duly.payments.models import IncomingPayment, PaymentDetails, Suspense
from duly.payments.signals import money_arrived

# The same rules in both databases: why a payment cannot be posted, or as what.
JUDGED = """
SELECT
    given.*,
    loan.id AS loan_id,
    CASE
        WHEN given.loan = '' THEN 'no_reference'
        WHEN loan.id IS NULL THEN 'unknown_loan'
        WHEN product.currency <> given.currency THEN 'other_currency'
        WHEN loan.disbursed_on > given.value_date THEN 'too_early'
        ELSE ''
    END AS reason,
    CASE WHEN EXISTS (
        SELECT 1 FROM lending_fact AS lost
        WHERE lost.loan_id = loan.id AND lost.kind = 'written_off' AND lost.value_date <= given.value_date
            AND NOT EXISTS (SELECT 1 FROM lending_fact AS undoing WHERE undoing.reverses_id = lost.id)
    ) THEN 'recovered' ELSE 'paid' END AS kind
FROM given
LEFT JOIN lending_loan AS loan ON loan.reference = given.loan
LEFT JOIN lending_product AS product ON product.id = loan.product_id
"""

# A close waits for whoever holds this lock, so numbers of facts are drawn only under it (lending/0002). One plan, by
# index, serves a batch of one and of a hundred thousand: planning and compiling anew would cost more than the work.
BEFORE = """
SELECT
    pg_advisory_xact_lock_shared(hashtext('lending_fact')),
    set_config('plan_cache_mode', 'force_generic_plan', true),
    set_config('jit', 'off', true)
"""

# In the order of the source's numbers, so that two batches with the same payments never wait for each other.
ON_POSTGRESQL = f"""
WITH given AS MATERIALIZED (
    SELECT place, source_id, coalesce(loan, '') AS loan, amount::bigint, currency, value_date::date,
        prepays = 't' AS prepays
    FROM unnest(
        string_to_array(%(source_id)s::text, E'\x1f'), string_to_array(%(loan)s::text, E'\x1f'),
        string_to_array(%(amount)s::text, E'\x1f'), string_to_array(%(currency)s::text, E'\x1f'),
        string_to_array(%(value_date)s::text, E'\x1f'), string_to_array(%(prepays)s::text, E'\x1f')
    ) WITH ORDINALITY AS one (source_id, loan, amount, currency, value_date, prepays, place)
), judged AS MATERIALIZED (
    SELECT judged.*, nextval('payments_incomingpayment_id_seq') AS id,
        CASE WHEN reason = '' THEN nextval('lending_fact_id_seq') END AS fact_id
    FROM ({JUDGED} ORDER BY given.source_id, given.place) AS judged
), came AS (
    INSERT INTO payments_incomingpayment (id, source, source_id, method, amount, currency, value_date, fact_id)
    SELECT id, %(source)s::text, source_id, %(method)s::text, amount, currency, value_date, fact_id FROM judged
    WHERE %(may_wait)s::bool OR reason IN ('', 'no_reference')
    ON CONFLICT (source, source_id) DO NOTHING
    RETURNING id
), posted AS (
    INSERT INTO lending_fact (id, loan_id, kind, value_date, amount, details, idempotency_key, source)
    SELECT fact_id, loan_id, kind, value_date, amount,
        CASE WHEN prepays AND kind = 'paid' THEN '{{"prepays": true}}'::jsonb END,
        'incoming/' || id, %(source)s::text
    FROM judged JOIN came USING (id) WHERE fact_id IS NOT NULL
)
SELECT judged.place, came.id, judged.fact_id, judged.loan_id, judged.reason
FROM judged LEFT JOIN came USING (id)
"""  # noqa: S608

ON_SQLITE = f"""
WITH given AS (
    SELECT
        value ->> 0 AS place, value ->> 1 AS source_id, value ->> 2 AS loan, value ->> 3 AS amount,
        value ->> 4 AS currency, value ->> 5 AS value_date, value ->> 6 AS prepays
    FROM json_each(%s)
)
{JUDGED} ORDER BY given.source_id, given.place
"""  # noqa: S608

SAID = {
    "unknown_loan": ("there is no loan {loan!r}", "/loan", "name the reference of a loan on record"),
    "other_currency": ("loan {loan!r} is not in {currency}", "/currency", "give the currency of the loan"),
    "too_early": (
        "it counts from before the disbursement of loan {loan!r}",
        "/value_date",
        "give a date on or after the disbursement",
    ),
}


@dataclass(slots=True)
class Receipt:
    """What became of one payment: `state` is posted, suspense or refused; `known` when it had come before.

    `payment_id` and `fact_id` are the ids on record, None where there is none; `error` says why it was refused.
    """

    state: str
    payment_id: int | None = None
    fact_id: int | None = None
    loan_id: int | None = None
    known: bool = False
    reason: str = ""
    error: InputError | None = None


def receive_many(arrivals: Arrivals, *, may_wait: bool = False) -> list[Receipt]:
    """Record payments and post them to their loans; a receipt each, in the order given.

    A payment without a loan waits in suspense. One whose loan is not on record, not in its currency, or not disbursed
    yet is refused by itself, or with `may_wait` waits too (money that is there already cannot be refused). All of it
    is one transaction, or part of the caller's; `signals.money_arrived` is sent after the commit. Within one call
    payments are recorded in the order of their source's numbers.
    """
    receipts: list[Receipt | None] = [None] * len(arrivals)
    right: Sequence[int] = range(len(arrivals))
    if not all_right(arrivals):
        errors = [wrong_with(arrivals, place) for place in right]
        receipts = [None if error is None else Receipt("refused", error=error) for error in errors]
        right = [place for place, error in enumerate(errors) if error is None]
    if right:
        with transaction.atomic():
            write = _on_postgresql if connection.vendor == "postgresql" else _on_sqlite
            unsettled = write(arrivals, right, may_wait, receipts)
            if unsettled:
                _compare(arrivals, unsettled, receipts)
            _keep_details(arrivals, receipts)
            _let_wait(arrivals, receipts)
            _announce(receipts)
    return receipts  # type: ignore[return-value]


def _on_postgresql(
    arrivals: Arrivals, right: Sequence[int], may_wait: bool, receipts: list[Receipt | None]
) -> list[int]:
    """Write the batch in one statement; returns the places of those that had come before."""
    prepays = arrivals.prepays
    columns = {
        "source_id": arrivals.source_id,
        "loan": arrivals.loan,
        "amount": map(str, arrivals.amount),
        "currency": arrivals.currency,
        "value_date": map(str, arrivals.value_date),
        "prepays": ["f"] * len(arrivals) if prepays is None else ["t" if one else "f" for one in prepays],
    }
    values: dict[str, object] = {"source": arrivals.source, "method": arrivals.method, "may_wait": may_wait}
    for name, column in columns.items():
        if len(right) < len(arrivals):
            whole = list(column)
            column = [whole[place] for place in right]
        values[name] = BETWEEN.join(column)
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(BEFORE, prepare=True)
        cursor.execute(ON_POSTGRESQL, values, prepare=True)
        rows = cursor.fetchall()
    known = []
    for number, payment_id, fact_id, loan_id, reason in rows:
        place = right[number - 1]
        if payment_id is not None:
            receipts[place] = (
                Receipt("suspense", payment_id, reason=reason)
                if reason
                else Receipt("posted", payment_id, fact_id, loan_id)
            )
        elif _refuses(reason, may_wait):
            receipts[place] = _refusal(arrivals, place, reason)
            known.append(place)
        else:
            known.append(place)
    return known


def _refuses(reason: str, may_wait: bool) -> bool:
    return reason not in ("", "no_reference") and not may_wait


def _refusal(arrivals: Arrivals, place: int, reason: str) -> Receipt:
    what, where, remedy = SAID[reason]
    said = what.format(loan=arrivals.loan[place], currency=arrivals.currency[place])
    return Receipt("refused", reason=reason, error=InputError(said, where, remedy))


def _on_sqlite(arrivals: Arrivals, right: Sequence[int], may_wait: bool, receipts: list[Receipt | None]) -> list[int]:
    """Ask how each payment stands, then write them in lists; returns the places of those that had come before."""
    prepays = arrivals.prepays
    given = [
        (
            place,
            arrivals.source_id[place],
            arrivals.loan[place],
            arrivals.amount[place],
            arrivals.currency[place],
            arrivals.value_date[place].isoformat(),
            bool(prepays and prepays[place]),
        )
        for place in right
    ]
    with connection.cursor() as cursor:
        cursor.execute(ON_SQLITE, [json.dumps(given)])
        judged = cursor.fetchall()
        came = _on_record(arrivals.source, [row[1] for row in judged])
        # The book is ours alone until the commit, so the next numbers are known.
        payment_id, fact_id = _last_id(cursor, "payments_incomingpayment"), _last_id(cursor, "lending_fact")
        payments, facts, known = [], [], []
        for place, source_id, _, amount, currency, value_date, prepaying, loan_id, reason, kind in judged:
            if source_id in came:
                known.append(place)
                continue
            if _refuses(reason, may_wait):
                receipts[place] = _refusal(arrivals, place, reason)
                continue
            came.add(source_id)
            payment_id += 1
            receipt = receipts[place] = Receipt("suspense" if reason else "posted", payment_id, reason=reason)
            if not reason:
                fact_id += 1
                receipt.fact_id, receipt.loan_id = fact_id, loan_id
                details = '{"prepays": true}' if prepaying and kind == "paid" else None
                key = f"incoming/{payment_id}"
                facts.append((fact_id, loan_id, kind, value_date, amount, details, key, arrivals.source))
            payments.append(
                (payment_id, arrivals.source, source_id, arrivals.method, amount, currency, value_date, receipt.fact_id)
            )
        cursor.executemany(INSERT_FACTS, facts)
        cursor.executemany(INSERT_PAYMENTS, payments)
    return known


INSERT_FACTS = (
    "INSERT INTO lending_fact (id, loan_id, kind, value_date, amount, details, idempotency_key, source) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
)
INSERT_PAYMENTS = (
    "INSERT INTO payments_incomingpayment "
    "(id, source, source_id, method, amount, currency, value_date, fact_id) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
)


def _on_record(source: str, source_ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(source_ids), 500):
        some = source_ids[start : start + 500]
        found.update(
            IncomingPayment.objects.filter(source=source, source_id__in=some).values_list("source_id", flat=True)
        )
    return found


def _last_id(cursor: Any, table: str) -> int:
    cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def _compare(arrivals: Arrivals, places: Sequence[int], receipts: list[Receipt | None]) -> None:
    """Give those that had come before their receipt: as it was, or refused where this one says something else."""
    by_id: dict[str, IncomingPayment] = {}
    wanted = [arrivals.source_id[place] for place in places]
    for start in range(0, len(wanted), 500):
        found = IncomingPayment.objects.filter(source=arrivals.source, source_id__in=wanted[start : start + 500])
        by_id |= {one.source_id: one for one in found.select_related("fact__loan")}
    for place in places:
        there = by_id.get(arrivals.source_id[place])
        if there is not None:
            receipts[place] = _again(arrivals, place, there)


def _again(arrivals: Arrivals, place: int, there: IncomingPayment) -> Receipt:
    given: dict[str, object] = {
        "amount": arrivals.amount[place],
        "currency": arrivals.currency[place],
        "value_date": arrivals.value_date[place],
    }
    on_record: dict[str, object] = {name: getattr(there, name) for name in given}
    if there.fact is not None:
        given["loan"], on_record["loan"] = arrivals.loan[place], there.fact.loan.reference
    differing = [name for name in given if given[name] != on_record[name]]
    if differing:
        error = InputError(
            f"payment {there.source_id!r} is on record with another {', '.join(differing)}",
            "/source_id",
            "give each payment a number of its own; put a mistake right by taking it back",
        )
        return Receipt("refused", there.pk, error=error)
    if there.fact is None:
        return Receipt("suspense", there.pk, known=True)
    return Receipt("posted", there.pk, there.fact_id, there.fact.loan_id, known=True)


def _new(receipts: Iterable[Receipt | None], state: str) -> Iterable[tuple[int, Receipt]]:
    return (
        (place, one) for place, one in enumerate(receipts) if one is not None and one.state == state and not one.known
    )


def _keep_details(arrivals: Arrivals, receipts: Sequence[Receipt | None]) -> None:
    if arrivals.details is None:
        return
    told: list[tuple[int, Details]] = [
        (one.payment_id, details)
        for place, one in [*_new(receipts, "posted"), *_new(receipts, "suspense")]
        if (details := arrivals.details[place]) is not None and details.told
    ]
    PaymentDetails.objects.bulk_create(
        PaymentDetails(
            payment_id=payment_id,
            payer_name=details.payer_name,
            payer_account=details.payer_account,
            remittance=details.remittance,
            end_to_end=details.end_to_end[:64],
            order=details.order,
        )
        for payment_id, details in told
    )


def _let_wait(arrivals: Arrivals, receipts: Sequence[Receipt | None]) -> None:
    waiting = []
    for place, one in _new(receipts, "suspense"):
        if one.reason == "no_reference" and arrivals.waits_for is not None:
            one.reason = arrivals.waits_for[place] or one.reason
        waiting.append(Suspense(payment_id=one.payment_id, amount=arrivals.amount[place], reason=one.reason))
    if waiting:
        Suspense.objects.bulk_create(waiting)


def _announce(receipts: Sequence[Receipt | None]) -> None:
    loan_ids = frozenset(one.loan_id for _, one in _new(receipts, "posted"))
    if loan_ids:
        transaction.on_commit(lambda: money_arrived.send(sender=None, loan_ids=loan_ids), robust=True)
