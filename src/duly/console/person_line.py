"""The time line of one person: what every room has on record of them, in one order, newest first."""

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import BigIntegerField, CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from duly.borrowing.models import ApplicationEvent, Decision, DrawdownEvent, LineEvent
from duly.borrowing.models.kept import BY_BORROWER
from duly.console.borrowing_words import (
    application_event_words,
    line_event_words,
    of_drawdown,
    of_outcome,
    reason_of_line,
)
from duly.contact.models import Decision as ContactDecision
from duly.lending.models import Loan
from duly.people.consents import text_of
from duly.people.languages import language_now
from duly.people.models import Borrower, Circumstance
from duly.people.models.consents import ConsentEvent
from duly.people.models.reveals import Reveal
from duly.people.roles import Role, roles_of
from duly.screens.figures import money, rate
from duly.screens.standing import channel_words, fact_words

# The most that is read at once; older ones are on the pages that the lines lead to.
MOST = 1000
BEGINS, ENDS, GIVEN, WITHDRAWN = "begins", "ends", "given", "withdrawn"


@dataclass(frozen=True)
class Entry:
    """One line: when, of which kind, what, a few words more, by whom, and where it is seen in full."""

    at: datetime.datetime
    kind: str
    what: str
    more: str = ""
    by: str = ""
    link: str = ""


@dataclass(frozen=True)
class Told:
    """What the tables of events have in common. `amount` in minor units of `currency`; the rest is by kind."""

    kind: str
    at: datetime.datetime
    what: str
    subject: str
    amount: int | None
    currency: str
    by: str
    approved_by: str
    because: str


def entries_of(borrower: Borrower, loans: Sequence[Loan], user: User | AnonymousUser, kind: str = "") -> list[Entry]:
    """What is on record of `borrower` that `user` may see, of one `kind` or of all; newest first. Three queries.

    `loans` are theirs, with their facts and product read already.
    """
    kinds = kinds_for(user)
    wanted = [kind] if kind in kinds else kinds
    found = [_READ[told.kind](told) for told in _events(borrower, [one for one in wanted if one in _EVENTS])]
    if "decisions" in wanted:
        found += _decisions(borrower)
    if "contacts" in wanted:
        found += _contacts(borrower)
    if "facts" in wanted:
        found += _facts(loans)
    # At one instant a decision follows the application, and what comes of it follows the decision.
    return sorted(found, key=lambda entry: (entry.at, kinds.index(entry.kind)), reverse=True)


def kinds_for(user: User | AnonymousUser) -> list[str]:
    """The kinds that `user` may read: who looked at personal data is for compliance."""
    compliance = Role.COMPLIANCE in roles_of(user)
    return [kind for kind in _KINDS if kind != "reveals" or compliance]


def kind_words(kind: str) -> str:
    """A kind of line as the filter says it."""
    return str(_KINDS[kind])


def _events(borrower: Borrower, kinds: Sequence[str]) -> list[Told]:
    # One query over all tables of events: they are read together, and cut off together.
    found = [query for kind in kinds for query in _EVENTS[kind](borrower)]
    if not found:
        return []
    rows = found[0].union(*found[1:], all=True) if len(found) > 1 else found[0]
    newest = rows.order_by("-t_at", "-t_row")[:MOST]
    return [Told(**{column.removeprefix("t_"): row[column] for column in _COLUMNS}) for row in newest]


_COLUMNS = ("t_kind", "t_at", "t_what", "t_subject", "t_amount", "t_currency", "t_by", "t_approved_by", "t_because")
Column = str | F | Value | Coalesce | Cast


def _as_told(rows: QuerySet, kind: str, **columns: Column) -> QuerySet:
    text = Value("", CharField())
    given: dict[str, Column] = dict.fromkeys(
        ("t_what", "t_subject", "t_currency", "t_by", "t_approved_by", "t_because"), text
    )
    given |= {"t_kind": Value(kind, CharField()), "t_amount": Cast(Value(None), BigIntegerField()), "t_row": F("pk")}
    given |= {f"t_{name}": F(column) if isinstance(column, str) else column for name, column in columns.items()}
    return rows.order_by().annotate(**given).values(*_COLUMNS, "t_row")


def _word(text: str) -> Value:
    return Value(text, CharField())


_EVENTS: Mapping[str, Callable[[Borrower], list[QuerySet]]] = {
    "applications": lambda borrower: [
        _as_told(
            # What was decided has a line of its own.
            ApplicationEvent.objects.filter(application__borrower=borrower).exclude(
                kind__in=[ApplicationEvent.Kind.DECIDED, ApplicationEvent.Kind.REFERRED]
            ),
            "applications",
            at="at",
            what="kind",
            subject="application__reference",
            by="by",
        )
    ],
    "lines": lambda borrower: [
        _as_told(
            LineEvent.objects.filter(line__borrower=borrower),
            "lines",
            at="recorded_at",
            what="kind",
            subject="line__reference",
            amount="limit",
            currency="line__product__currency",
            by="by",
            approved_by="approved_by",
            because="reason",
        )
    ],
    "drawdowns": lambda borrower: [
        _as_told(
            DrawdownEvent.objects.filter(drawdown__line__borrower=borrower),
            "drawdowns",
            at="at",
            what="state",
            subject="drawdown__reference",
            amount="drawdown__amount",
            currency="drawdown__line__product__currency",
            by="by",
            because="drawdown__line__reference",
        )
    ],
    "circumstances": lambda borrower: [
        _as_told(
            Circumstance.objects.filter(borrower=borrower),
            "circumstances",
            at="since",
            what="kind",
            because=_word(BEGINS),
        ),
        _as_told(
            Circumstance.objects.filter(borrower=borrower, until__isnull=False),
            "circumstances",
            at="until",
            what="kind",
            because=_word(ENDS),
        ),
    ],
    "consents": lambda borrower: [
        _as_told(
            ConsentEvent.objects.filter(borrower=borrower, given=given),
            "consents",
            at="at",
            what="purpose",
            by=Coalesce("by__username", _word(BY_BORROWER)),
            because=_word(GIVEN if given else WITHDRAWN),
        )
        for given in (True, False)
    ],
    "reveals": lambda borrower: [
        _as_told(
            Reveal.objects.filter(borrower=borrower),
            "reveals",
            at="at",
            what="field",
            by="user__username",
            because="why",
        )
    ],
}


