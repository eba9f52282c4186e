"""The line to a mail server: SMTP with the message's last line held back until the record says that it leaves.

A server owns a message only once it has read the line with a single dot that ends it, and forgets what it was sent
when the connection ends before (RFC 5321, 4.1.1.4). So everything but that line is sent first, `Attempt` is committed,
and only then the dot follows. What is not known after a kill is whether the dot was read. For that there is evidence:
each message goes, in the same transaction of the protocol, to the lender's journal mailbox too, so that the server
takes it for both or for neither, and a copy in the journal proves that it was taken. Where there is none an hour later,
in a journal that has had others since, it was not. Without a journal it is never known, and never sent a second time.
"""

import datetime
import re
import smtplib
from email import message_from_bytes, policy
from pathlib import Path

from django.conf import settings
from django.core.mail import get_connection

from duly.contact.carriers import LineDownError, NotTakenError, Parcel, UnansweredError

# By then a server that took a message has long put the copy into a mailbox of its own.
SETTLES_AFTER = datetime.timedelta(hours=1)
_WHILE_BUSY = 400  # replies from here to 499 are of the moment (RFC 5321, 4.2.1)
_FOR_GOOD = 500
_NO_SUCH_ADDRESS = re.compile(r"\b5\.1\.[12346]\b|\b5\.2\.1\b")  # RFC 3463: bad mailbox, system, syntax; disabled


class Smtp:
    """A line to the server of settings.DULY_SMTP_URL; one connection, used again for each message."""

    def __init__(self) -> None:
        self._backend = get_connection("django.core.mail.backends.smtp.EmailBackend")

    def offer(self, parcel: Parcel) -> None:
        """Send the envelope and everything of the message but the dot that ends it."""
        try:
            server = self._server()
            content = parcel.content if server.has_extn("8bitmime") else _in_seven_bits(parcel.content)
            self._envelope(server, parcel)
            code, answer = server.docmd("DATA")
            if code != 354:
                raise _not_taken(code, answer)
            server.send(re.sub(rb"(?m)^\.", b"..", content if content.endswith(b"\r\n") else content + b"\r\n"))
        except NotTakenError:
            self.withdraw()
            raise
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise LineDownError(f"the mail server cannot be reached: {error}") from error

    def hand_over(self) -> str:
        """Send the dot and read the answer."""
        server = self._backend.connection
        try:
            server.send(b".\r\n")
            code, answer = server.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise UnansweredError(f"the mail server did not answer: {error}") from error
        if code != 250:
            raise _not_taken(code, answer)
        return _words(code, answer)

    def withdraw(self) -> None:
        """Cut the connection: a message without its dot is forgotten."""
        self._drop()

    def was_taken(self, message_id: str, at: datetime.datetime, now: datetime.datetime) -> bool | None:
        """Whether the journal has it; only what is missing there after SETTLES_AFTER was not taken."""
        if not settings.DULY_MAIL_JOURNAL:
            return None
        journal = Path(settings.DULY_MAIL_JOURNAL)
        if _in_maildir(journal, message_id):
            return True
        return False if now - at >= SETTLES_AFTER and _has_any_since(journal, at) else None

    def close(self) -> None:
        """Say goodbye."""
        try:
            self._backend.close()
        except OSError:
            self._drop()

    def _server(self) -> smtplib.SMTP:
        if self._backend.open():
            self._backend.connection.ehlo_or_helo_if_needed()
        return self._backend.connection

    def _envelope(self, server: smtplib.SMTP, parcel: Parcel) -> None:
        notify = server.has_extn("dsn")
        options = ["BODY=8BITMIME"] * server.has_extn("8bitmime")
        if notify:
            options += ["RET=HDRS", f"ENVID={parcel.message_id.strip('<>').partition('@')[0]}"]
        code, answer = server.mail(settings.DULY_LENDER_EMAIL, options)
        if code != 250:
            raise _not_taken(code, answer)
        if settings.DULY_MAIL_JOURNAL:
            code, answer = server.rcpt(settings.DULY_MAIL_JOURNAL_ADDRESS)
            if code not in (250, 251):
                raise LineDownError(f"the mail server does not take the journal's copy: {_words(code, answer)}")
        code, answer = server.rcpt(parcel.to, ["NOTIFY=SUCCESS,FAILURE"] if notify else [])
        if code not in (250, 251):
            raise _not_taken(code, answer, of_recipient=True)

    def _drop(self) -> None:
        if self._backend.connection is not None:
            self._backend.connection.close()
            self._backend.connection = None


def _in_maildir(folder: Path, message_id: str) -> bool:
    """Whether a Maildir (new and cur) holds a message of this Message-ID."""
    for part in ("new", "cur"):
        for path in (folder / part).glob("*"):
            head = path.read_bytes().replace(b"\r\n", b"\n").partition(b"\n\n")[0]
            if message_from_bytes(head, policy=policy.default)["Message-ID"] == message_id:
                return True
    return False


def _has_any_since(folder: Path, at: datetime.datetime) -> bool:
    """Whether copies still arrive: a journal that is broken proves nothing."""
    return any(path.stat().st_mtime > at.timestamp() for part in ("new", "cur") for path in (folder / part).glob("*"))


def _in_seven_bits(content: bytes) -> bytes:
    """The same message for a server that knows no 8BITMIME (RFC 6152)."""
    return message_from_bytes(content, policy=policy.SMTP).as_bytes(policy=policy.SMTP.clone(cte_type="7bit"))


def _not_taken(code: int, answer: bytes, of_recipient: bool = False) -> NotTakenError | LineDownError:
    words = _words(code, answer)
    if code == 421:
        return LineDownError(words)
    for_good = code >= _FOR_GOOD
    return NotTakenError(words, not for_good, of_recipient and for_good and bool(_NO_SUCH_ADDRESS.search(words)))


def _words(code: int, answer: bytes) -> str:
    return f"{code} {answer.decode(errors='replace')}"[:300]
