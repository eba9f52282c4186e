"""Letters: PDF files in a folder for each day, with a manifest of hashes, for the print shop to take away."""

import json
import os
from pathlib import Path

from django.conf import settings

from duly.borrowing.papers import typeset
from duly.contact.channels.folder import Folder
from duly.contact.channels.port import AddressError, Draft
from duly.contact.local_time import lender_date
from duly.contact.models import Message
from duly.people.languages import date_in_words
from duly.people.models import Borrower

BATCHES = "letters"
_WORDS = {
    "en": {"number": "Contact number", "page": "Page {n} of {all}", "check": "QR code to check this letter"},
    "zh": {"number": "联系编号", "page": "第 {n} 页，共 {all} 页", "check": "核实本函真伪的二维码"},
}


class Letter:
    """The channel `letter`."""

    suffix = ".pdf"

    def address_of(self, borrower: Borrower) -> str:
        """The postal address. Raises AddressError where there is none, or no name to put above it."""
        if not borrower.address.strip() or not borrower.name.strip():
            raise AddressError("no postal address with a name on record: ask the borrower for one")
        return borrower.address

    def content(self, draft: Draft) -> bytes:
        """The letter, with the address where the window of an envelope shows it."""
        written_on = lender_date(draft.written_at)
        data = {
            "title": draft.subject,
            "reference": draft.number,
            "words": _WORDS[draft.language],
            "to": [draft.name, *draft.postal_address.splitlines()],
            "sender": f"{settings.DULY_LENDER}, {settings.DULY_LENDER_ADDRESS}",
            "qr_code": draft.qr_code,
            "date": date_in_words(written_on, draft.language),
            "paragraphs": [one.split("\n") for one in draft.body.strip().split("\n\n")],
        }
        return typeset("letter", data, draft.language, written_on, Path(__file__).parent)

    def carrier(self) -> Folder:
        """The folder; the file's name holds the day's batch."""
        return Folder(settings.DULY_OUTBOX)


def write_manifests(outbox: Path) -> None:
    """Write beside the letters of each day which there are, with the SHA-256 of each; whole or not at all.

    It is written from the record, so it also names what the print shop has taken away already.
    """
    for batch in sorted(path for path in (outbox / BATCHES).glob("*") if path.is_dir()):
        letters = Message.objects.filter(file_name__startswith=f"{BATCHES}/{batch.name}/").order_by("file_name")
        listed = [
            {"file": name.rpartition("/")[2], "sha256": sha256, "contact": contact}
            for name, sha256, contact in letters.values_list("file_name", "sha256", "planned_id")
        ]
        text = json.dumps({"batch": batch.name, "letters": listed}, indent=1) + "\n"
        manifest = batch / "manifest.json"
        if manifest.exists() and manifest.read_text() == text:
            continue
        staged = batch / ".manifest.json"
        with staged.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        staged.rename(manifest)