def _application(told: Told) -> Entry:
    link = reverse("application", args=[told.subject])
    return Entry(told.at, told.kind, application_event_words(told.what), told.subject, _who(told.by), link)


def _line(told: Told) -> Entry:
    more = f"{money(told.amount, told.currency)}; {reason_of_line(told.because)}"
    by = f"{_who(told.by)}, {told.approved_by}" if told.approved_by else _who(told.by)
    return Entry(told.at, told.kind, line_event_words(told.what), more, by, reverse("line", args=[told.subject]))


def _drawdown(told: Told) -> Entry:
    more = f"{told.subject}: {money(told.amount, told.currency)}"
    link = reverse("line", args=[told.because])
    return Entry(told.at, told.kind, of_drawdown(told.what).word, more, _who(told.by), link)


def _circumstance(told: Told) -> Entry:
    more = gettext("begins") if told.because == BEGINS else gettext("ends")
    return Entry(told.at, told.kind, circumstance_words(told.what), more)


def _consent(told: Told) -> Entry:
    what = gettext("Agreed to") if told.because == GIVEN else gettext("No longer agrees to")
    return Entry(told.at, told.kind, what, text_of(told.what, language_now()).title, _who(told.by))


def _reveal(told: Told) -> Entry:
    more = f"{told.what}: {Reveal.Why(told.because).label}"
    return Entry(told.at, told.kind, gettext("Personal data looked at"), more, told.by)


_READ: Mapping[str, Callable[[Told], Entry]] = {
    "applications": _application,
    "lines": _line,
    "drawdowns": _drawdown,
    "circumstances": _circumstance,
    "consents": _consent,
    "reveals": _reveal,
}


def _decisions(borrower: Borrower) -> Iterator[Entry]:
    decisions = Decision.objects.filter(application__borrower=borrower).select_related("application__product")
    for one in decisions.order_by("-decided_at", "-pk")[:MOST]:
        limit = f"{money(one.limit, one.application.product.currency)}, {rate(one.annual_rate)}; " if one.limit else ""
        why = "; ".join(reason[language_now()] for reason in one.reasons)
        by = _who(one.decided_by) or gettext("the policy")
        yield Entry(
            one.decided_at,
            "decisions",
            of_outcome(one.outcome).word,
            limit + why,
            f"{by}, {one.approved_by}" if one.approved_by else by,
            reverse("application", args=[one.application.reference]),
        )


def _facts(loans: Sequence[Loan]) -> Iterator[Entry]:
    for loan in loans:
        link = reverse("explain_loan", args=[loan.reference])
        for fact in loan.facts.all():
            noon = timezone.make_aware(datetime.datetime.combine(fact.value_date, datetime.time(12)))
            amount = "" if fact.amount is None else f": {money(fact.amount, loan.product.currency)}"
            what = fact_words(fact.kind) + (f" ({fact_words(fact.component)})" if fact.component else "")
            yield Entry(noon, "facts", what, f"{loan.reference}{amount}", "", link)


def _contacts(borrower: Borrower) -> Iterator[Entry]:
    decisions = ContactDecision.objects.filter(borrower=borrower).order_by("-decided_at")
    for one in decisions.only("decided_at", "channel", "template", "allowed", "borrower")[:MOST]:
        answer = gettext("Contact allowed") if one.allowed else gettext("Contact not allowed")
        yield Entry(one.decided_at, "contacts", answer, f"{channel_words(one.channel)} {one.template}".strip())


def _who(by: str) -> str:
    return gettext("the borrower") if by == BY_BORROWER else by


_KINDS = {
    "applications": gettext_lazy("Applications"),
    "decisions": gettext_lazy("Decisions"),
    "lines": gettext_lazy("Lines"),
    "drawdowns": gettext_lazy("Drawdowns"),
    "facts": gettext_lazy("Loans and payments"),
    "contacts": gettext_lazy("Contacts decided"),
    "circumstances": gettext_lazy("Circumstances"),
    "consents": gettext_lazy("Consents"),
    "reveals": gettext_lazy("Personal data looked at"),
}
_CIRCUMSTANCES = {
    "cease_requested": pgettext_lazy("circumstance", "Asked not to be contacted"),
    "represented": pgettext_lazy("circumstance", "Has a lawyer"),
    "disputed": pgettext_lazy("circumstance", "Disputes the debt"),
    "complaint_open": pgettext_lazy("circumstance", "Has complained"),
    "bankrupt": pgettext_lazy("circumstance", "Bankrupt"),
    "deceased": pgettext_lazy("circumstance", "Has died"),
    "incapacitated": pgettext_lazy("circumstance", "Unable to act"),
    "hardship": pgettext_lazy("circumstance", "In difficulty"),
    "breathing_space": pgettext_lazy("circumstance", "Breathing space"),
    "vulnerable": pgettext_lazy("circumstance", "Needs special care"),
    "minor": pgettext_lazy("circumstance", "Not of age"),
}


def circumstance_words(kind: str) -> str:
    """A circumstance as the page says it."""
    return str(_CIRCUMSTANCES.get(kind, kind.replace("_", " ")))
