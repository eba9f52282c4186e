"""What an open complaint or dispute stops: every step of a playbook, until it is answered."""

import datetime
from collections.abc import Collection

from duly.collection.complaints.models import Complaint
from duly.people.models import Circumstance

CIRCUMSTANCE_OF = {
    Complaint.About.CONDUCT: Circumstance.Kind.COMPLAINT_OPEN,
    Complaint.About.AMOUNT: Circumstance.Kind.DISPUTED,
    Complaint.About.IDENTITY: Circumstance.Kind.DISPUTED,
    Complaint.About.CREDIT_RECORD: Circumstance.Kind.DISPUTED,
}


def borrowers_stopped(borrower_ids: Collection[int], on: datetime.date) -> dict[int, str]:
    """Which of these borrowers have an open complaint, or a loan that was found not to be theirs, and why. One query.

    An objection that was accepted because somebody else borrowed keeps its circumstance: nobody may ask the wrong
    person to pay, whatever the books say until they are put right.
    """
    still = Complaint.objects.filter(borrower_id__in=borrower_ids, circumstance__until=None)
    found = still.order_by("received_at").values_list("borrower_id", "about", "answered_at")
    return {
        borrower_id: "the loan is not theirs" if answered_at else f"complaint open: {about}"
        for borrower_id, about, answered_at in found
    }
