"""What takes a message away: a spool, which is on our own disk, or a line to somebody else's server.

The difference is what can be known after a kill. What was staged in a spool is still there or has left, and the one
instant between is a rename: it can always be finished. A line has an instant in which the other side has the message
and we have not heard so: for it alone there is a record before (`Attempt`), and a question after (`was_taken`).
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Protocol, runtime_checkable


@dataclass(frozen=True)
class Parcel:
    """A message as it leaves. `to` is the bare address; `content` are the very bytes; the names belong to the planned
    contact, however often it is written."""

    file_name: str
    message_id: str
    to: str
    subject: str
    body: str
    content: bytes

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of the content, in lower-case hex."""
        return sha256(self.content).hexdigest()


class NotTakenError(Exception):
    """The other side has certainly not taken the message; the text is its answer.

    `again`: whether a later try may succeed. `of_address`: whether the address is the reason, for good.
    """

    def __init__(self, answer: str, again: bool, of_address: bool = False) -> None:
        super().__init__(answer)
        self.again = again
        self.of_address = of_address


class LineDownError(Exception):
    """The other side cannot be reached at all; nothing was offered. The text says why."""


class UnansweredError(Exception):
    """The message was handed over and no answer came: whether it was taken is not known. The text says why."""


@runtime_checkable
class Spool(Protocol):
    """A way out in two steps, so that the record of sending can be committed between them."""

    def stage(self, contents: Mapping[str, bytes]) -> None:
        """Make messages (name → content) ready, durably and out of sight; the same name again replaces."""

    def release(self, name: str) -> None:
        """Let a staged message leave."""

    def discard(self, name: str) -> None:
        """Forget a staged message."""

    def staged(self) -> list[str]:
        """Names of messages staged and not yet released."""


class Line(Protocol):
    """A way out over a network: offered, then handed over in one instant."""

    def offer(self, parcel: Parcel) -> None:
        """Everything up to the instant of handing over. Raises NotTakenError, LineDownError."""

    def hand_over(self) -> str:
        """The instant itself; the other side's answer. Raises NotTakenError, UnansweredError."""

    def withdraw(self) -> None:
        """Give up what was offered and not handed over: the other side forgets it."""

    def was_taken(self, message_id: str, at: datetime.datetime, now: datetime.datetime) -> bool | None:
        """Whether a message that was being handed over at `at` was taken, as known at `now`; None: not known (yet)."""

    def close(self) -> None:
        """End the connection, if there is one."""
