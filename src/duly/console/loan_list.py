"""The list of loans: filters that live in the address, totals of what they leave, one page of rows."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Q, QuerySet, Sum
from django.http import QueryDict
from django.utils.http import urlencode

from duly.close.buckets import CURRENT, bucket_names
from duly.close.models import Position
from duly.console import contacts_today
from duly.lending.models import Product
from duly.people.visibility import limited
from duly.screens.standing import Standing, of_loan

PAGE_SIZE = 50
OVERDUE = "overdue"
ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Filters:
    """What the address asks for; "" where it does not. `contact` is what became of a contact of today."""

    q: str = ""
    status: str = ""
    bucket: str = ""
    product: str = ""
    contact: str = ""

    def query(self, **changes: str) -> str:
        """These filters as the query of an address, with `changes`."""
        return urlencode({name: value for name, value in (vars(self) | changes).items() if value})


@dataclass(frozen=True)
class Row:
    """One loan of the list."""

    position: Position
    standing: Standing


@dataclass(frozen=True)
class Totals:
    """What the filters leave, in one currency. Money in minor units."""

    currency: str
    loans: int
    principal_outstanding: int
    overdue_total: int


@dataclass(frozen=True)
class LoanList:
    """One page of loans with the totals of all pages."""

    filters: Filters
    rows: Sequence[Row]
    page: Page
    totals: Sequence[Totals]
    products: Sequence[str]
    buckets: Sequence[str]


def read_filters(asked: QueryDict) -> Filters:
    """The filters in an address. Raises ValueError, naming the field, for a value that no filter has."""
    filters = Filters(**{name: asked.get(name, "").strip()[:100] for name in Filters.__dataclass_fields__})
    choices = {
        "status": Position.Status.values,
        "bucket": [*bucket_names(), OVERDUE],
        "contact": list(contacts_today.KINDS),
    }
    for name, allowed in choices.items():
        value = getattr(filters, name)
        if value and value not in allowed:
            raise ValueError(f"{name}={value}")
    return filters


def loan_list(
    filters: Filters, page: str, last_close: datetime.date | None, today: datetime.date, user: User
) -> LoanList:
    """The loans of `filters` that `user` may see, as the last close left them. Four queries, whatever the book."""
    found = limited(_filtered(filters, last_close, today), user, "loan__borrower")
    sums = (
        found.values(currency=F("loan__product__currency"))
        .annotate(
            loans=Count("pk"),
            principal=Sum("principal_outstanding"),
            overdue=Sum("overdue_total"),
        )
        .order_by("currency")
    )
    totals = [Totals(one["currency"], one["loans"], one["principal"], one["overdue"]) for one in sums]
    late_first = filters.bucket or filters.contact
    order = ("oldest_unpaid_due_on", "loan_id") if late_first else ("-loan_id",)
    paginator = Paginator(found.select_related("loan__product", "loan__borrower").order_by(*order), PAGE_SIZE)
    paginator.count = sum(one.loans for one in totals)  # known already: spares a query
    shown = paginator.get_page(page)
    return LoanList(
        filters=filters,
        rows=[Row(one, of_loan(one.status, days_past_due(one, last_close))) for one in shown],
        page=shown,
        totals=totals,
        products=list(Product.objects.order_by("code").values_list("code", flat=True).distinct()),
        buckets=bucket_names(),
    )


def days_past_due(position: Position, last_close: datetime.date | None) -> int:
    """Days since the oldest unpaid due date at the last close; 0 when nothing is overdue."""
    if last_close is None or position.oldest_unpaid_due_on is None:
        return 0
    return max(0, (last_close - position.oldest_unpaid_due_on).days)


def _filtered(filters: Filters, last_close: datetime.date | None, today: datetime.date) -> QuerySet[Position]:
    found = Position.objects.all()
    if filters.q:
        found = found.filter(
            Q(loan__reference__icontains=filters.q) | Q(loan__borrower__reference__icontains=filters.q)
        )
    if filters.status:
        found = found.filter(status=filters.status)
    if filters.product:
        found = found.filter(loan__product__code=filters.product)
    if filters.contact:
        contacts = contacts_today.contacts_of_day(today).filter(contacts_today.KINDS[filters.contact])
        found = found.filter(loan__in=contacts.values("loans"))
    if filters.bucket and last_close is not None:
        found = found.filter(_in_bucket(filters.bucket, last_close), status=Position.Status.OPEN)
    return found


def _in_bucket(bucket: str, last_close: datetime.date) -> Q:
    oldest = "oldest_unpaid_due_on"
    firsts: Sequence[int] = settings.DULY_BUCKETS
    if bucket == OVERDUE:
        return Q(**{f"{oldest}__lte": last_close - firsts[0] * ONE_DAY})
    place = bucket_names().index(bucket)
    if bucket == CURRENT:
        return Q(**{f"{oldest}__isnull": True}) | Q(**{f"{oldest}__gt": last_close - firsts[0] * ONE_DAY})
    late = Q(**{f"{oldest}__lte": last_close - firsts[place - 1] * ONE_DAY})
    if place < len(firsts):
        late &= Q(**{f"{oldest}__gt": last_close - firsts[place] * ONE_DAY})
    return late
