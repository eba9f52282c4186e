"""Statements: an agency's month of commission, checked against the facts, as PDF and CSV; objections line by line."""

import csv
import datetime
import io
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone

from duly.agencies.commission_terms import commission_terms
from duly.agencies.models import Agency
from duly.borrowing.papers import typeset, words_of
from duly.borrowing.words import money_words
from duly.collection.placement.commission import book_commission, correct, unbooked
from duly.collection.placement.models import CommissionLine, LineDispute, Statement
from duly.contact.local_time import lender_date
from duly.engine.errors import InputError
from duly.engine.money import decimals, format_money
from duly.people.approvals import Approval, ask, carries_out
from duly.people.languages import date_in_words
from duly.people.roles import Role

_PAPERS = Path(__file__).parent / "papers"
Kind = CommissionLine.Kind
CSV_COLUMNS = (
    "line", "booked_on", "placement", "loan", "kind", "value_date", "age_days", "currency", "base", "rate", "amount",
)  # fmt: skip


def lines_of(agency: Agency, month: datetime.date) -> QuerySet[CommissionLine]:
    """The lines of an agency's month (any day of it), in order of booking."""
    first = month.replace(day=1)
    lines = CommissionLine.objects.filter(
        placement__agency=agency, booked_on__gte=first, booked_on__lt=_next_month(first)
    )
    return lines.select_related("loan", "placement__mandate", "fact").order_by("pk")


def totals(lines: QuerySet[CommissionLine]) -> dict[str, dict[str, int]]:
    """By currency: what was paid, earned, taken back, corrected, and what is payable, in minor units."""
    found: dict[str, dict[str, int]] = {}
    sums = lines.order_by().values_list("currency", "kind").annotate(base=Sum("base"), amount=Sum("amount"))
    for currency, kind, base, amount in sums:
        of = found.setdefault(currency, dict.fromkeys(("base", *Kind.values, "payable"), 0))
        of["base"] += base
        of[kind] += amount
        of["payable"] += amount
    return dict(sorted(found.items()))


def issue_statement(agency: Agency, month: datetime.date, now: datetime.datetime) -> Statement:
    """Issue an agency's statement of a month that is over; its lines change no more. Again gives the first one back.

    Raises InputError while the month runs, and when the lines do not agree with the facts.
    """
    first = month.replace(day=1)
    if (there := Statement.objects.filter(agency=agency, month=first).first()) is not None:
        return there
    if lender_date(now) < _next_month(first):
        raise InputError("the month is not over", "/month", "wait for its last day to end")
    with transaction.atomic():
        book_commission(through=_instant(_next_month(first)))
        if faults := reconcile(agency, first):
            raise InputError("; ".join(faults[:5]), "/month", "the lines do not agree with the facts: find out why")
        return Statement.objects.create(
            agency=agency, month=first, issued_at=now, totals=totals(lines_of(agency, first))
        )


def reconcile(agency: Agency, month: datetime.date) -> list[str]:
    """Where an agency's lines of a month do not agree with the facts behind them; empty when all do, to the cent.

    Each line is worked out again from its fact alone, and each payment on a placed loan is looked for.
    """
    faults = []
    for line in lines_of(agency, month).select_related("fact__reverses__commission_line"):
        terms, fact = commission_terms(line.placement.mandate.commission), line.fact
        if line.kind == Kind.EARNED:
            told = (line.base, line.rate, line.amount)
            if told != (fact.amount, terms.rate_at(line.age_days), terms.earned(fact.amount, line.age_days)):
                faults.append(f"line {line.pk} is not what its payment earns")
        elif line.kind == Kind.TAKEN_BACK and -line.base > (fact.reverses or fact).amount:
            faults.append(f"line {line.pk} takes back more than came back")
    if missing := unbooked(agency.pk, _instant(_next_month(month.replace(day=1)))):
        faults.append(f"{missing} payments have no line")
    return faults


