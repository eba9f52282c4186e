"""Mails that arrive in a folder of the lender's: a Maildir, or `.eml` files; each is taken in once and put aside."""

import datetime
import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from duly.contact.inbound import receive
from duly.contact.mail_reading import Mail, read_mail
from duly.contact.models import Channel, Message
from duly.contact.receipts import keep_receipt

TAKEN_IN = "taken-in"


def receive_folder(folder: Path, now: datetime.datetime) -> dict[str, int]:
    """Take in every mail of a Maildir (its `new`), or every `.eml` file of another folder; how many of what.

    Each is moved aside once it is on record. Killed in between, it is read again and found to be on record already.
    """
    counts: Counter[str] = Counter()
    for path, aside in list(_waiting(folder)):
        counts[receive_mail(path.read_bytes(), now)] += 1
        aside.parent.mkdir(exist_ok=True)
        path.rename(aside)
    return dict(counts)


def receive_mail(content: bytes, now: datetime.datetime) -> str:
    """Take in one mail: `receipt`, `automatic`, `message`, `stop`, or `known` when it was on record already."""
    mail = read_mail(content)
    digest = hashlib.sha256(content).hexdigest()
    if mail.reports:
        kept = [
            keep_receipt(report.message_id, report.kind, now, f"dsn/{digest}/{number}", report.code, report.detail)
            for number, report in enumerate(mail.reports)
        ]
        return "receipt" if any(kept) else "known"
    if mail.automatic:
        return "automatic"
    at = _instant(mail, now)
    key = mail.message_id or digest
    kept = receive(Channel.EMAIL, mail.sender, mail.subject, mail.text, at, key, _answered(mail))
    if kept is None:
        return "known"
    return "stop" if kept.refuses else "message"


def _waiting(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Each mail that waits, and where it goes when it is taken in."""
    if (folder / "new").is_dir():
        for path in sorted((folder / "new").iterdir()):
            yield path, folder / "cur" / f"{path.name}:2,S"
        return
    for path in sorted(folder.glob("*.eml")):
        yield path, folder / TAKEN_IN / path.name


def _answered(mail: Mail) -> Message | None:
    ours = Message.objects.filter(message_id__in=mail.answers).select_related("planned__borrower")
    return ours.order_by("-sent_at").first() if mail.answers else None


def _instant(mail: Mail, now: datetime.datetime) -> datetime.datetime:
    written = datetime.datetime.fromisoformat(mail.at) if mail.at else now
    # A clock that is wrong must not put a message into the future, where the gate would not see it.
    return min(written, now)
