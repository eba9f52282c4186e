"""What a bank file says, before anything is recorded: statements, and the entries of each."""

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from duly.engine.money import decimals, format_money


@dataclass(frozen=True)
class Entry:
    """One movement of an account. `amount` in minor units, above zero for money in.

    `reference` names it at the bank, `booking` the whole booking that it is a part of. `kind` is payment, return (of
    money that had gone the other way before) or charge; `row` says where in the file it stands.
    """

    reference: str
    booking: str
    kind: str
    amount: int
    currency: str
    booked_on: datetime.date
    value_date: datetime.date
    row: str = ""
    end_to_end: str = ""
    mandate: str = ""
    code: str = ""
    payer_name: str = ""
    payer_account: str = ""
    text: str = ""
    structured: str = ""


@dataclass(frozen=True)
class Statement:
    """One account over some days. Balances in minor units of `currency`, None where the file tells none."""

    number: str
    account: str
    currency: str
    from_date: datetime.date | None
    to_date: datetime.date | None
    opening: int | None
    closing: int | None
    entries: Sequence[Entry]

    @property
    def gap(self) -> int:
        """Closing balance less opening balance and entries; 0 when they agree or the file tells no balances."""
        if self.opening is None or self.closing is None:
            return 0
        return self.closing - self.opening - sum(one.amount for one in self.entries if one.currency == self.currency)


@dataclass(frozen=True)
class Wrong:
    """A part of a file that cannot be taken, with its place and the reason."""

    row: str
    what: str

    def __str__(self) -> str:
        return f"{self.row}: {self.what}"


@dataclass
class BankFile:
    """A whole file: its form, what it states, what could not be taken, and how many entries are not booked yet."""

    form: str
    statements: list[Statement] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)
    pending: int = 0


def in_words(amount: int, currency: str) -> str:
    """An amount for a message: "12.50 EUR"."""
    return f"{format_money(amount, decimals(currency))} {currency}"


def short_reference(text: str) -> str:
    """A reference that fits 120 characters: itself, or the digest of what is longer."""
    return text if len(text) <= 120 else hashlib.sha256(text.encode()).hexdigest()


class Numbered:
    """References for entries that have none: the digest of what they say, counted where several say the same."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def reference(self, *said: object) -> str:
        """The reference of the next entry that says this."""
        digest = hashlib.sha256("\x1f".join(map(str, said)).encode()).hexdigest()[:40]
        self._seen[digest] = self._seen.get(digest, 0) + 1
        return f"{digest}/{self._seen[digest]}"
