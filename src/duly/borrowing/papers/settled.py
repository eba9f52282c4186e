"""The letter that says a loan is paid in full: issued only where the fold says so."""

import datetime
import hashlib
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from duly.borrowing.models import SettledLetter
from duly.borrowing.papers import typeset, words_of
from duly.borrowing.words import money_words
from duly.engine.errors import InputError
from duly.engine.position import Position
from duly.lending.models import Loan
from duly.lending.positions import position_on
from duly.people.languages import date_in_words, in_django


def settled_letter(loan: Loan, language: str, on: datetime.date, at: datetime.datetime) -> bytes:
    """The PDF of the letter in `language` (en, zh) for `loan` as it stands on `on`; its digest is kept.

    Raises InputError unless the fold says that the loan is settled.
    """
    found = position_on(loan, on)
    if found.status != "settled" or found.settled_on is None or any(found.outstanding.values()):
        raise InputError(gettext("This loan is not paid in full."), "/loan", gettext("Ask for the letter once it is."))
    with translation.override(in_django(language)):
        paper = typeset("settled", _data(loan, found, language), language, found.settled_on)
    SettledLetter.objects.get_or_create(
        loan=loan,
        language=language,
        settled_on=found.settled_on,
        defaults={"sha256": hashlib.sha256(paper).hexdigest(), "issued_at": at},
    )
    return paper


def _data(loan: Loan, found: Position, language: str) -> dict[str, Any]:
    words = words_of("settled", language)
    currency, borrower = loan.product.currency, loan.borrower

    def money(minor: int) -> str:
        return money_words(minor, currency)

    settled_on = date_in_words(found.settled_on, language)
    filled = {
        "borrower": borrower.name or borrower.reference,
        "identity": words["identity"].format(number=borrower.id_number) if borrower.id_number else "",
        "loan": loan.reference,
        "principal": money(found.disbursed),
        "disbursed_on": date_in_words(loan.disbursed_on, language),
        "settled_on": settled_on,
        "lender": settings.DULY_LENDER,
        "phone": settings.DULY_LENDER_PHONE,
        "email": settings.DULY_LENDER_EMAIL,
        "address": settings.DULY_LENDER_ADDRESS,
        "waived": money(sum(found.waived.values())),
    }
    figures = [
        ("loan", loan.reference, False),
        ("principal", filled["principal"], False),
        ("disbursed_on", filled["disbursed_on"], False),
        ("settled_on", settled_on, False),
        # The fee withheld from what was paid out is no money that came.
        ("received", money(found.received - found.refunded - loan.upfront_fee), False),
        ("owed", money(sum(found.outstanding.values())), True),
    ]
    if found.credit_balance > 0:
        figures.append(("credit", money(found.credit_balance), False))
    lines = ["waived"] if any(found.waived.values()) else []
    return {
        "title": f"{words['title']} {loan.reference}",
        "reference": loan.reference,
        "words": words,
        "statement": words["statement"].format(**filled),
        "figures": [{"name": words[name], "value": value, "strong": strong} for name, value, strong in figures],
        "lines": [words[name].format(**filled) for name in [*lines, "issued", "keep"]],
    }
