"""Telling a borrower that what they asked or objected to is answered: a message that names a number and no contents."""

import datetime

from duly.contact.services import Proposal, plan_contacts
from duly.contact.wording import templates
from duly.people.models import Borrower

KEEP_FOR = datetime.timedelta(days=5)


def tell_that_answered(borrower: Borrower, template: str, number: str, now: datetime.datetime) -> None:
    """Plan the message of `template` to `borrower` about their `number`, to leave as soon as the gate allows.

    The answer stands on their own page from this instant, whether the message can leave or not; a lender whose
    wording lacks the template tells it there alone.
    """
    if template not in templates():
        return
    proposal = Proposal(
        idempotency_key=f"{template}/{number}",
        borrower_id=borrower.pk,
        loan_ids=[],
        template=template,
        planned_for=now,
        expires_at=now + KEEP_FOR,
        days_past_due=0,
        words={"number": number},
    )
    plan_contacts([proposal], now)
