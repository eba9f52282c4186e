"""Credit lines: opening one, what is left of it, and changes of its limit and state."""

import datetime
import secrets
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from duly.borrowing.line_terms import parse_line_terms
from duly.borrowing.models import Application, CreditLine, Decision, Drawdown, LineEvent
from duly.borrowing.models.kept import BY_BORROWER, BY_DULY
from duly.borrowing.reasons import FOR_LINES, line_reason
from duly.borrowing.words import money_words
from duly.engine import dates
from duly.engine.errors import InputError
from duly.engine.money import MAX_MONEY
from duly.engine.position import Position
from duly.lending.models import Loan
from duly.lending.positions import position_on
from duly.people import approvals
from duly.people.languages import language_now
from duly.people.models import Approval
from duly.people.roles import Role

RAISE_LIMIT = "raise_limit"
# Letters and digits that are not mistaken for one another when read out.
_CLEAR = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@dataclass(frozen=True)
class LineStanding:
    """A line on a date. Money in minor units of `currency`; `left` is what can be drawn, never below zero.

    `outstanding` is the principal of its loans by the fold, what was lost of them included; `in_progress` is what
    drawdowns hold that are not paid out yet; `late` whether one of its loans is overdue or was lost.
    """

    line: CreditLine
    on: datetime.date
    state: str
    limit: int
    outstanding: int
    in_progress: int
    late: bool

    @property
    def currency(self) -> str:
        """The line's currency, by its ISO 4217 code."""
        return self.line.product.currency

    @property
    def left(self) -> int:
        """What can still be drawn."""
        return max(0, self.limit - self.outstanding - self.in_progress)

    @property
    def expired(self) -> bool:
        """Whether its time is over."""
        return self.on > self.line.expires_on


def new_reference(letter: str) -> str:
    """A reference nobody can guess the next of: a letter and ten clear characters."""
    return letter + "".join(secrets.choice(_CLEAR) for _ in range(10))


def open_line(application: Application, on: datetime.date, at: datetime.datetime | None = None) -> CreditLine:
    """The borrower takes what was approved, at the instant `at` (now): their line, the same however often they ask.

    An older line of the same product is closed. Raises InputError when nothing is approved, or not any more.
    """
    with transaction.atomic():
        application = (
            Application.objects.select_for_update(of=("self",)).select_related("product").get(pk=application.pk)
        )
        decision = application.decisions.order_by("decided_at", "pk").last()
        if application.state != Application.State.APPROVED or decision is None:
            raise InputError(
                gettext("This application has not been approved."), "/application", gettext("Wait for the decision.")
            )
        there = CreditLine.objects.filter(decision=decision).select_related("product").first()
        if there is not None:
            return there
        if on > (decision.expires_on or on):
            raise InputError(
                gettext("The approval was for a time that is over."), "/application", gettext("Apply again.")
            )
        older = CreditLine.objects.select_for_update().filter(
            borrower_id=application.borrower_id, product__code=application.product.code
        )
        for line in older.order_by("pk"):
            now = line.events.order_by("on", "pk").last()
            if now.state != CreditLine.State.CLOSED:
                _add(line, LineEvent.Kind.CLOSED, on, now.limit, CreditLine.State.CLOSED, "replaced", BY_DULY, at=at)
        return _opened(application, decision, on, at)


def _opened(
    application: Application, decision: Decision, on: datetime.date, at: datetime.datetime | None
) -> CreditLine:
    months = parse_line_terms(application.product.terms).line_months
    line = CreditLine.objects.create(
        reference=new_reference("L"),
        borrower_id=application.borrower_id,
        product=application.product,
        decision=decision,
        annual_rate=decision.annual_rate,
        grade=decision.grade,
        opened_on=on,
        expires_on=dates.date(dates.add_months(dates.days(on), months, dates.CLAMP)),
    )
    _add(line, LineEvent.Kind.OPENED, on, decision.limit, CreditLine.State.OPEN, "accepted", BY_BORROWER, at=at)
    return line


