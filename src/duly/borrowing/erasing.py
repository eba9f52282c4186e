"""What borrowing hands out of one person, and what it says when their data is to be erased."""

import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext

from duly.borrowing.documents import file_name
from duly.borrowing.models import (
    Answers,
    Application,
    Decision,
    DecisionPapers,
    Document,
    Drawdown,
    SealedFile,
    Signature,
)
from duly.borrowing.sealed import shred, unseal
from duly.people.erase import Line, erases, stands_against
from duly.people.export import adds_files
from duly.people.models import Borrower

UNDECIDED = (Application.State.SUBMITTED, Application.State.REFERRED)


@adds_files
def papers_of(borrower: Borrower) -> dict[str, bytes]:
    """What the person showed us, and the contracts that they signed."""
    shown = Document.objects.filter(application__borrower=borrower).exclude(file__key="")
    signed = Signature.objects.filter(drawdown__line__borrower=borrower).exclude(contract__file__key="")
    found = {
        f"papers/{file_name(one)}": unseal(one.file)
        for one in shown.select_related("file", "application").order_by("pk")
    }
    for one in signed.select_related("drawdown", "contract__file").order_by("pk"):
        found[f"contracts/{one.drawdown.reference}-{one.contract.language}.pdf"] = unseal(one.contract.file)
    return found


@stands_against
def something_is_under_way(borrower: Borrower, now: datetime.datetime) -> str:
    """An application that is being decided, and a drawdown whose money is to come or to go back."""
    open_one = borrower.applications.filter(state__in=UNDECIDED).first()
    if open_one is not None:
        return gettext("The application %(application)s is being decided.") % {"application": open_one.reference}
    moving = (*Drawdown.IN_PROGRESS, Drawdown.State.WITHDRAWING)
    drawn = Drawdown.objects.filter(line__borrower=borrower, state__in=moving).first()
    if drawn is not None:
        return gettext("The drawdown %(drawdown)s is under way.") % {"drawdown": drawn.reference}
    return ""


@erases
def let_go_of_applications(borrower: Borrower, now: datetime.datetime) -> list[Line]:
    """What was answered and shown goes, unless a loan came of it; decisions stay without what they were made on."""
    lent = Drawdown.objects.filter(line__borrower=borrower, loan__isnull=False)
    behind_loans = Application.objects.filter(decisions__line__drawdowns__in=lent).values("pk")
    free = borrower.applications.exclude(pk__in=behind_loans)
    kept = borrower.applications.filter(pk__in=behind_loans)
    why = "an application that a loan came of is kept with the loan"
    lines = [
        Line("answers in applications", _delete(Answers.objects.filter(application__in=free)), erased=True),
        Line("papers shown", _shred(Document.objects.filter(application__in=free)), erased=True),
        Line(
            "papers of decisions", _delete(DecisionPapers.objects.filter(decision__application__in=free)), erased=True
        ),
        Line(
            "decisions, without what they were made on",
            Decision.objects.filter(application__in=free).count(),
            erased=False,
            why="that a decision was made, and its reasons, is kept",
        ),
    ]
    if kept.exists():
        lines.append(Line("applications behind loans", kept.count(), erased=False, why=why, needs_name=True))
    signed = Signature.objects.filter(drawdown__line__borrower=borrower).count()
    if signed:
        lines.append(Line("signed contracts", signed, erased=False, why="contracts are kept as the books are"))
    return lines


def _delete(rows: QuerySet[Any]) -> int:
    return rows.delete()[0]


def _shred(documents: QuerySet[Document]) -> int:
    files = list(SealedFile.objects.filter(document__in=documents))
    documents.delete()
    for file in files:
        shred(file)
    return len(files)
