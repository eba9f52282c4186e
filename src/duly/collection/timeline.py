"""The time line of a case: any room may add a line of a kind of its own, and says in words what that kind means."""

import datetime
from collections.abc import Collection, Mapping

from django.contrib.auth.models import User
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from duly.collection.models import Case, CaseEvent
from duly.contact.local_time import lender_date
from duly.people.models import Borrower

LONGEST = 300

_words: dict[str, str | Promise] = {
    "opened": gettext_lazy("Case opened"),
    "loan_joined": gettext_lazy("A loan joined the case"),
    "loan_left": gettext_lazy("A loan left the case"),
    "contact_planned": gettext_lazy("Message planned"),
    "contacts_cancelled": gettext_lazy("Messages cancelled"),
    "held": gettext_lazy("Playbook rests"),
    "segment_moved": gettext_lazy("Moved to another segment"),
    "stage_moved": gettext_lazy("Moved to another stage"),
    "playbook_moved": gettext_lazy("Moved to another playbook"),
    "paused": gettext_lazy("Paused"),
    "resumed": gettext_lazy("Goes on"),
    "step_skipped": gettext_lazy("A step was left out"),
    "task_set": gettext_lazy("Task set"),
    "task_done": gettext_lazy("Task done"),
    "task_cancelled": gettext_lazy("Task cancelled"),
    "closed": gettext_lazy("Case closed"),
    "wrote": gettext_lazy("They wrote to us"),
}


def name_kinds(words: Mapping[str, str | Promise]) -> None:
    """Say what kinds of lines mean (kind → words, lazily translated). Rooms call it in their AppConfig.ready."""
    _words.update(words)


def kind_words(kind: str) -> str:
    """A kind of line in words; where no room has given any, the kind itself."""
    return str(_words.get(kind, kind.replace("_", " ")))


def kinds() -> list[str]:
    """Every kind that a room has given words for."""
    return list(_words)


def note(
    subject: Case | Borrower, kind: str, because: str, at: datetime.datetime, by: User | None = None
) -> CaseEvent | None:
    """Add a line to a case, or to the open case of a borrower; None when the borrower has no open case.

    `kind` is a word of at most 24 letters; `because` is in plain words, cut at 300; `by` is who did it, None for the
    machine.
    """
    case = subject if isinstance(subject, Case) else Case.objects.filter(borrower=subject, closed_on=None).first()
    if case is None:
        return None
    return CaseEvent.objects.create(
        case=case, business_date=lender_date(at), kind=kind, because=because[:LONGEST], by=by
    )


def note_all(borrower_ids: Collection[int], kind: str, because: str, at: datetime.datetime) -> int:
    """Add the same line to the open case of each of these borrowers; how many have one. Two queries."""
    cases = Case.objects.filter(borrower_id__in=list(borrower_ids), closed_on=None)
    events = [
        CaseEvent(case=case, business_date=lender_date(at), kind=kind, because=because[:LONGEST]) for case in cases
    ]
    CaseEvent.objects.bulk_create(events)
    return len(events)
