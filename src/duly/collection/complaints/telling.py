"""The borrower is told that their complaint is answered; the answer itself stands on their own page."""

import datetime

from duly.collection.complaints.models import Complaint
from duly.collection.replies import tell_that_answered

TEMPLATE = "complaint_answered"


def tell_answer(complaint: Complaint, now: datetime.datetime) -> None:
    """Plan the message that says so. Whoever took the complaint back needs none."""
    if complaint.outcome != Complaint.Outcome.WITHDRAWN:
        tell_that_answered(complaint.borrower, TEMPLATE, complaint.number, now)
