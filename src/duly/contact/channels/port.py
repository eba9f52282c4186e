"""What every channel is: whom it reaches, what leaves by it, and the carrier that takes it away."""

import datetime
from dataclasses import dataclass
from typing import Protocol

from duly.contact.carriers import Line, Spool
from duly.people.models import Borrower


class AddressError(ValueError):
    """The borrower cannot be reached this way; the text says why."""


@dataclass(frozen=True)
class Draft:
    """A message in words, before it is made into what its channel carries.

    `number` is the contact number; `qr_code` an SVG by which it is checked, where the channel can show one.
    """

    to: str
    name: str
    postal_address: str
    language: str
    subject: str
    body: str
    message_id: str
    number: str
    written_at: datetime.datetime
    qr_code: str = ""


class Channel(Protocol):
    """One way to reach a person with something written."""

    suffix: str

    def address_of(self, borrower: Borrower) -> str:
        """Where the borrower is reached. Raises AddressError."""

    def content(self, draft: Draft) -> bytes:
        """What leaves."""

    def carrier(self) -> Spool | Line:
        """What takes it away, as the settings say."""
