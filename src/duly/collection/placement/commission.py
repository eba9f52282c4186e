"""Commission: what each payment earned the agency that had the case, and what a payment that came back takes back.

A payment counts for the agency that had its loan on the payment's value date, if it was recorded after the case was
placed; for the later one, where the case moved that very day. The age of the debt runs from the due date that was
oldest when the loan was placed. Every fact has one line at most, so nothing is counted twice.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection

from django.db import transaction
from django.db.models import F, Q, Sum

from duly.agencies.commission_terms import commission_terms, rounded
from duly.collection.placement.models import CommissionLine, PlacedLoan, Statement
from duly.contact.local_time import lender_date
from duly.engine.errors import InputError
from duly.lending.models import Fact

Kind = CommissionLine.Kind
PAID = (Fact.Kind.PAID, Fact.Kind.RECOVERED)


def book_commission(loan_ids: Collection[int] | None = None, through: datetime.datetime | None = None) -> int:
    """Book what was paid and taken back on placed loans (all, or these) and is not booked yet; how many lines.

    `through`: only facts recorded before that instant. A handful of queries, whatever the number.
    """
    with transaction.atomic():
        placed = PlacedLoan.objects.select_related("placement__mandate").order_by("placement__placed_at", "pk")
        facts = Fact.objects.filter(commission_line=None, loan__in=PlacedLoan.objects.values("loan")).order_by("pk")
        if loan_ids is not None:
            placed, facts = placed.filter(loan__in=loan_ids), facts.filter(loan__in=loan_ids)
        if through is not None:
            facts = facts.filter(recorded_at__lt=through)
        of_loan = defaultdict(list)
        for one in placed.filter(loan__in=facts.order_by().values("loan")):
            of_loan[one.loan_id].append(one)
        opens = _next_open_days()
        payments = facts.filter(kind__in=PAID)
        earned = [line for fact in payments if (line := _earned(fact, of_loan[fact.loan_id], opens)) is not None]
        CommissionLine.objects.bulk_create(earned)
        returned = facts.filter(kind=Fact.Kind.REVERSED, reverses__commission_line__kind=Kind.EARNED)
        back = _taken_back(list(returned.select_related(*_SOURCE)), opens)
        CommissionLine.objects.bulk_create(back)
        refunds = facts.filter(kind=Fact.Kind.REFUNDED, loan__in=CommissionLine.objects.values("loan"))
        refunded = [line for fact in refunds if (line := _refunded(fact, opens)) is not None]
    return len(earned) + len(back) + len(refunded)


def book_arrived(loan_ids: Collection[int], **_: object) -> int:
    """Book what has just been paid. Heard on `money_arrived`; one query where none of the loans was ever placed."""
    placed = set(PlacedLoan.objects.filter(loan__in=loan_ids).values_list("loan", flat=True))
    return book_commission(placed) if placed else 0


def work_day(day: datetime.date, now: datetime.datetime) -> None:
    """After a close: book what is not booked yet."""
    book_commission()


def correct(line: CommissionLine, amount: int, booked_on: datetime.date) -> CommissionLine:
    """Add `amount` (minor units, negative to take away) to what a line earned, as a line of its own.

    Raises InputError where nothing, or less than nothing, would be left of it.
    """
    left = line.amount + (line.corrections.aggregate(all=Sum("amount"))["all"] or 0) + amount
    if line.kind != Kind.EARNED or amount == 0 or left < 0:
        raise InputError("this correction cannot be", "/amount", "correct what was earned, to no less than nothing")
    opens = _next_open_days().get(line.placement.agency_id)
    return CommissionLine.objects.create(
        placement=line.placement,
        loan=line.loan,
        corrects=line,
        kind=Kind.CORRECTED,
        value_date=line.value_date,
        age_days=line.age_days,
        base=0,
        rate=line.rate,
        amount=amount,
        currency=line.currency,
        booked_on=max(booked_on, opens) if opens else booked_on,
    )


_SOURCE = ("reverses__commission_line__placement", "reverses__commission_line")


def _earned(fact: Fact, placed: list[PlacedLoan], opens: dict[int, datetime.date]) -> CommissionLine | None:
    fitting = [
        one
        for one in placed
        if one.placement.placed_at <= fact.recorded_at
        and one.placement.placed_on <= fact.value_date
        and (one.placement.ended_on is None or fact.value_date <= one.placement.ended_on)
    ]
    if not fitting:
        return None
    one = fitting[-1]
    terms = commission_terms(one.placement.mandate.commission)
    age = (fact.value_date - one.oldest_due_on).days
    return CommissionLine(
        placement=one.placement,
        loan_id=fact.loan_id,
        fact=fact,
        kind=Kind.EARNED,
        value_date=fact.value_date,
        age_days=age,
        base=fact.amount,
        rate=terms.rate_at(age),
        amount=terms.earned(fact.amount, age),
        currency=one.currency,
        booked_on=_booked_on(fact, one.placement.agency_id, opens),
    )


def _taken_back(facts: list[Fact], opens: dict[int, datetime.date]) -> list[CommissionLine]:
    """Payments came back: all that each earned goes back, to the cent, with what was corrected of it.

    No more goes back than a loan has earned: what was refunded of a payment is taken back already.
    """
    sums = CommissionLine.objects.filter(loan__in={fact.loan_id for fact in facts}).order_by().values_list("loan")
    left = {loan: [base, amount] for loan, base, amount in sums.annotate(base=Sum("base"), amount=Sum("amount"))}
    corrections = (
        CommissionLine.objects.filter(corrects__fact__reversed_by__in=facts).order_by().values_list("corrects")
    )
    corrected = dict(corrections.annotate(all=Sum("amount")))
    found = []
    for fact in facts:
        line = fact.reverses.commission_line
        of_loan = left[fact.loan_id]
        base = min(line.base, of_loan[0])
        amount = min(line.amount + corrected.get(line.pk, 0), of_loan[1])
        left[fact.loan_id] = [of_loan[0] - base, of_loan[1] - amount]
        found.append(
            CommissionLine(
                placement=line.placement,
                loan_id=line.loan_id,
                fact=fact,
                kind=Kind.TAKEN_BACK,
                value_date=fact.value_date,
                age_days=line.age_days,
                base=-base,
                rate=line.rate,
                amount=-amount,
                currency=line.currency,
                booked_on=_booked_on(fact, line.placement.agency_id, opens),
            )
        )
    return found


def _refunded(fact: Fact, opens: dict[int, datetime.date]) -> CommissionLine | None:
    """Money that was too much went back to the borrower: what it earned goes back at the rate of the last payment."""
    lines = CommissionLine.objects.filter(loan=fact.loan_id)
    last = lines.filter(kind=Kind.EARNED, value_date__lte=fact.value_date).order_by("-value_date", "-pk")
    line = last.select_related("placement__mandate").first()
    kept = lines.aggregate(base=Sum("base"), amount=Sum("amount"))
    if line is None or kept["base"] <= 0:
        return None
    base = min(fact.amount, kept["base"])
    amount = rounded(base * line.rate, commission_terms(line.placement.mandate.commission).rounding)
    return CommissionLine.objects.create(
        placement=line.placement,
        loan_id=fact.loan_id,
        fact=fact,
        kind=Kind.TAKEN_BACK,
        value_date=fact.value_date,
        age_days=line.age_days,
        base=-base,
        rate=line.rate,
        amount=-min(amount, max(kept["amount"], 0)),
        currency=line.currency,
        booked_on=_booked_on(fact, line.placement.agency_id, opens),
    )


def _next_open_days() -> dict[int, datetime.date]:
    """The first day of each agency that is on no statement yet."""
    opens: dict[int, datetime.date] = {}
    for agency_id, month in Statement.objects.order_by("month").values_list("agency", "month"):
        opens[agency_id] = (month + datetime.timedelta(days=31)).replace(day=1)
    return opens


def _booked_on(fact: Fact, agency_id: int, opens: dict[int, datetime.date]) -> datetime.date:
    on = lender_date(fact.recorded_at)
    return max(on, opens[agency_id]) if agency_id in opens else on


def unbooked(agency_id: int, through: datetime.datetime) -> int:
    """How many payments on an agency's placed loans, recorded before `through`, have no line though they should.

    One query that asks the facts themselves: the other half of the reconciliation.
    """
    return (
        PlacedLoan.objects.filter(placement__agency=agency_id)
        .filter(
            Q(placement__ended_on__isnull=True) | Q(loan__facts__value_date__lte=F("placement__ended_on")),
            loan__facts__kind__in=PAID,
            loan__facts__commission_line=None,
            loan__facts__recorded_at__gte=F("placement__placed_at"),
            loan__facts__recorded_at__lt=through,
            loan__facts__value_date__gte=F("placement__placed_on"),
        )
        .count()
    )
