"""The time line of one person: what every room has on record of them, in one order, newest first."""

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from duly.borrowing.models import ApplicationEvent, Decision, DrawdownEvent, LineEvent
from duly.borrowing.models.kept import BY_BORROWER
from duly.borrowing.words import language_now
from duly.console.borrowing_words import (
    application_event_words,
    line_event_words,
    of_drawdown,
    of_outcome,
    reason_of_line,
)
from duly.contact.models import Decision as ContactDecision
from duly.lending.models import Fact
from duly.people.consents import text_of
from duly.people.models import Borrower, Circumstance
from duly.people.models.consents import ConsentEvent
from duly.people.models.reveals import Reveal
from duly.people.roles import Role, roles_of
from duly.screens.figures import money, rate
from duly.screens.standing import channel_words, fact_words

# The most that is read of each kind; older ones are on the pages that the lines lead to.
MOST = 300


@dataclass(frozen=True)
class Entry:
    """One line: when, of which kind, what, a few words more, by whom, and where it is seen in full."""

    at: datetime.datetime
    kind: str
    what: str
    more: str = ""
    by: str = ""
    link: str = ""


def entries_of(borrower: Borrower, user: User | AnonymousUser, kind: str = "") -> list[Entry]:
    """What is on record of `borrower` that `user` may see, of one `kind` or of all; newest first."""
    readers = readable_by(user)
    wanted = [kind] if kind in readers else list(readers)
    found = [entry for one in wanted for entry in readers[one](borrower)]
    return sorted(found, key=lambda entry: entry.at, reverse=True)


def readable_by(user: User | AnonymousUser) -> dict[str, "Reader"]:
    """The kinds that `user` may read: who looked at personal data is for compliance."""
    compliance = Role.COMPLIANCE in roles_of(user)
    return {kind: reader for kind, reader in _READERS.items() if kind != "reveals" or compliance}


def kind_words(kind: str) -> str:
    """A kind of line as the filter says it."""
    return str(_KINDS[kind])


def _applications(borrower: Borrower) -> Iterator[Entry]:
    skipped = (ApplicationEvent.Kind.DECIDED, ApplicationEvent.Kind.REFERRED)
    events = ApplicationEvent.objects.filter(application__borrower=borrower).exclude(kind__in=skipped)
    for one in events.select_related("application").order_by("-at")[:MOST]:
        reference = one.application.reference
        yield Entry(
            one.at, "applications", application_event_words(one.kind), reference, _who(one.by),
            reverse("application", args=[reference]),
        )  # fmt: skip


def _decisions(borrower: Borrower) -> Iterator[Entry]:
    decisions = Decision.objects.filter(application__borrower=borrower).select_related("application__product")
    for one in decisions.order_by("-decided_at")[:MOST]:
        limit = f"{money(one.limit, one.application.product.currency)}, {rate(one.annual_rate)}; " if one.limit else ""
        why = "; ".join(reason[language_now()] for reason in one.reasons)
        both = _who(one.decided_by) or gettext("the policy")
        yield Entry(
            one.decided_at,
            "decisions",
            of_outcome(one.outcome).word,
            limit + why,
            f"{both}, {one.approved_by}" if one.approved_by else both,
            reverse("application", args=[one.application.reference]),
        )


def _lines(borrower: Borrower) -> Iterator[Entry]:
    events = LineEvent.objects.filter(line__borrower=borrower).select_related("line__product")
    for one in events.order_by("-recorded_at")[:MOST]:
        limit = money(one.limit, one.line.product.currency)
        by = f"{_who(one.by)}, {one.approved_by}" if one.approved_by else _who(one.by)
        link = reverse("line", args=[one.line.reference])
        what, more = line_event_words(one.kind), f"{limit}; {reason_of_line(one.reason)}"
        yield Entry(one.recorded_at, "lines", what, more, by, link)


def _drawdowns(borrower: Borrower) -> Iterator[Entry]:
    events = DrawdownEvent.objects.filter(drawdown__line__borrower=borrower)
    for one in events.select_related("drawdown__line__product").order_by("-at")[:MOST]:
        line = one.drawdown.line
        more = f"{one.drawdown.reference}: {money(one.drawdown.amount, line.product.currency)}"
        link = reverse("line", args=[line.reference])
        yield Entry(one.at, "drawdowns", of_drawdown(one.state).word, more, _who(one.by), link)


def _facts(borrower: Borrower) -> Iterator[Entry]:
    facts = Fact.objects.filter(loan__borrower=borrower).select_related("loan__product")
    for one in facts.order_by("-value_date", "-pk")[:MOST]:
        noon = timezone.make_aware(datetime.datetime.combine(one.value_date, datetime.time(12)))
        amount = "" if one.amount is None else f": {money(one.amount, one.loan.product.currency)}"
        what = fact_words(one.kind) + (f" ({fact_words(one.component)})" if one.component else "")
        more = f"{one.loan.reference}{amount}"
        yield Entry(noon, "facts", what, more, "", reverse("explain_loan", args=[one.loan.reference]))


def _contacts(borrower: Borrower) -> Iterator[Entry]:
    decisions = ContactDecision.objects.filter(borrower=borrower).order_by("-decided_at")
    for one in decisions.only("decided_at", "channel", "template", "allowed", "borrower")[:MOST]:
        answer = gettext("Contact allowed") if one.allowed else gettext("Contact not allowed")
        yield Entry(one.decided_at, "contacts", answer, f"{channel_words(one.channel)} {one.template}".strip())


def _circumstances(borrower: Borrower) -> Iterator[Entry]:
    for one in Circumstance.objects.filter(borrower=borrower).order_by("-since")[:MOST]:
        yield Entry(one.since, "circumstances", circumstance_words(one.kind), gettext("begins"))
        if one.until is not None:
            yield Entry(one.until, "circumstances", circumstance_words(one.kind), gettext("ends"))


def _consents(borrower: Borrower) -> Iterator[Entry]:
    for one in ConsentEvent.objects.filter(borrower=borrower).select_related("by").order_by("-at")[:MOST]:
        what = gettext("Agreed to") if one.given else gettext("No longer agrees to")
        title = text_of(one.purpose, language_now()).title
        yield Entry(one.at, "consents", what, title, one.by.get_username() if one.by else _who(BY_BORROWER))


def _reveals(borrower: Borrower) -> Iterator[Entry]:
    for one in Reveal.objects.filter(borrower=borrower).select_related("user").order_by("-at")[:MOST]:
        more = f"{one.field}: {one.get_why_display()}"
        yield Entry(one.at, "reveals", gettext("Personal data looked at"), more, one.user.get_username())


def _who(by: str) -> str:
    return gettext("the borrower") if by == BY_BORROWER else by


Reader = Callable[[Borrower], Iterator[Entry]]
_READERS: dict[str, Reader] = {
    "applications": _applications,
    "decisions": _decisions,
    "lines": _lines,
    "drawdowns": _drawdowns,
    "facts": _facts,
    "contacts": _contacts,
    "circumstances": _circumstances,
    "consents": _consents,
    "reveals": _reveals,
}
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
    "minor": pgettext_lazy("circumstance", "Not of age"),
}


def circumstance_words(kind: str) -> str:
    """A circumstance as the page says it."""
    return str(_CIRCUMSTANCES.get(kind, kind.replace("_", " ")))
