"""Messages in the borrower's own pages: the record is the message, nothing else has to leave."""

from collections.abc import Mapping

from duly.contact.channels.port import AddressError, Draft
from duly.people.models import Borrower


class Board:
    """A spool that holds nothing: what is on record can be read at once."""

    def stage(self, contents: Mapping[str, bytes]) -> None:
        """Nothing to do."""

    def release(self, name: str) -> None:
        """Nothing to do."""

    def discard(self, name: str) -> None:
        """Nothing to do."""

    def staged(self) -> list[str]:
        """Never anything."""
        return []


class App:
    """The channel `app`: read under "Messages" by a borrower who signs in."""

    suffix = ".app"

    def address_of(self, borrower: Borrower) -> str:
        """The account. Raises AddressError where the borrower has none."""
        if borrower.user_id is None:
            raise AddressError("the borrower has no account to read messages in")
        return borrower.reference

    def content(self, draft: Draft) -> bytes:
        """The words."""
        return f"{draft.subject}\n\n{draft.body}".encode()

    def carrier(self) -> Board:
        """The record itself."""
        return Board()
