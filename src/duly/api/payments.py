"""/payments: money that came in, posted one at a time or in bulk, and where it is now; what waits in suspense."""

from typing import Annotated, Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from duly.api.access import client_with, reader_with
from duly.api.bulk_bodies import LONGEST, READERS, read_bulk
from duly.api.idempotency import Key, bare, once
from duly.api.pages import Cursor, Limit, Page, page_of
from duly.api.payment_shapes import (
    BulkPosted,
    Payment,
    PaymentAsItCame,
    PaymentOfBulk,
    PaymentPosted,
    PaymentToPost,
    Waiting,
)
from duly.api.posting import Posting, post_batch, post_bulk
from duly.api.problems import MEDIA_TYPE
from duly.api.shapes import LoanAsked, NumberInPath, answers, answers_to_post, money, the_one, told
from duly.payments.incoming import standing_facts, whereabouts
from duly.payments.models import IncomingPayment, Outcome, Suspense

router = Router(tags=["payments"])

_ROW = PaymentOfBulk.model_json_schema()
BODY_OF_BULK = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {"payments": {"type": "array", "items": _ROW, "minItems": 1, "maxItems": LONGEST}},
                "required": ["payments"],
                "additionalProperties": False,
            }
        },
        **{form: {"schema": {"type": "string"}} for form in READERS if form != "application/json"},
    },
}


@router.post("/payments", auth=client_with("payments:write"), response=answers_to_post(201, PaymentPosted))
def post_payment(request: HttpRequest, body: PaymentToPost, key: Key) -> HttpResponse:
    """Post one payment. It is on record, and survives a power cut, when this answers.

    Many at once share one commit: see docs/api/README.md for how fast that is.
    """
    answer = post_batch([Posting(request.auth, bare(key), request.request_id, body)])[0]
    media_type = MEDIA_TYPE if answer.status >= 400 else "application/json"
    headers = {"Location": answer.location} if answer.location else {}
    return HttpResponse(answer.body, media_type, answer.status, headers=headers)


@router.post(
    "/payments/bulk",
    auth=client_with("payments:write"),
    response=answers_to_post(200, BulkPosted),
    openapi_extra={"requestBody": BODY_OF_BULK},
)
@once
def post_payments(
    request: HttpRequest,
    key: Key,
    may_wait: Annotated[bool, Query(description="Let payments that do not fit wait in suspense.")] = False,
) -> HttpResponse:
    """Post up to 10,000 payments, in JSON, NDJSON (a payment a line), CSV (with a header) or an Arrow stream of texts.

    Each stands for itself: one that is refused does not keep the others. All that were taken are on record together.
    """
    bulk = read_bulk(request.content_type or "application/json", request.body)
    return told(200, post_bulk(request.auth, bulk, may_wait=may_wait))


@router.get("/payments", auth=reader_with("payments:read"), response=answers(200, Page[PaymentAsItCame]))
def list_payments(
    request: HttpRequest,
    loan: LoanAsked = "",
    source_id: Annotated[str, Query(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=128)] = "",
    cursor: Cursor = "",
    limit: Limit = 100,
) -> Page[PaymentAsItCame]:
    """The payments that the caller posted, and those of the borrowers that it sees, in the order in which they came."""
    payments = _seen(request).select_related("fact__loan")
    if loan:
        payments = payments.filter(fact__loan__reference=loan)
    if source_id:
        payments = payments.filter(source_id=source_id)
    rows, following = page_of(payments, cursor, limit, "payments")
    return Page[PaymentAsItCame](items=[PaymentAsItCame(**_as_it_came(one)) for one in rows], next=following)


@router.get("/payments/{number}", auth=reader_with("payments:read"), response=answers(200, Payment))
def read_payment(request: HttpRequest, number: NumberInPath) -> Payment:
    """One payment, and where its money is now."""
    one = the_one(_seen(request).select_related("fact__loan"), pk=number)
    where, facts = whereabouts(one), standing_facts(one)
    places = ("posted", "waiting", "refunded", "returned", "own")
    return Payment(
        **_as_it_came(one),
        **{place: money(getattr(where, place), one.currency) for place in places},
        facts=[fact.pk for fact in facts],
        loans=sorted({fact.loan.reference for fact in facts}),
    )


@router.get("/suspense", auth=reader_with("payments:read"), response=answers(200, Page[Waiting]))
def list_suspense(request: HttpRequest, cursor: Cursor = "", limit: Limit = 100) -> Page[Waiting]:
    """Money that waits, the oldest first. Whose it is is said on the staff pages."""
    waiting = Suspense.objects.filter(payment__in=_seen(request).values("pk")).select_related("payment")
    rows, following = page_of(waiting, cursor, limit, "suspense")
    return Page[Waiting](items=[_waiting(one) for one in rows], next=following)


def _seen(request: HttpRequest) -> QuerySet[IncomingPayment]:
    """The payments of the borrowers that the caller sees; and without a borrower, what it posted, or staff may sort."""
    caller, payments = request.auth, IncomingPayment.objects.all()
    if caller.sees_all:
        return payments
    posted_to = Outcome.objects.filter(fact__loan__in=caller.loans().values("pk")).values("payment")
    theirs = Q(fact__loan__in=caller.loans().values("pk")) | Q(pk__in=posted_to)
    if caller.client is not None:
        return payments.filter(theirs | Q(source=f"api:{caller.client.pk}"))
    return payments.filter(theirs | Q(fact=None))


def _as_it_came(one: IncomingPayment) -> dict[str, Any]:
    return {
        "id": one.pk,
        "source": one.source,
        "source_id": one.source_id,
        "method": one.method,
        "amount": money(one.amount, one.currency),
        "currency": one.currency,
        "value_date": one.value_date,
        "received_at": one.received_at,
        "loan": one.fact.loan.reference if one.fact else None,
    }


def _waiting(one: Suspense) -> Waiting:
    payment = one.payment
    return Waiting(
        payment=payment.pk,
        source=payment.source,
        source_id=payment.source_id,
        amount=money(one.amount, payment.currency),
        currency=payment.currency,
        value_date=payment.value_date,
        reason=one.reason,
        since=one.since,
    )
