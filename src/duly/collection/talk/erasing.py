"""What conversations say when a borrower's data is to be erased: they belong to the record of collection."""

import datetime

from duly.collection.talk.models import Line as Said
from duly.contact.erasing import kept_collection_record
from duly.people.erase import Line, erases
from duly.people.models import Borrower


@erases
def keep_conversations_as_long_as_needed(borrower: Borrower, now: datetime.datetime) -> list[Line]:
    """Kept as long as the record of collection is, counted from the last line."""
    lines = Said.objects.filter(conversation__borrower=borrower).order_by("pk")
    last = lines.last()
    until, why = kept_collection_record(last.at) if last else (None, "")
    return [Line("lines of the online conversation", lines.count(), False, why, until)]
