"""What the lender has written to a borrower, by whatever way, for them to read again in their own pages."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from duly.contact.models import Channel, Message, Receipt
from duly.contact.receipts import keep_receipt
from duly.people.models import Borrower

SHOWN = 100


@dataclass(frozen=True)
class OwnMessage:
    """One message as its line; `is_new` for one in these pages that was not opened yet. `agency` is who wrote it."""

    number: int
    at: datetime.datetime
    channel: str
    subject: str
    agency: str
    is_new: bool


def messages_of(borrower: Borrower) -> Sequence[OwnMessage]:
    """The newest messages to `borrower`, newest first. One query."""
    rows = _with_new(Message.objects.filter(planned__borrower=borrower)).select_related("planned__agency")
    return [
        OwnMessage(
            number=one.pk,
            at=one.sent_at,
            channel=one.planned.channel,
            subject=one.subject,
            agency=one.planned.agency.name if one.planned.agency else "",
            is_new=one.is_new,
        )
        for one in rows.order_by("-sent_at", "-pk")[:SHOWN]
    ]


def open_message(borrower: Borrower, number: int, now: datetime.datetime) -> Message | None:
    """A message to `borrower`, which counts as read from now on; None where there is none of that number."""
    message = Message.objects.filter(planned__borrower=borrower, pk=number).select_related("planned__agency").first()
    if message is not None and message.planned.channel == Channel.APP:
        keep_receipt(message.message_id, Receipt.Kind.READ, now, f"app/{message.pk}")
    return message


def how_many(borrower: Borrower) -> tuple[int, int]:
    """How many messages there are, and how many of them are new. One query."""
    found = _with_new(Message.objects.filter(planned__borrower=borrower)).aggregate(
        all=Count("pk"), new=Count("pk", filter=Q(is_new=True))
    )
    return found["all"], found["new"]


def _with_new(messages: QuerySet[Message]) -> QuerySet[Message]:
    read = Receipt.objects.filter(message=OuterRef("pk"), kind=Receipt.Kind.READ)
    return messages.annotate(is_new=Q(planned__channel=Channel.APP) & ~Exists(read))
