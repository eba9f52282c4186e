"""Questions to the legal department: asked by a borrower or a colleague, answered in words, in time."""

import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext

from duly.collection import timeline
from duly.collection.legal.knowledge import articles
from duly.collection.legal.models import Consultation
from duly.collection.replies import tell_that_answered
from duly.contact.inbound import wrote_in_portal
from duly.contact.local_time import lender_date
from duly.engine.errors import InputError
from duly.lending.models import Loan
from duly.people.languages import language_of
from duly.people.models import Borrower

LONGEST = 4000
TEMPLATE = "question_answered"


def ask_question(
    question: str,
    *,
    by: str,
    now: datetime.datetime,
    key: str,
    language: str,
    borrower: Borrower | None = None,
    loan: Loan | None = None,
    by_borrower: bool = False,
) -> Consultation:
    """Ask the legal department; the same `key` again gives the first question back.

    No pack sets a time: the lender's own is settings.DULY_LEGAL_ANSWER_DAYS, whole days after the day it came. Raises
    InputError.
    """
    question = _said(question, "/question")
    if loan is not None and (borrower is None or loan.borrower_id != borrower.pk):
        raise InputError(gettext("That loan is another person's."), "/loan", gettext("Choose one of the list."))
    asked, made = Consultation.objects.get_or_create(
        idempotency_key=key,
        defaults={
            "borrower": borrower,
            "loan": loan,
            "by_borrower": by_borrower,
            "asked_by": by,
            "asked_at": now,
            "due_on": lender_date(now) + datetime.timedelta(days=settings.DULY_LEGAL_ANSWER_DAYS),
            "language": language_of(language),
            "question": question,
        },
    )
    if made and borrower is not None:
        timeline.note(borrower, "question", asked.number, now)
        if by_borrower:
            wrote_in_portal(borrower, f"question/{asked.number}", now)
    if not made and asked.question != question:
        raise InputError(
            gettext("This form was sent before with something else in it."), "/key", gettext("Open the page anew.")
        )
    return asked


@transaction.atomic
def answer_question(
    consultation: Consultation, answer: str, *, by: str, now: datetime.datetime, article: str = ""
) -> Consultation:
    """Answer it, on the strength of an `article` of the knowledge base where one is named. Raises InputError.

    Who asked reads the answer on their own page; a borrower is told by a message too.
    """
    held = Consultation.objects.select_for_update(of=("self",)).select_related("borrower").get(pk=consultation.pk)
    if not held.is_open:
        raise InputError(
            gettext("This question is answered already."), "/question", gettext("Read the answer that was given.")
        )
    if article and article not in articles():
        raise InputError(
            gettext("There is no such article."), "/article", gettext("Choose one of the knowledge base, or none.")
        )
    held.answer, held.article = _said(answer, "/answer"), article
    held.answered_at, held.answered_by = now, by
    held.save(update_fields=["answer", "article", "answered_at", "answered_by"])
    if held.by_borrower and held.borrower is not None:
        tell_that_answered(held.borrower, TEMPLATE, held.number, now)
    return held


def _said(text: str, where: str) -> str:
    text = text.strip()
    if not text:
        raise InputError(gettext("There is nothing written."), where, gettext("Write it in your own words."))
    if len(text) > LONGEST:
        raise InputError(
            gettext("The text is too long."),
            where,
            gettext("Write at most %(most)s characters.") % {"most": f"{LONGEST:,}"},
        )
    return text
