"""E-mail: an RFC 5322 message, carried by the lender's mail server or left in the outbox folder."""

import datetime
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import Message
from email.policy import compat32
from email.utils import format_datetime, formataddr

from django.conf import settings

from duly.contact.carriers import Line, Spool
from duly.contact.channels.folder import Folder
from duly.contact.channels.port import AddressError, Draft
from duly.contact.channels.smtp import Smtp
from duly.people.models import Borrower

_POLICY = compat32.clone(linesep="\r\n")


class Email:
    """The channel `email`."""

    suffix = ".eml"

    def address_of(self, borrower: Borrower) -> str:
        """The e-mail address on record. Raises AddressError when there is none that can be written to."""
        if not borrower.email:
            raise AddressError("no e-mail address on record: ask the borrower for one")
        _checked(borrower.name, borrower.email)
        return borrower.email

    def content(self, draft: Draft) -> bytes:
        """The message with its headers. Its Message-ID belongs to the planned contact."""
        # The older of the two message classes: the newer parses each header that it is given, for six times as long.
        message = Message(policy=_POLICY)
        message["From"] = formataddr((settings.DULY_LENDER, settings.DULY_LENDER_EMAIL))
        message["To"] = formataddr((_checked(draft.name, draft.to), draft.to))
        message["Subject"] = Header(" ".join(draft.subject.split()), "utf-8")
        message["Date"] = format_datetime(draft.written_at.astimezone(datetime.UTC))
        message["Message-ID"] = draft.message_id
        message["Auto-Submitted"] = "auto-generated"
        message["List-Unsubscribe"] = f"<mailto:{settings.DULY_LENDER_EMAIL}?subject=STOP>"
        message["Content-Language"] = draft.language
        message["MIME-Version"] = "1.0"
        message["Content-Type"] = 'text/plain; charset="utf-8"'
        message["Content-Transfer-Encoding"] = "8bit"
        message.set_payload(draft.body.encode().decode("ascii", "surrogateescape"))
        return message.as_bytes()

    def carrier(self) -> Spool | Line:
        """The mail server of settings.DULY_SMTP_URL, or the folder."""
        return Smtp() if settings.DULY_SMTP_URL else Folder(settings.DULY_OUTBOX)


def _checked(name: str, email: str) -> str:
    """The name, where name and address can stand in a header. Raises AddressError."""
    try:
        address = Address(display_name=name, addr_spec=email)
    except (ValueError, IndexError, MessageError):
        raise AddressError("the name or e-mail address on record cannot be used: correct it") from None
    if not address.username or not address.domain or not email.isascii():
        raise AddressError("the e-mail address on record cannot be used: correct it")
    return name
