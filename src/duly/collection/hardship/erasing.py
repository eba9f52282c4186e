"""What hardship hands out of one person, and what it lets go of when their data is to be erased."""

import datetime

from duly.borrowing.documents import ENDINGS
from duly.borrowing.sealed import shred, unseal
from duly.collection.hardship.models import HardshipApplication, HardshipPaper
from duly.people.erase import Line, erases
from duly.people.export import adds_files
from duly.people.models import Borrower


@adds_files
def hardship_papers(borrower: Borrower) -> dict[str, bytes]:
    """The papers that the person showed when they asked for relief."""
    shown = HardshipPaper.objects.filter(application__borrower=borrower).exclude(file__key="")
    return {
        f"papers/{one.application.reference}-{one.pk}.{ENDINGS[one.file.media_type]}": unseal(one.file)
        for one in shown.select_related("file", "application").order_by("pk")
    }


@erases
def let_go_of_hardship(borrower: Borrower, now: datetime.datetime) -> list[Line]:
    """Papers and words go; that relief was asked for and granted stays, for it explains what was owed."""
    papers = list(
        HardshipPaper.objects.filter(application__borrower=borrower).exclude(file__key="").select_related("file")
    )
    for one in papers:
        shred(one.file)
    HardshipPaper.objects.filter(application__borrower=borrower).update(called="")
    told = HardshipApplication.objects.filter(borrower=borrower)
    words = told.exclude(words="", why="").update(words="", why="")
    return [
        Line("papers shown when asking for relief", len(papers), erased=True),
        Line("words told when asking for relief", words, erased=True),
        Line("relief asked for and granted", told.count(), False, "it explains what was owed"),
    ]
