"""Mails that arrive, read: a report on one of ours (RFC 3464), or something that a person wrote. Pure."""

import email.policy
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any

_KIND = {
    "failed": "undelivered",
    "delayed": "delayed",
    "delivered": "delivered",
    "relayed": "delivered",
    "expanded": "delivered",
}
MOST_CHARACTERS = 20_000


@dataclass(frozen=True)
class Report:
    """What a mail server told of one of our messages. `kind` is one of Receipt.Kind; `code` of RFC 3463."""

    message_id: str
    kind: str
    code: str
    detail: str


@dataclass(frozen=True)
class Mail:
    """What arrived. `reports` are empty for what a person wrote; `automatic` is what a machine answered by itself."""

    message_id: str
    sender: str
    subject: str
    text: str
    at: str
    answers: tuple[str, ...]
    automatic: bool
    reports: tuple[Report, ...]


def read_mail(content: bytes) -> Mail:
    """A mail as it came over the wire, whatever it is: what cannot be read is read as text, never refused."""
    message = message_from_bytes(content, policy=email.policy.default)
    references = f"{_header(message, 'In-Reply-To')} {_header(message, 'References')}".split()
    return Mail(
        message_id=_header(message, "Message-ID").strip(),
        sender=parseaddr(_header(message, "From"))[1],
        subject=_header(message, "Subject"),
        text=_text(message)[:MOST_CHARACTERS],
        at=_date(message),
        answers=tuple(dict.fromkeys(references)),
        automatic=_header(message, "Auto-Submitted").partition(";")[0].strip().lower() not in ("", "no"),
        reports=tuple(_reports(message)),
    )


def _reports(message: EmailMessage) -> Iterator[Report]:
    if message.get_content_type() != "multipart/report":
        return
    parts = list(message.walk())
    status = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
    if status is None or not isinstance(status.get_payload(), list):
        return
    about, *recipients = status.get_payload()
    message_id = _header(about, "Original-Envelope-Id") or _original_id(parts)
    for one in recipients:
        kind = _KIND.get(_header(one, "Action").strip().lower())
        if kind and message_id:
            detail = " ".join(_header(one, "Diagnostic-Code").split())
            yield Report(message_id.strip(), kind, _header(one, "Status").strip(), detail)


def _original_id(parts: list[Any]) -> str:
    """The Message-ID of the message that came back, whole or its headers alone."""
    for part in parts:
        if part.get_content_type() == "message/rfc822":
            return _header(part.get_payload(0), "Message-ID")
        if part.get_content_type() == "text/rfc822-headers":
            return _header(message_from_bytes(part.get_payload(decode=True), policy=email.policy.default), "Message-ID")
    return ""


def _text(message: EmailMessage) -> str:
    """What was written, without what it quotes."""
    try:
        part = message.get_body(("plain", "html"))
        text = part.get_content() if part is not None else ""
    except (KeyError, LookupError, UnicodeError, ValueError, AttributeError):
        payload = message.get_payload(decode=True)
        text = payload.decode(errors="replace") if isinstance(payload, bytes) else ""
    lines = str(text).replace("\r\n", "\n").split("\n")
    return "\n".join(line for line in lines if not line.startswith(">")).strip()


def _header(message: Message, name: str) -> str:
    try:
        return str(message.get(name, ""))
    except (ValueError, IndexError, TypeError, AttributeError):  # headers that no grammar allows
        return ""


def _date(message: EmailMessage) -> str:
    try:
        at = parsedate_to_datetime(_header(message, "Date"))
    except (ValueError, TypeError):
        return ""
    return at.isoformat() if at.tzinfo else ""
