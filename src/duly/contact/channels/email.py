"""E-mail: an RFC 5322 message, carried by the lender's mail server or left in the outbox folder."""

import datetime
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from django.conf import settings

from duly.contact.carriers import Line, Spool
from duly.contact.channels.folder import Folder
from duly.contact.channels.port import AddressError, Draft
from duly.contact.channels.smtp import Smtp
from duly.people.models import Borrower


class Email:
    """The channel `email`."""

    suffix = ".eml"

    def address_of(self, borrower: Borrower) -> str:
        """The e-mail address on record. Raises AddressError when there is none that can be written to."""
        if not borrower.email:
            raise AddressError("no e-mail address on record: ask the borrower for one")
        _address(borrower.name, borrower.email)
        return borrower.email

    def content(self, draft: Draft) -> bytes:
        """The message with its headers. Its Message-ID belongs to the planned contact."""
        message = EmailMessage(policy=policy.SMTP)
        message["From"] = Address(display_name=settings.DULY_LENDER, addr_spec=settings.DULY_LENDER_EMAIL)
        message["To"] = _address(draft.name, draft.to)
        message["Subject"] = draft.subject
        message["Date"] = format_datetime(draft.written_at.astimezone(datetime.UTC))
        message["Message-ID"] = draft.message_id
        message["Auto-Submitted"] = "auto-generated"
        message["List-Unsubscribe"] = f"<mailto:{settings.DULY_LENDER_EMAIL}?subject=STOP>"
        message["Content-Language"] = draft.language
        message.set_content(draft.body, charset="utf-8", cte="8bit")
        return message.as_bytes()

    def carrier(self) -> Spool | Line:
        """The mail server of settings.DULY_SMTP_URL, or the folder."""
        return Smtp() if settings.DULY_SMTP_URL else Folder(settings.DULY_OUTBOX)


def _address(name: str, email: str) -> Address:
    try:
        address = Address(display_name=name, addr_spec=email)
    except (ValueError, IndexError, MessageError):
        raise AddressError("the name or e-mail address on record cannot be used: correct it") from None
    if not address.username or not address.domain or not email.isascii():
        raise AddressError("the e-mail address on record cannot be used: correct it")
    return address
