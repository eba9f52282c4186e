"""What the page of the book shows: the last close and what it ties to, the book by bucket, and the last closes."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import BigIntegerField, Case, F, Q, Sum, When
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from duly.close.buckets import CURRENT, bucket_names
from duly.close.models import Bucket, Close
from duly.console import charts
from duly.ledger.models import JournalEntry
from duly.screens.figures import money

PRINCIPAL_ACCOUNT = "1100"
YEAR = datetime.timedelta(days=366)
CLOSES_SHOWN = 10


@dataclass(frozen=True)
class BookInCurrency:
    """The open book of one currency at the last close. Money in minor units; `in_ledger` is account 1100's balance."""

    currency: str
    rows: Sequence[Bucket]
    open_loans: int
    principal_outstanding: int
    overdue_loans: int
    overdue_total: int
    in_ledger: int
    bucket_finding: str
    bucket_chart: SafeString
    time_finding: str
    time_chart: SafeString
    time_chart_phone: SafeString
    months: Sequence[tuple[datetime.date, Sequence[int], int]]

    @property
    def ties(self) -> bool:
        """Whether the ledger's balance of principal is what the loans say, to the minor unit."""
        return self.in_ledger == self.principal_outstanding


@dataclass(frozen=True)
class BookToday:
    """The book at its last close. `behind` is how many days up to yesterday are not closed."""

    last: Close
    behind: int
    closes: Sequence[Close]
    currencies: Sequence[BookInCurrency]
    journal: Sequence[JournalEntry]
    late_buckets: Sequence[str]

    @property
    def ties(self) -> bool:
        """Whether the last close tied, and still does."""
        return self.last.ledger_ties and all(one.ties for one in self.currencies)


def book_today(today: datetime.date) -> BookToday | None:
    """The book at its last close; None before the first. Four queries, whatever the size of the book."""
    closes = list(Close.objects.order_by("-business_date")[:CLOSES_SHOWN])
    if not closes:
        return None
    last = closes[0]
    since = last.business_date - YEAR
    buckets = list(Bucket.objects.filter(business_date__gt=since).order_by("business_date_id"))
    balance = Sum(
        Case(When(debit_id=PRINCIPAL_ACCOUNT, then=F("amount")), default=-F("amount"), output_field=BigIntegerField())
    )
    touching = JournalEntry.objects.filter(Q(debit_id=PRINCIPAL_ACCOUNT) | Q(credit_id=PRINCIPAL_ACCOUNT))
    in_ledger = dict(touching.values_list("currency").annotate(balance=balance).order_by())
    journal = (
        JournalEntry.objects.filter(business_date=last.business_date)
        .select_related("debit", "credit")
        .order_by("product_code", "pk")
    )
    currencies = sorted({bucket.currency for bucket in buckets if bucket.business_date_id == last.business_date})
    return BookToday(
        last=last,
        behind=max(0, (today - last.business_date).days - 1),
        closes=closes,
        currencies=[
            _in_currency(currency, [one for one in buckets if one.currency == currency], last.business_date, in_ledger)
            for currency in currencies
        ],
        journal=list(journal),
        late_buckets=bucket_names()[1:],
    )


def _in_currency(
    currency: str, buckets: Sequence[Bucket], on: datetime.date, in_ledger: dict[str, int]
) -> BookInCurrency:
    names = bucket_names()
    place = {name: number for number, name in enumerate(names)}
    rows = sorted((one for one in buckets if one.business_date_id == on), key=lambda one: place.get(one.bucket, 99))
    late = [one for one in rows if one.bucket != CURRENT]
    overdue_loans, overdue_total = sum(one.loans for one in late), sum(one.overdue_total for one in late)
    worst = max(late, key=lambda one: one.overdue_total, default=None)
    bucket_finding = charts.late_finding(
        money(overdue_total, currency),
        overdue_loans,
        worst.bucket if worst else CURRENT,
        money(worst.overdue_total if worst else 0, currency),
    )
    dates = sorted({one.business_date_id for one in buckets})
    amount_of = {(one.business_date_id, one.bucket): one.overdue_total for one in buckets}
    amounts = [[amount_of.get((day, name), 0) for day in dates] for name in names[1:]]
    totals = [sum(column) for column in zip(*amounts, strict=True)]
    most = max(totals)
    time_finding = gettext(
        "Overdue went from %(first)s on %(start)s to %(last)s on %(end)s; the most was %(most)s on %(peak)s."
    ) % {
        "first": money(totals[0], currency),
        "start": dates[0],
        "last": money(totals[-1], currency),
        "end": dates[-1],
        "most": money(most, currency),
        "peak": dates[totals.index(most)],
    }
    over_time = (dates, names[1:], amounts, currency, time_finding)
    month_ends = [day for day, after in zip(dates, [*dates[1:], None], strict=True) if not after or after.day == 1]
    return BookInCurrency(
        currency=currency,
        rows=rows,
        open_loans=sum(one.loans for one in rows),
        principal_outstanding=sum(one.principal_outstanding for one in rows),
        overdue_loans=overdue_loans,
        overdue_total=overdue_total,
        in_ledger=in_ledger.get(currency, 0),
        bucket_finding=bucket_finding,
        bucket_chart=charts.bucket_bars(
            [(one.bucket, one.overdue_total, money(one.overdue_total, currency)) for one in late], bucket_finding
        ),
        time_finding=time_finding,
        time_chart=charts.overdue_over_time(*over_time),
        time_chart_phone=charts.overdue_over_time(*over_time, phone=True),
        months=[
            (day, [row[dates.index(day)] for row in amounts], totals[dates.index(day)]) for day in reversed(month_ends)
        ],
    )