def standing_on(line: CreditLine, on: datetime.date) -> LineStanding:
    """The line on `on`, its loans folded from their facts. Four queries. Raises InputError before it was opened."""
    found = standings_on([line], on)
    if not found:
        raise InputError(gettext("This line was not yet opened on that day."), "/on", gettext("Ask for a later date."))
    return found[0]


def standings_on(
    lines: Sequence[CreditLine], on: datetime.date, known: Mapping[int, Position] | None = None
) -> list[LineStanding]:
    """Those of `lines` that were opened by `on`, as they stood. Four queries, however many.

    What is owed and held counts for the borrower and the product, on whichever of their lines it was drawn. `known`
    are positions on `on` by the loan's id, where all of these borrowers' are read already: it spares two queries.
    """
    events = {
        event.line_id: event for event in LineEvent.objects.filter(line__in=lines, on__lte=on).order_by("on", "pk")
    }
    drawn: dict[tuple[int, str], list[tuple[str, int, int | None]]] = defaultdict(list)
    rows = Drawdown.objects.filter(line__borrower__in={line.borrower_id for line in lines})
    names = ("line__borrower_id", "line__product__code", "state", "amount", "loan_id")
    for borrower, code, *rest in rows.values_list(*names):
        drawn[borrower, code].append(tuple(rest))
    lent = {loan for some in drawn.values() for *_, loan in some if loan is not None}
    positions = _positions(lent, on) if known is None else known
    return [
        _standing(line, on, events[line.pk], drawn[line.borrower_id, line.product.code], positions)
        for line in lines
        if line.pk in events
    ]


def _positions(lent: Collection[int], on: datetime.date) -> dict[int, Position]:
    loans = Loan.objects.filter(pk__in=lent, disbursed_on__lte=on).select_related("product").prefetch_related("facts")
    return {loan.pk: position_on(loan, on) for loan in loans}


def _standing(
    line: CreditLine,
    on: datetime.date,
    event: LineEvent,
    drawn: Sequence[tuple[str, int, int | None]],
    positions: Mapping[int, Position],
) -> LineStanding:
    held = outstanding = 0
    late = False
    for state, amount, loan in drawn:
        if state in Drawdown.IN_PROGRESS:
            held += amount
        elif loan is not None and loan not in positions:
            outstanding += amount  # paid out after `on`
        elif loan is not None:
            found = positions[loan]
            # What was written off is not paid back: it leaves no room for more.
            outstanding += found.outstanding["principal"] + found.written_off["principal"]
            late = late or found.days_past_due > 0 or found.status == "written_off"
    return LineStanding(line, on, event.state, event.limit, outstanding, held, late)


def left_of(line: CreditLine, on: datetime.date) -> int:
    """What can be drawn on `on`, in minor units: the limit less principal outstanding and drawdowns in progress."""
    return standing_on(line, on).left


def change_limit(line: CreditLine, limit: int, reason: str, by: User, on: datetime.date) -> LineEvent | None:
    """Another limit from `on` on, in minor units; None where a second person is asked first.

    More than one person may give alone waits for another's approval. What is drawn already stays as it was agreed.
    Raises InputError.
    """
    line_reason(reason)
    if not 0 <= limit <= MAX_MONEY:
        raise InputError(gettext("This is not an amount for a limit."), "/limit", gettext("Give zero or more."))
    with transaction.atomic():
        now = _locked(line, on)
        alone = parse_line_terms(line.product.terms).one_person_limit
        if limit > now.limit and limit > alone:
            content = {
                "line": line.reference,
                "from": now.limit,
                "limit": limit,
                "reason": reason,
                "on": on.isoformat(),
                "by": by.username,
            }
            approvals.ask(RAISE_LIMIT, content, by, line.reference)
            return None
        return _add(line, LineEvent.Kind.LIMIT_CHANGED, on, limit, now.state, reason, by.username)


def _raise_shown(said: dict[str, Any]) -> list[tuple[str, str]]:
    currency = CreditLine.objects.select_related("product").get(reference=said["line"]).product.currency
    limits = f"{money_words(said['from'], currency)} → {money_words(said['limit'], currency)}"
    return [
        (gettext("Line"), said["line"]),
        (gettext("Limit"), limits),
        (gettext("Reason"), getattr(FOR_LINES[said["reason"]], language_now())),
    ]


