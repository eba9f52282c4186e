"""The letter of demand as a paper: what is overdue by loan and part, by when to pay, and what one may do instead."""

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

from duly.borrowing.papers import typeset, words_of
from duly.borrowing.words import money_words
from duly.contact.own_page import own_page_address
from duly.lending.positions import LoanOn
from duly.people.languages import date_in_words
from duly.people.models import Borrower

FOLDER = Path(__file__).parent / "papers"
PARTS = ("principal", "interest", "penalty", "fee")


def demand_paper(
    number: str, borrower: Borrower, late: Sequence[LoanOn], pay_by: datetime.date, language: str, on: datetime.date
) -> bytes:
    """The PDF of the letter `number` about the loans in `late`, overdue on `on`, all in one currency.

    Raises duly.borrowing.papers.FontMissingError.
    """
    data = _data(number, borrower, late, pay_by, language, on)
    return typeset("demand", data, language, on, FOLDER)


def _data(
    number: str, borrower: Borrower, late: Sequence[LoanOn], pay_by: datetime.date, language: str, on: datetime.date
) -> dict[str, Any]:
    words, currency = words_of("demand", language, FOLDER), late[0].currency
    total = sum(one.overdue for one in late)
    since = min(one.position.oldest_unpaid_due_on or on for one in late)
    filled = {
        "lender": settings.DULY_LENDER,
        "phone": settings.DULY_LENDER_PHONE,
        "email": settings.DULY_LENDER_EMAIL,
        "address": settings.DULY_LENDER_ADDRESS,
        "since": date_in_words(since, language),
        "on": date_in_words(on, language),
        "pay_by": date_in_words(pay_by, language),
        "total": money_words(total, currency),
        "own_page": own_page_address(borrower.pk),
        "number": number,
    }

    def money(minor: int) -> str:
        return money_words(minor, currency).removeprefix(f"{currency} ")

    def row(name: str, parts: Sequence[int]) -> list[str]:
        return [name, *(money(part) for part in parts), money(sum(parts))]

    overdue = [[one.position.overdue[part] for part in PARTS] for one in late]
    said = [words[name].format(**filled) for name in ("demand", "how", "plan", "rights", "next", "verify")]
    return {
        "title": f"{words['title']} {number}",
        "reference": number,
        "words": words,
        "department": words["department"],
        "to": borrower.name or borrower.reference,
        "address": borrower.address,
        "day": filled["on"],
        "opening": [words["opening"].format(**filled)],
        "columns": [f"{words['loan']} ({currency})", *(words[part] for part in PARTS), words["total"]],
        "rows": [row(one.loan.reference, parts) for one, parts in zip(late, overdue, strict=True)],
        "sums": row(words["sum"], [sum(column) for column in zip(*overdue, strict=True)]),
        "lines": said,
        "closing": words["closing"].format(**filled),
    }