def statement_pdf(statement: Statement, language: str) -> bytes:
    """A statement as a paper in `language` (en, zh). Raises FontMissingError."""
    words = words_of("statement", language, _PAPERS)
    rows = [_row(line, words, language) for line in lines_of(statement.agency, statement.month)]
    name = statement.agency.name_zh if language == "zh" and statement.agency.name_zh else statement.agency.name
    data = {
        "title": f"{words['title']} {statement.month:%Y-%m}",
        "reference": f"{statement.agency.code} {statement.month:%Y-%m}",
        "agency": name,
        "words": words,
        "figures": [
            {"name": words[kind], "value": money_words(of[kind], currency), "strong": kind == "payable"}
            for currency, of in statement.totals.items()
            for kind in ("base", *Kind.values, "payable")
        ],
        "rows": rows,
    }
    return typeset("statement", data, language, lender_date(statement.issued_at), _PAPERS)


def statement_csv(agency: Agency, month: datetime.date) -> str:
    """The lines of a month for a spreadsheet: money as decimals in major units, rates as decimals."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_COLUMNS)
    for one in lines_of(agency, month):
        places = decimals(one.currency)
        writer.writerow(
            [one.pk, one.booked_on, one.placement_id, one.loan.reference, one.kind, one.value_date, one.age_days,
             one.currency, format_money(one.base, places), f"{one.rate / 1_000_000:.6f}",
             format_money(one.amount, places)]
        )  # fmt: skip
    return out.getvalue()


def dispute_line(line: CommissionLine, why: str, by: User, now: datetime.datetime) -> LineDispute:
    """An agency objects to a line. Raises InputError without a reason, or when it has done so already."""
    if not why.strip():
        raise InputError("there is no reason", "/why", "say what is wrong with the line")
    dispute, made = LineDispute.objects.get_or_create(
        line=line, defaults={"why": why.strip()[:500], "raised_by": by, "raised_at": now}
    )
    if not made:
        raise InputError("there is an objection to this line already", "/line", "wait for the answer")
    return dispute


def decline_dispute(dispute: LineDispute, answer: str, by: User, now: datetime.datetime) -> None:
    """The line stands as it is. Raises InputError without an answer, or when it was answered."""
    _answer(dispute, answer, by, now)


def ask_to_correct(dispute: LineDispute, amount: int, answer: str, by: User) -> Approval:
    """Ask for a line to be corrected by `amount` (minor units) as the agency objected; a second person has to agree."""
    if dispute.answered_at is not None or not answer.strip():
        raise InputError("this cannot be answered", "/answer", "say why, once")
    content = {"dispute": dispute.pk, "amount": amount, "answer": answer}
    return ask("correct_commission", content, by, f"line {dispute.line_id}")


@carries_out("correct_commission", approvers=[Role.FINANCE, Role.COMPLIANCE])
def correct_commission(content: dict[str, Any], approval: Approval) -> str:
    """Correct a line as a second person has agreed to."""
    now = timezone.now()
    dispute = LineDispute.objects.select_for_update().get(pk=content["dispute"])
    made = correct(dispute.line, content["amount"], lender_date(now))
    _answer(dispute, content["answer"], approval.asked_by, now)
    return f"line {made.pk}"


def _answer(dispute: LineDispute, answer: str, by: User, now: datetime.datetime) -> None:
    if not answer.strip():
        raise InputError("there is no answer", "/answer", "say why the line is as it is")
    if dispute.answered_at is not None:
        raise InputError("it is answered already", "/dispute", "look at it again")
    dispute.answer, dispute.answered_by, dispute.answered_at = answer.strip()[:500], by, now
    dispute.save(update_fields=["answer", "answered_by", "answered_at"])


def _row(line: CommissionLine, words: dict[str, Any], language: str) -> list[str]:
    return [
        str(line.pk),
        line.loan.reference,
        words[line.kind],
        date_in_words(line.value_date, language),
        str(line.age_days),
        money_words(line.base, line.currency),
        f"{line.rate / 10_000:.2f}%",
        money_words(line.amount, line.currency),
    ]


def _next_month(first: datetime.date) -> datetime.date:
    return (first + datetime.timedelta(days=31)).replace(day=1)


def _instant(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), ZoneInfo(settings.TIME_ZONE))