@approvals.carries_out(
    RAISE_LIMIT,
    title=gettext_lazy("Raise the limit of a line"),
    approvers=[Role.UNDERWRITER, Role.COMPLIANCE],
    shown=_raise_shown,
)
def _raise_limit(said: dict[str, Any], approval: Approval) -> str:
    line = CreditLine.objects.select_related("product").get(reference=said["line"])
    # It counts from the day it is agreed to, or from the later one that was asked for.
    on = max(datetime.date.fromisoformat(said["on"]), timezone.localdate())
    now = _locked(line, on)
    if now.limit != said["from"]:
        raise InputError(
            gettext("The limit has changed since this was asked for."), "/limit", gettext("Look at it again.")
        )
    kind, other = LineEvent.Kind.LIMIT_CHANGED, approval.decided_by.get_username()
    _add(line, kind, on, said["limit"], now.state, said["reason"], said["by"], other)
    return f"{line.reference}: {money_words(said['limit'], line.product.currency)}"


def freeze(line: CreditLine, reason: str, by: str, on: datetime.date) -> LineEvent:
    """Nothing can be drawn from `on` on, until it is thawed. Raises InputError."""
    return _change(line, LineEvent.Kind.FROZEN, CreditLine.State.FROZEN, reason, by, on)


def thaw(line: CreditLine, reason: str, by: str, on: datetime.date) -> LineEvent:
    """A frozen line can be drawn again. Raises InputError."""
    return _change(line, LineEvent.Kind.THAWED, CreditLine.State.OPEN, reason, by, on)


def close_line(line: CreditLine, reason: str, by: str, on: datetime.date) -> LineEvent:
    """Nothing is ever drawn again; what was drawn is paid back as agreed. Raises InputError."""
    return _change(line, LineEvent.Kind.CLOSED, CreditLine.State.CLOSED, reason, by, on)


def _change(line: CreditLine, kind: str, state: str, reason: str, by: str, on: datetime.date) -> LineEvent:
    line_reason(reason)
    with transaction.atomic():
        now = _locked(line, on)
        if now.state == state:
            return now
        return _add(line, kind, on, now.limit, state, reason, by)


def _locked(line: CreditLine, on: datetime.date) -> LineEvent:
    # The line's row is the lock: changes and drawdowns of one line go one after the other.
    CreditLine.objects.select_for_update().get(pk=line.pk)
    last = line.events.order_by("on", "pk").last()
    if last is None or last.state == CreditLine.State.CLOSED:
        raise InputError(gettext("This line is closed."), "/line", gettext("The borrower may apply again."))
    if last.on > on:
        raise InputError(
            gettext("A later change is on record."), "/on", gettext("Give a date on or after the last change.")
        )
    return last


def _add(
    line: CreditLine,
    kind: str,
    on: datetime.date,
    limit: int,
    state: str,
    reason: str,
    by: str,
    approved_by: str = "",
    at: datetime.datetime | None = None,
) -> LineEvent:
    return LineEvent.objects.create(
        line=line,
        kind=kind,
        on=on,
        limit=limit,
        state=state,
        reason=reason,
        by=by,
        approved_by=approved_by,
        recorded_at=at or timezone.now(),
    )


def not_drawable(standing: LineStanding) -> InputError | None:
    """Why nothing at all can be drawn, or None."""
    if standing.state == CreditLine.State.CLOSED or standing.expired:
        return InputError(
            gettext("This line has ended."), "/line", gettext("Apply for a new one; what you drew stays as agreed.")
        )
    if standing.state == CreditLine.State.FROZEN:
        return InputError(gettext("This line is on hold."), "/line", gettext("Ask us why; we will tell you."))
    if standing.late:
        return InputError(
            gettext("A loan on this line is overdue."), "/line", gettext("Bring it up to date, then draw again.")
        )
    return None


def too_much(standing: LineStanding) -> InputError:
    """That more was asked for than is left."""
    left = money_words(standing.left, standing.currency)
    return InputError(
        gettext("At most %(left)s is left to draw.") % {"left": left}, "/amount", gettext("Choose a smaller amount.")
    )
