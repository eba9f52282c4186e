"""What the legal department says when a borrower's data is to be erased: open matters stand against it."""

import datetime

from django.utils.translation import gettext

from duly.collection.legal.models import Consultation, DemandLetter, EvidenceBundle, Matter
from duly.contact.erasing import kept_collection_record
from duly.people.erase import Line, erases, stands_against
from duly.people.models import Borrower


@erases
def keep_what_the_department_needs(borrower: Borrower, now: datetime.datetime) -> list[Line]:
    """Questions, letters and bundles belong to the record of collection, counted from today at the latest."""
    until, why = kept_collection_record(now)
    counts = {
        "questions to the legal department": Consultation.objects.filter(borrower=borrower).count(),
        "letters of demand": DemandLetter.objects.filter(case__borrower=borrower).count(),
        "legal matters": Matter.objects.filter(case__borrower=borrower).count(),
        "bundles of evidence": EvidenceBundle.objects.filter(borrower=borrower).count(),
    }
    return [Line(what, count, False, f"record of collection: {why}", until) for what, count in counts.items()]


@stands_against
def _has_an_open_matter(borrower: Borrower, now: datetime.datetime) -> str:
    if Matter.objects.filter(case__borrower=borrower).exclude(stage=Matter.Stage.CLOSED).exists():
        return gettext("A legal matter is open.")
    return ""
