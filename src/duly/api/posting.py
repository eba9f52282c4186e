"""Payments posted in batches: many requests' single payments become one transaction, each with an answer of its own.

The address answers through here whether it is asked alone or together with others (see fast_lane.py); the rules are
those of `duly.payments.bulk`. The Idempotency-Key is the source's own number of the payment, which counts once for
ever: sent again it is answered as before from the record itself, and no reply need be kept.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from duly.api.access import Caller
from duly.api.bulk_bodies import Bulk
from duly.api.payment_shapes import BulkPosted, PaymentPosted, PaymentToPost, Refusal
from duly.api.problems import fault, problem_document
from duly.api.shapes import money
from duly.engine.errors import InputError
from duly.engine.money import decimals, parse_money
from duly.payments.arrivals import Arrivals, Details
from duly.payments.bulk import SAID, Receipt, receive_many


@dataclass(frozen=True)
class Posting:
    """One request to post a payment: who asks, under which key, and what."""

    caller: Caller
    key: str
    request_id: str
    payment: PaymentToPost


@dataclass(frozen=True)
class Answer:
    """What a request is answered with; `body` is JSON."""

    status: int
    body: str
    location: str = ""


def post_batch(postings: Sequence[Posting]) -> list[Answer]:
    """Post each payment, all in one transaction, and answer each as if it had come alone, in the order given."""
    groups: dict[tuple[int, bool], list[int]] = {}
    for place, one in enumerate(postings):
        assert one.caller.client is not None, "only clients post"
        groups.setdefault((one.caller.client.pk, one.payment.may_wait), []).append(place)
    answers: list[Answer | None] = [None] * len(postings)
    with transaction.atomic():
        for (_, may_wait), places in groups.items():
            group = [postings[place] for place in places]
            right, columns, errors = _columns(group)
            receipts = receive(group[0].caller, columns, may_wait=may_wait) if right else []
            received = dict(zip(right, receipts, strict=True))
            for number, (place, one) in enumerate(zip(places, group, strict=True)):
                answers[place] = _told(one, received.get(number) or Receipt("refused", error=errors[number]))
    return answers  # type: ignore[return-value]


def problem_answer(code: str, request_id: str, detail: str = "", faults: Sequence[Mapping[str, str]] = ()) -> Answer:
    """The answer that tells of a problem."""
    document = problem_document(code, detail, faults, request_id)
    return Answer(document["status"], json.dumps(document, ensure_ascii=False))


def receive(caller: Caller, columns: Mapping[str, list[Any]], *, may_wait: bool) -> list[Receipt]:
    """Record and post payments, given as columns of `Arrivals`; a receipt each.

    A loan that is not the caller's to see is not there for them.
    """
    assert caller.client is not None, "only clients post"
    unseen = unseen_loans(caller, columns["loan"])
    hidden = {place for place, loan in enumerate(columns["loan"]) if loan in unseen} if unseen else set()
    if not hidden:
        return receive_many(_arrivals(caller, columns), may_wait=may_wait)
    if may_wait:
        loans = ["" if place in hidden else loan for place, loan in enumerate(columns["loan"])]
        reasons = ["unknown_loan" if place in hidden else "no_reference" for place in range(len(loans))]
        return receive_many(_arrivals(caller, {**columns, "loan": loans, "waits_for": reasons}), may_wait=True)
    seen = [place for place in range(len(columns["loan"])) if place not in hidden]
    kept = {name: [column[place] for place in seen] for name, column in columns.items()}
    receipts = dict(zip(seen, receive_many(_arrivals(caller, kept)), strict=True)) if seen else {}
    return [receipts.get(place) or _no_such_loan(loan) for place, loan in enumerate(columns["loan"])]


def _arrivals(caller: Caller, columns: Mapping[str, list[Any]]) -> Arrivals:
    assert caller.client is not None
    return Arrivals(source=f"api:{caller.client.pk}", method="api", **columns)


def _no_such_loan(loan: str) -> Receipt:
    what, where, remedy = SAID["unknown_loan"]
    return Receipt("refused", reason="unknown_loan", error=InputError(what.format(loan=loan), where, remedy))


def unseen_loans(caller: Caller, references: Sequence[str]) -> set[str]:
    """Those of `references` that are not the caller's to see, be they on record or not. No query for who sees all."""
    if caller.sees_all:
        return set()
    asked = set(references) - {""}
    seen: set[str] = set()
    for start in range(0, len(asked), 500):
        some = sorted(asked)[start : start + 500]
        seen |= set(caller.loans().filter(reference__in=some).values_list("reference", flat=True))
    return asked - seen


def _columns(postings: Sequence[Posting]) -> tuple[list[int], dict[str, list[Any]], dict[int, InputError]]:
    """The places of those whose amounts can be, their columns, and what is wrong with the others."""
    right, amounts, errors = [], [], {}
    for place, one in enumerate(postings):
        try:
            amounts.append(parse_money(one.payment.amount, decimals(one.payment.currency), "/amount"))
            right.append(place)
        except InputError as error:
            errors[place] = error
    payments = [postings[place].payment for place in right]
    columns: dict[str, list[Any]] = {
        "source_id": [postings[place].key for place in right],
        "loan": [one.loan or "" for one in payments],
        "amount": amounts,
        "currency": [one.currency for one in payments],
        "value_date": [one.value_date for one in payments],
        "prepays": [one.prepays for one in payments],
        "details": [_details(one) for one in payments],
    }
    return right, columns, errors


def _details(one: PaymentToPost) -> Details | None:
    told = Details(one.payer_name, one.payer_account, one.remittance, one.end_to_end)
    return told if told.told else None


def _told(one: Posting, receipt: Receipt) -> Answer:
    if receipt.error is not None:
        if receipt.error.where == "/source_id":
            return problem_answer("key_reused", one.request_id, receipt.error.what)
        told = fault(receipt.error)
        return problem_answer("invalid", one.request_id, told["detail"], [told])
    payment = one.payment
    posted = PaymentPosted.model_construct(
        id=receipt.payment_id,
        source_id=one.key,
        state=receipt.state,
        loan=payment.loan if receipt.state == "posted" else None,
        fact=receipt.fact_id,
        amount=money(parse_money(payment.amount, decimals(payment.currency), "/amount"), payment.currency),
        currency=payment.currency,
        value_date=payment.value_date,
    )
    return Answer(201, posted.model_dump_json(), f"/api/v1/payments/{receipt.payment_id}")


def post_bulk(caller: Caller, bulk: Bulk, *, may_wait: bool) -> BulkPosted:
    """Post the payments of a bulk that are right, all in one transaction, and tell what became of each that is not."""
    columns, refused = bulk.columns, list(bulk.refused)
    receipts = receive(caller, columns, may_wait=may_wait) if bulk.rows else []
    for row, source_id, receipt in zip(bulk.rows, columns["source_id"], receipts, strict=True):
        if receipt.error is not None:
            told = fault(receipt.error)
            refused.append(Refusal(row=row, source_id=source_id, detail=told["detail"], pointer=told["pointer"]))
    states = Counter(receipt.state for receipt in receipts)
    return BulkPosted(
        received=bulk.received,
        posted=states["posted"],
        suspense=states["suspense"],
        known=sum(receipt.known for receipt in receipts),
        refused=sorted(refused, key=lambda one: one.row),
    )
