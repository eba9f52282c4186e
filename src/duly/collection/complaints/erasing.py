"""What complaints say when a borrower's data is to be erased: they belong to the record of collection."""

import datetime

from duly.collection.complaints.models import Complaint, Step
from duly.contact.erasing import kept_collection_record
from duly.people.erase import Line, erases
from duly.people.models import Borrower


@erases
def keep_complaints_as_long_as_needed(borrower: Borrower, now: datetime.datetime) -> list[Line]:
    """Kept as long as the record of collection is, counted from the last answer."""
    complaints = Complaint.objects.filter(borrower=borrower).order_by("received_at")
    last = complaints.last()
    until, why = kept_collection_record(last.answered_at or now) if last else (None, "")
    return [
        Line("complaints and disputes", complaints.count(), False, why or "record of complaints", until),
        Line("steps of complaints", Step.objects.filter(complaint__borrower=borrower).count(), False, why, until),
    ]
