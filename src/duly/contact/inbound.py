"""Messages from people: whose they are, what they ask for, and that the gate knows that they wrote."""

import datetime
import hashlib
import re

from django.db import transaction

from duly.contact.models import Channel, Inbound, Message
from duly.contact.signals import person_wrote
from duly.people import consents
from duly.people.blind_index import every_index, standard_email, standard_phone
from duly.people.languages import language_of
from duly.people.models import Borrower
from duly.people.models.consents import ConsentEvent

# A whole message, or its first line, that asks for no more of them; in China TD or T is what people reply.
_STOP = re.compile(r"(stop|stopall|unsubscribe|end|quit|cancel|td|t|退订|停止|拒收)[.!。！\s]*", re.IGNORECASE)
_CONSENT = {Channel.EMAIL: "contact_email", Channel.SMS: "contact_sms", Channel.VOICE: "contact_voice"}


def receive(
    channel: str,
    sender: str,
    subject: str,
    body: str,
    at: datetime.datetime,
    key: str,
    answers: Message | None = None,
) -> Inbound | None:
    """Keep a message that arrived from `sender`, an address or number; None when it is on record already.

    It is the borrower's whose message it answers, or else of the one borrower who has that address. Where it asks for
    no more, consent to the channel is withdrawn, for every borrower with the address.
    """
    people = _people(channel, sender)
    ours = [answers.planned.borrower] if answers else people
    refuses = asks_to_stop(body) or asks_to_stop(subject)
    with transaction.atomic():
        kept = _keep(ours[0] if len(ours) == 1 else None, channel, at, key, sender, subject, body, answers, refuses)
        if kept is not None and refuses:
            for borrower in {one.pk: one for one in [*people, *ours]}.values():
                _take_back_consent(borrower, channel, at)
    return kept


def wrote_in_portal(borrower: Borrower, what: str, at: datetime.datetime) -> None:
    """Put on record that the borrower sent something from their own pages, so that it may be answered.

    `what` names it (`complaint/C000012`): told again, nothing changes. What was said is kept where it was said.
    """
    _keep(borrower, Channel.APP, at, f"portal/{what}", "", "", "", None, False)


def asks_to_stop(text: str) -> bool:
    """Whether the first line that is not empty says so, and nothing else."""
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return _STOP.fullmatch(first) is not None


def _people(channel: str, sender: str) -> list[Borrower]:
    if channel == Channel.EMAIL:
        found = Borrower.objects.filter(email_index__in=every_index(sender, standard_email))
    else:
        found = Borrower.objects.filter(phone_index__in=every_index(sender, standard_phone))
    return list(found.order_by("pk")) if sender else []


def _keep(
    borrower: Borrower | None,
    channel: str,
    at: datetime.datetime,
    key: str,
    sender: str,
    subject: str,
    body: str,
    answers: Message | None,
    refuses: bool,
) -> Inbound | None:
    digest = hashlib.sha256(f"{channel}\n{key}".encode()).hexdigest()
    with transaction.atomic():
        kept, is_new = Inbound.objects.get_or_create(
            key=digest,
            defaults={
                "borrower": borrower,
                "channel": channel,
                "at": at,
                "sender": sender,
                "subject": subject,
                "body": body,
                "answers": answers,
                "refuses": refuses,
            },
        )
        if is_new and borrower is not None:
            person_wrote.send(Inbound, inbound=kept)
    return kept if is_new else None


def _take_back_consent(borrower: Borrower, channel: str, at: datetime.datetime) -> None:
    if channel in _CONSENT:
        consents.withdraw(
            borrower,
            _CONSENT[channel],
            language=language_of(borrower.language),
            at=at,
            channel=ConsentEvent.Channel.LETTER,
        )
