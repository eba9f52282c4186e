"""The contract of one loan as a paper: every figure the engine's, none worked out here."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils import translation

from duly.borrowing.cooling import last_day_to_withdraw
from duly.borrowing.papers import typeset, words_of
from duly.borrowing.quoting import Quote, method_words
from duly.borrowing.words import money_words, rate_words
from duly.engine.contract import Contract
from duly.engine.facts import Fact
from duly.engine.position import position
from duly.people.languages import date_in_words, in_django

# How late the example on the first page is.
EXAMPLE_DAYS_LATE = 10


def contract_paper(
    reference: str,
    line: str,
    product: str,
    borrower: str,
    id_number: str,
    quote: Quote,
    return_days: int,
    language: str,
) -> bytes:
    """The PDF of the contract `reference` between the lender and `borrower`, as `quote` works it out.

    `return_days` is how long the borrower has to pay back what they withdraw from. Raises
    duly.borrowing.papers.FontMissingError.
    """
    with translation.override(in_django(language)):
        data = _data(reference, line, product, borrower, id_number, quote, return_days, language)
    return typeset("contract", data, language, quote.on)


def extra_for_late(contract: Contract, days: int) -> int:
    """What paying the first installment so many days late costs, in minor units, by the fold: penalty and late fee."""
    disbursed = Fact(kind="disbursed", value_date=contract.disbursed_on, amount=contract.principal)
    due_on = contract.first_due_on
    on_time, late = (position(contract, [disbursed], day) for day in (due_on, due_on + datetime.timedelta(days=days)))
    return sum(late.overdue.values()) - sum(on_time.due.values())


def _data(
    reference: str,
    line: str,
    product: str,
    borrower: str,
    id_number: str,
    quote: Quote,
    return_days: int,
    language: str,
) -> dict[str, Any]:
    words = words_of("contract", language)
    terms = quote.contract.terms

    def money(minor: int) -> str:
        return money_words(minor, quote.currency)

    def day(on: datetime.date) -> str:
        return date_in_words(on, language)

    filled = _filled_in(words, quote, language) | {
        "line": line,
        "product": product,
        "lender": settings.DULY_LENDER,
        "return_days": return_days,
    }
    last_day = last_day_to_withdraw(terms, quote.on)
    notes = [
        ("late", words["late_value"].format(**filled)),
        ("early", words["early_fee" if terms.prepayment_fee_rate else "early_free"].format(**filled)),
        (
            "cooling",
            words["cooling_value"].format(**filled, last_day=day(last_day)) if last_day else words["cooling_none"],
        ),
        ("complaints", words["complaints_value"].format(**filled)),
        ("contact", words["contact_value"].format(**filled)),
    ]
    first, last = quote.installments[0].due_on, quote.last_due_on
    term = words["term_value"].format(count=len(quote.installments), first=day(first), last=day(last))

    def fee(amount: int) -> str:
        return money(amount) if amount else words["no_fee"]

    facts = [
        ("amount", money(quote.amount), True),
        ("paid_out", money(quote.paid_out), True),
        ("term", term, False),
        ("way", method_words(quote.method), False),
        ("largest", money(quote.most_due), False),
        ("annual_rate", rate_words(quote.annual_rate), False),
        ("interest", money(quote.interest), False),
        ("upfront_fee", fee(quote.upfront_fee), False),
        ("service_fee", fee(quote.service_fee), False),
        (f"apr_{quote.apr_method}", rate_words(quote.apr_stated), True),
        ("total", money(quote.total), True),
        ("cost", money(quote.cost), False),
    ]
    parties = {
        "left": [(words["lender"], settings.DULY_LENDER), (words["reference"], reference)],
        "right": [(words["borrower"], borrower), (words["made_on"], day(quote.on))]
        + ([(words["identity"], id_number)] if id_number else []),
    }
    return {
        "title": f"{words['title']} {reference}",
        "reference": reference,
        "words": words,
        "parties": {
            side: [{"name": name, "value": value, "strong": False} for name, value in rows]
            for side, rows in parties.items()
        },
        "key_facts": [{"name": words[name], "value": value, "strong": strong} for name, value, strong in facts],
        "notes": [{"name": words[name], "value": value} for name, value in notes],
        "schedule": [
            [str(one.number), day(one.due_on)]
            + [plain(amount, quote) for amount in (one.principal, one.interest, one.fee, one.total, one.balance_after)]
            for one in quote.installments
        ],
        "sums": ["", words["sum"]]
        + [
            plain(amount, quote)
            for amount in (
                quote.total - quote.interest - quote.service_fee,
                quote.interest,
                quote.service_fee,
                quote.total,
            )
        ]
        + [""],
        "schedule_note": words["schedule_note"].format(on=day(quote.on), rounding=quote.rounding),
        "clauses": [{"title": clause["title"], "text": clause["text"].format(**filled)} for clause in words["clauses"]],
    }


def _filled_in(words: Mapping[str, Any], quote: Quote, language: str) -> dict[str, object]:
    contract, terms = quote.contract, quote.contract.terms
    first = quote.installments[0]
    grace_from = "grace_days" if terms.penalty_grace_counts_from == "due_date" else "grace_after"
    grace = words[grace_from if terms.penalty_grace_days else "grace_none"].format(days=terms.penalty_grace_days)
    late_fee = (
        words["late_fee"].format(amount=money_words(terms.late_fee, quote.currency), days=terms.late_fee_after_days)
        if terms.late_fee
        else ""
    )
    return {
        "amount": money_words(quote.amount, quote.currency),
        "paid_out": money_words(quote.paid_out, quote.currency),
        "upfront_fee": money_words(quote.upfront_fee, quote.currency),
        "annual_rate": rate_words(quote.annual_rate),
        "day_count": terms.day_count,
        "rounding": quote.rounding,
        "penalty_rate": rate_words(terms.penalty_rate),
        "base": words["base"][terms.penalty_on],
        "grace": grace,
        "late_fee": late_fee,
        "installment": money_words(first.total, quote.currency),
        "due_on": date_in_words(first.due_on, language),
        "days": EXAMPLE_DAYS_LATE,
        "extra": money_words(extra_for_late(contract, EXAMPLE_DAYS_LATE), quote.currency),
        "fee_rate": rate_words(terms.prepayment_fee_rate),
        "order": ("、" if language == "zh" else ", ").join(words["components"][one] for one in terms.allocation_order),
        "phone": settings.DULY_LENDER_PHONE,
        "email": settings.DULY_LENDER_EMAIL,
        "address": settings.DULY_LENDER_ADDRESS,
        "verify": settings.DULY_PUBLIC_URL,
    }


def plain(minor: int, quote: Quote) -> str:
    """An amount of the schedule, without the currency."""
    return money_words(minor, quote.currency).removeprefix(f"{quote.currency} ")
