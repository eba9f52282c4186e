"""Text messages: through the gateway of settings.DULY_SMS_URL (an Apprise address) or left in the outbox folder.

A gateway is asked in one request, so there is an instant in which it has the message and we have not heard. Where its
address names {id}, the gateway itself knows the message by it and takes it once however often it is sent; without,
what was asked and not answered is never sent again by itself.
"""

import datetime
from urllib.parse import quote

from django.conf import settings

from duly.contact.carriers import Line, LineDownError, NotTakenError, Parcel, Spool, UnansweredError
from duly.contact.channels.folder import Folder
from duly.contact.channels.port import AddressError, Draft
from duly.engine.errors import InputError
from duly.people.blind_index import checked_phone
from duly.people.models import Borrower


class Sms:
    """The channel `sms`."""

    suffix = ".sms"

    def address_of(self, borrower: Borrower) -> str:
        """The telephone number in E.164. Raises AddressError."""
        if not borrower.phone:
            raise AddressError("no telephone number on record: ask the borrower for one")
        try:
            return checked_phone(borrower.phone)
        except InputError:
            raise AddressError("the telephone number on record cannot be used: correct it") from None

    def content(self, draft: Draft) -> bytes:
        """The words; in the folder under the number, as codes are."""
        return f"To: {draft.to}\n\n{draft.body}".encode()

    def carrier(self) -> Spool | Line:
        """The gateway, or the folder."""
        return Gateway(settings.DULY_SMS_URL) if settings.DULY_SMS_URL else Folder(settings.DULY_OUTBOX)


class Gateway:
    """A line to an SMS gateway. `address` is Apprise's, {to} standing for the number and {id} for the message's own."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._offered: Parcel | None = None

    @property
    def _knows_ours(self) -> bool:
        return "{id}" in self._address

    def offer(self, parcel: Parcel) -> None:
        """Nothing can be asked before the one request; an address that is none is told here."""
        import apprise

        address = self._address.replace("{to}", quote(parcel.to, safe=""))
        self._gateway = apprise.Apprise()
        if not self._gateway.add(address.replace("{id}", quote(parcel.message_id.strip("<>"), safe=""))):
            raise LineDownError("DULY_SMS_URL is no address that Apprise knows")
        self._offered = parcel

    def hand_over(self) -> str:
        """Ask the gateway. That it did not take it is only certain where it knows our number for the message."""
        parcel, self._offered = self._offered, None
        if parcel is None:
            raise UnansweredError("nothing was offered")
        if self._gateway.notify(body=parcel.body):
            return "taken by the gateway"
        if self._knows_ours:
            raise NotTakenError("the gateway did not take it", again=True)
        raise UnansweredError("the gateway did not say that it took it")

    def withdraw(self) -> None:
        """Nothing was sent yet."""
        self._offered = None

    def was_taken(self, message_id: str, at: datetime.datetime, now: datetime.datetime) -> bool | None:
        """Sent again it would be taken once, where the gateway knows it; else nobody can say."""
        return False if self._knows_ours else None

    def close(self) -> None:
        """There is no connection."""
