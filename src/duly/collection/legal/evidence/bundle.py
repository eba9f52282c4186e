"""A bundle of evidence made: everything about a borrower's case gathered, set as one paper, packed, signed, sealed."""

import datetime
import hashlib
import io
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import translation
from pypdf import PdfReader

from duly.borrowing.papers import typeset, words_of
from duly.borrowing.sealed import seal
from duly.collection import timeline
from duly.collection.legal.demand_paper import FOLDER
from duly.collection.legal.evidence import case_parts, contact_parts, loan_parts
from duly.collection.legal.evidence.manifest import archive
from duly.collection.legal.evidence.parts import Gathered, Subject, instant
from duly.collection.legal.models import EvidenceBundle
from duly.contact.local_time import lender_date
from duly.contact.log.checkpoint import public_key
from duly.engine.errors import InputError
from duly.lending.models import Loan
from duly.people.languages import in_django
from duly.people.models import Borrower

ZIP = "application/zip"
PAPER = "evidence.pdf"
CHAPTERS = (
    loan_parts.add_contracts,
    loan_parts.add_balances,
    loan_parts.add_facts,
    loan_parts.add_every_cent,
    contact_parts.add_decisions,
    contact_parts.add_messages,
    case_parts.add_letters,
    case_parts.add_ways_out,
    case_parts.add_complaints,
    case_parts.add_matters,
)


def make_bundle(borrower: Borrower, language: str, by: User, now: datetime.datetime) -> EvidenceBundle:
    """Make and keep the bundle about all loans of `borrower`, in `language` (en, zh), as the record stands at `now`.

    Raises InputError for somebody without a loan.
    """
    on = lender_date(now)
    loans = list(Loan.objects.filter(borrower=borrower, disbursed_on__lte=on).select_related("product", "borrower"))
    if not loans:
        raise InputError("there is no loan to give evidence of", "/borrower", "choose somebody who has borrowed")
    loans.sort(key=lambda loan: (loan.disbursed_on, loan.pk))
    subject = Subject(borrower, loans, on, now, language, words_of("evidence", language, FOLDER))
    gathered = Gathered()
    with translation.override(in_django(language)):
        for add in CHAPTERS:
            add(subject, gathered)
    paper = typeset("evidence", _data(subject, gathered), language, on, FOLDER, _papers(gathered))
    about = {"borrower": borrower.reference, "made_at": instant(now), "as_of": on.isoformat(), "language": language}
    content = archive({PAPER: paper, **gathered.files}, about)
    with transaction.atomic():
        made = EvidenceBundle.objects.create(
            borrower=borrower,
            file=seal(content, ZIP),
            sha256=hashlib.sha256(content).hexdigest(),
            pages=len(PdfReader(io.BytesIO(paper)).pages),
            made_by=by,
            made_at=now,
        )
        timeline.note(borrower, "evidence", made.number, now, by)
    return made


def _papers(gathered: Gathered) -> dict[str, bytes]:
    return {name: content for name, content in gathered.files.items() if name.endswith(".pdf")}


def _data(subject: Subject, gathered: Gathered) -> dict[str, Any]:
    words, borrower = subject.words, subject.borrower
    about = [
        (words["person"], borrower.name or borrower.reference),
        *([(words["identity"], borrower.id_number)] if borrower.id_number else []),
        (words["reference"], borrower.reference),
        (words["loans"], ", ".join(loan.reference for loan in subject.loans)),
        (words["as_of"], subject.day(subject.on)),
        (words["made_at"], instant(subject.at)),
    ]
    return {
        "title": words["title"],
        "reference": borrower.reference,
        "words": words,
        "about": [{"name": name, "value": value, "strong": False} for name, value in about],
        "proof": [words["proof"], words["key"].format(key=public_key())],
        "parts": [[name, hashlib.sha256(content).hexdigest()] for name, content in sorted(gathered.files.items())],
        "sections": [{"title": one.title, "blocks": one.blocks} for one in gathered.sections],
        "department": words["department"].format(lender=settings.DULY_LENDER),
    }
