"""Payments as programs send them and as they are told: the shapes that every way of posting shares."""

import datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field

from duly.api.shapes import PRINTABLE, Amount, Body, Count, Currency, Day, Money, Reference, Text

SourceId = Annotated[str, Field(pattern=PRINTABLE, min_length=1, max_length=128, examples=["2026-000017"])]
ShortText = Annotated[Text, Field(max_length=140)]
Number = Annotated[Text, Field(max_length=64)]


class PaymentGiven(Body):
    """Money that came in."""

    loan: Reference | None = Field(None, description="Whose it is; null when not known: then it waits in suspense.")
    amount: Amount
    currency: Currency
    value_date: Day = Field(description="The date from which it counts.")
    prepays: Annotated[bool, Field(strict=True)] = Field(
        False, description="What is over once all that is due is paid reduces the principal."
    )
    payer_name: ShortText = ""
    payer_account: Number = ""
    remittance: ShortText = ""
    end_to_end: Number = ""


class PaymentToPost(PaymentGiven):
    """Money that came in. The Idempotency-Key is your own number of it, which counts once for ever."""

    may_wait: Annotated[bool, Field(strict=True)] = Field(
        False, description="Let it wait in suspense where it does not fit the loan, rather than be refused."
    )


class PaymentOfBulk(PaymentGiven):
    """One payment of a bulk."""

    source_id: SourceId = Field(description="Your own number of it, which counts once for ever.")


class PaymentPosted(Schema):
    """What became of a payment as it came."""

    id: Count
    source_id: str = Field(description="The Idempotency-Key.")
    state: Literal["posted", "suspense"]
    loan: str | None = Field(description="The loan that it was posted to.")
    fact: int | None = Field(description="The fact that it became.")
    amount: Money
    currency: Currency
    value_date: datetime.date


class Refusal(Schema):
    """A payment of a bulk that was refused; nothing of it is on record."""

    row: Count = Field(description="Which one, from 0.")
    source_id: str | None
    detail: str
    pointer: str = Field(description="A JSON pointer into the row.")


class BulkPosted(Schema):
    """What became of a bulk. Each payment stands for itself: one that is refused does not keep the others."""

    received: Count
    posted: Count
    suspense: Count
    known: Count = Field(description="Had come before, the same in all respects; counted in the others too.")
    refused: list[Refusal]


class PaymentAsItCame(Schema):
    """A payment as it came."""

    id: Count
    source: str
    source_id: str
    method: str
    amount: Money
    currency: Currency
    value_date: datetime.date
    received_at: datetime.datetime
    loan: str | None = Field(description="The loan that all of it was posted to as it came.")


class Payment(PaymentAsItCame):
    """A payment and where its money is now: the places add up to its amount."""

    posted: Money
    waiting: Money = Field(description="In suspense.")
    refunded: Money
    returned: Money = Field(description="Taken back by the payer's bank.")
    own: Money = Field(description="It came from another account of the lender's.")
    facts: list[int] = Field(description="The facts that it stands as now.")
    loans: list[str]


class Waiting(Schema):
    """Money in suspense: somebody has to say whose it is."""

    payment: Count
    source: str
    source_id: str
    amount: Money = Field(description="What of it waits.")
    currency: Currency
    value_date: datetime.date
    reason: str
    since: datetime.datetime
