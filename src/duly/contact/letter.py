"""One message written out: the words filled in from the borrower and the loans, and the `.eml` file made of it."""

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from django.conf import settings

from duly.contact.models import PlannedContact
from duly.contact.owed import Owed
from duly.contact.own_page import own_page_address
from duly.contact.wording import Template, money_in_words
from duly.people.languages import date_in_words
from duly.people.models import Borrower

_FALLBACK_NAME = {"en": "customer", "zh": "尊敬的客户"}
_LINE = {
    "en": "- Loan {reference}: {amount}, due on {due_on}",
    "zh": "- 借款 {reference}：{amount}，到期日{due_on}",
}


class AddressError(ValueError):
    """The borrower cannot be written to; the text says why."""


@dataclass(frozen=True)
class Letter:
    """A message ready to leave: its names are fixed by the planned contact, whoever writes it and however often."""

    file_name: str
    message_id: str
    subject: str
    body: str
    content: bytes


def file_name_of(planned: PlannedContact) -> str:
    """The one file name of a planned contact's message."""
    return f"{planned.pk:09d}-{_digest(planned)[:12]}.eml"


def address_of(borrower: Borrower) -> Address:
    """The borrower's e-mail address with their name. Raises AddressError when there is none that can be written to."""
    if not borrower.email:
        raise AddressError("no e-mail address on record: ask the borrower for one")
    try:
        address = Address(display_name=borrower.name, addr_spec=borrower.email)
    except (ValueError, IndexError, MessageError):
        raise AddressError("the name or e-mail address on record cannot be used: correct it") from None
    if not address.username or not address.domain or not borrower.email.isascii():
        raise AddressError("the e-mail address on record cannot be used: correct it")
    return address


def write_letter(
    planned: PlannedContact, template: Template, owed: Sequence[Owed], sent_at: datetime.datetime
) -> Letter:
    """The message of `planned` about the loans in `owed` (not empty). Raises AddressError."""
    to = address_of(planned.borrower)
    subject, body = template.render(planned.language, _words(planned, template, owed))
    message = EmailMessage(policy=policy.SMTP)
    message_id = f"<{_digest(planned)[:32]}@{settings.DULY_LENDER_EMAIL.rpartition('@')[2]}>"
    message["From"] = Address(display_name=settings.DULY_LENDER, addr_spec=settings.DULY_LENDER_EMAIL)
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(sent_at.astimezone(datetime.UTC))
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<mailto:{settings.DULY_LENDER_EMAIL}?subject=STOP>"
    message["Content-Language"] = planned.language
    message.set_content(body, charset="utf-8", cte="8bit")
    return Letter(file_name_of(planned), message_id, subject, body, message.as_bytes())


def _words(planned: PlannedContact, template: Template, owed: Sequence[Owed]) -> dict[str, str]:
    language = planned.language
    lines, totals = [], dict[str, int]()
    for one in owed:
        amount, due_on = amount_and_date(one, template.about)
        totals[one.currency] = totals.get(one.currency, 0) + amount
        lines.append(
            _LINE[language].format(
                reference=one.reference,
                amount=money_in_words(amount, one.currency),
                due_on=date_in_words(due_on, language),
            )
        )
    first_due_on = min(amount_and_date(one, template.about)[1] for one in owed)
    return {
        "name": planned.borrower.name or _FALLBACK_NAME[language],
        "lender": settings.DULY_LENDER,
        "phone": settings.DULY_LENDER_PHONE,
        "email": settings.DULY_LENDER_EMAIL,
        "address": settings.DULY_LENDER_ADDRESS,
        "contact_number": _digest(planned)[:12],
        "due_on": date_in_words(first_due_on, language),
        "loans": "\n".join(lines),
        "own_page": own_page_address(planned.borrower_id),
        "total": " + ".join(money_in_words(amount, currency) for currency, amount in totals.items()),
    }


def amount_and_date(owed: Owed, about: str) -> tuple[int, datetime.date]:
    """What the message asks for, in minor units, and the due date that it belongs to."""
    due_on = owed.next_due_on if about == "due_soon" else owed.oldest_unpaid_due_on
    if due_on is None:
        raise ValueError(f"loan {owed.reference} has nothing {about} to write about")
    return (owed.next_due_amount if about == "due_soon" else owed.overdue), due_on


def _digest(planned: PlannedContact) -> str:
    return hashlib.sha256(planned.idempotency_key.encode()).hexdigest()
