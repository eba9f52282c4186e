"""The queue of applications: filters that live in the address, how many wait, and for how long."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import ngettext

from duly.borrowing.models import Application, Decision
from duly.console.borrowing_words import of_application
from duly.people.languages import language_now
from duly.people.visibility import limited
from duly.screens.standing import Standing

PAGE_SIZE = 50
ALL, MINE, FREE = "all", "mine", "free"
HOUR = datetime.timedelta(hours=1)
# Waiting longer than the first is worth a look, longer than the second is late.
SOON, LATE = 24 * HOUR, 72 * HOUR


@dataclass(frozen=True)
class Filters:
    """What the address asks for; "" where it does not: then those that wait for a person."""

    q: str = ""
    state: str = ""
    taken: str = ""
    product: str = ""

    def query(self) -> str:
        """These filters as the query of an address."""
        return urlencode({name: value for name, value in vars(self).items() if value})


@dataclass(frozen=True)
class Row:
    """One application of the queue. `waiting` is how long it has waited for a person, in words and as a standing."""

    application: Application
    standing: Standing
    waiting: Standing | None
    why: str


@dataclass(frozen=True)
class Queue:
    """One page of applications, and how many there are of each state that is asked about."""

    filters: Filters
    rows: Sequence[Row]
    page: Page
    counts: Mapping[str, int]
    waiting: int
    oldest: Standing | None
    products: Sequence[str]


def read_filters(asked: QueryDict) -> Filters:
    """The filters in an address. Raises ValueError, naming the field, for a value that no filter has."""
    filters = Filters(**{name: asked.get(name, "").strip()[:100] for name in Filters.__dataclass_fields__})
    for name, allowed in (("state", [*Application.State.values, ALL]), ("taken", [MINE, FREE])):
        value = getattr(filters, name)
        if value and value not in allowed:
            raise ValueError(f"{name}={value}")
    return filters


def queue_of(filters: Filters, page: str, user: User, now: datetime.datetime) -> Queue:
    """The applications that `filters` leave of those that `user` may see, those that wait longest first."""
    seen = limited(Application.objects.all(), user)
    counts = {one["state"]: one for one in seen.values("state").annotate(n=Count("pk"), since=Min("waiting_since"))}
    last = Decision.objects.filter(application=OuterRef("pk")).order_by("-decided_at", "-pk")
    found = _filtered(seen, filters, user).select_related("borrower", "product")
    found = found.annotate(reasons=Subquery(last.values("reasons")[:1]))
    order = [F("waiting_since").asc(nulls_last=True), F("submitted_at").desc(nulls_last=True), "-pk"]
    shown = Paginator(found.order_by(*order), PAGE_SIZE).get_page(page)
    referred = counts.get(Application.State.REFERRED)
    return Queue(
        filters=filters,
        rows=[_row(one, now) for one in shown],
        page=shown,
        counts={state: one["n"] for state, one in counts.items()},
        waiting=referred["n"] if referred else 0,
        oldest=waiting_for(referred["since"], now) if referred else None,
        products=sorted(set(seen.values_list("product__code", flat=True).distinct())),
    )


def waiting_for(since: datetime.datetime, now: datetime.datetime) -> Standing:
    """How long something has waited, in words; its meaning by how long that is."""
    waited = now - since
    meaning = "late" if waited > LATE else "attention" if waited > SOON else "still"
    hours = int(waited / HOUR)
    if hours < 1:
        minutes = max(0, int(waited.total_seconds() // 60))
        return Standing(meaning, ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes})
    if hours < 48:
        return Standing(meaning, ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours})
    return Standing(meaning, ngettext("%(n)s day", "%(n)s days", hours // 24) % {"n": hours // 24})


def _row(application: Application, now: datetime.datetime) -> Row:
    since = application.waiting_since
    return Row(
        application,
        of_application(application.state),
        None if since is None else waiting_for(since, now),
        "; ".join(one[language_now()] for one in application.reasons or ()),
    )


def _filtered(seen: QuerySet[Application], filters: Filters, user: User) -> QuerySet[Application]:
    found = seen
    if filters.state != ALL:
        found = found.filter(state=filters.state or Application.State.REFERRED)
    if filters.q:
        found = found.filter(Q(reference__iexact=filters.q) | Q(borrower__reference__iexact=filters.q))
    if filters.product:
        found = found.filter(product__code=filters.product)
    if filters.taken:
        found = found.filter(taken_by=user.get_username() if filters.taken == MINE else "")
    return found
