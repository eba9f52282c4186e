"""What the credit record says when a borrower's data is to be erased: what was reported stays, words go."""

import datetime

from django.utils.translation import gettext

from duly.bureau.models import Line as ReportedLine
from duly.bureau.models import Objection
from duly.bureau.retention import shown_until
from duly.people.erase import Line, erases, stands_against
from duly.people.models import Borrower


@erases
def keep_what_was_reported(borrower: Borrower, now: datetime.datetime) -> list[Line]:
    """Months that were reported are kept, for corrections and their proof; what was said in objections goes."""
    lines = ReportedLine.objects.filter(loan__borrower=borrower)
    last = lines.order_by("-month").first()
    until = shown_until(last.month) if last else None
    words = Objection.objects.filter(borrower=borrower).exclude(reason="", why="")
    return [
        Line("months reported to credit bureaus", lines.count(), False, "proof of what was reported", until),
        Line("words of objections to the credit record", words.update(reason="", why=""), erased=True),
    ]


@stands_against
def _is_objecting(borrower: Borrower, now: datetime.datetime) -> str:
    if borrower.record_objections.filter(decision="").exists():
        return gettext("An objection to the credit record is open.")
    return ""
