"""Words and standings of borrowing as the staff's pages say them."""

from django.utils.translation import gettext_lazy, pgettext_lazy

from duly.borrowing.models import Application, ApplicationEvent, CreditLine, Document, Drawdown, LineEvent
from duly.borrowing.reasons import FOR_LINES
from duly.people.languages import language_now
from duly.screens.standing import Standing

_APPLICATIONS = {
    Application.State.BEGUN: ("still", gettext_lazy("Being filled in")),
    Application.State.SUBMITTED: ("attention", gettext_lazy("Handed in")),
    Application.State.REFERRED: ("attention", gettext_lazy("Waits for a person")),
    Application.State.APPROVED: ("good", gettext_lazy("Approved")),
    Application.State.REFUSED: ("blocked", gettext_lazy("Refused")),
    Application.State.WITHDRAWN: ("still", gettext_lazy("Withdrawn")),
    Application.State.EXPIRED: ("still", gettext_lazy("Expired")),
}
_LINES = {
    CreditLine.State.OPEN: ("good", pgettext_lazy("line", "Open")),
    CreditLine.State.FROZEN: ("blocked", pgettext_lazy("line", "On hold")),
    CreditLine.State.CLOSED: ("still", pgettext_lazy("line", "Closed")),
}
_DRAWDOWNS = {
    Drawdown.State.DRAWN: ("attention", gettext_lazy("Waits for a signature")),
    Drawdown.State.SIGNED: ("attention", gettext_lazy("Signed, not yet paid out")),
    Drawdown.State.SENDING: ("attention", gettext_lazy("Money on its way")),
    Drawdown.State.DISBURSED: ("good", gettext_lazy("Paid out")),
    Drawdown.State.WITHDRAWING: ("attention", gettext_lazy("Being withdrawn from")),
    Drawdown.State.WITHDRAWN: ("still", gettext_lazy("Withdrawn from")),
    Drawdown.State.GIVEN_UP: ("still", gettext_lazy("Not taken")),
    Drawdown.State.LAPSED: ("still", gettext_lazy("Not signed in time")),
    Drawdown.State.FAILED: ("late", gettext_lazy("Could not be paid out")),
}
_APPLICATION_EVENTS = {
    ApplicationEvent.Kind.BEGUN: gettext_lazy("Application begun"),
    ApplicationEvent.Kind.SUBMITTED: gettext_lazy("Application handed in"),
    ApplicationEvent.Kind.DECIDED: gettext_lazy("Application decided"),
    ApplicationEvent.Kind.REFERRED: gettext_lazy("Application referred to a person"),
    ApplicationEvent.Kind.TAKEN: gettext_lazy("Application taken to look at"),
    ApplicationEvent.Kind.PUT_BACK: gettext_lazy("Application put back into the queue"),
    ApplicationEvent.Kind.SECOND_PERSON_ASKED: gettext_lazy("Second person asked about the application"),
    ApplicationEvent.Kind.REVIEW_ASKED: gettext_lazy("The borrower asked for a review by a person"),
    ApplicationEvent.Kind.DOCUMENT_ADDED: gettext_lazy("Paper added"),
    ApplicationEvent.Kind.WITHDRAWN: gettext_lazy("Application withdrawn"),
    ApplicationEvent.Kind.EXPIRED: gettext_lazy("Application expired"),
}
_LINE_EVENTS = {
    LineEvent.Kind.OPENED: gettext_lazy("Line opened"),
    LineEvent.Kind.LIMIT_CHANGED: gettext_lazy("Limit changed"),
    LineEvent.Kind.FROZEN: gettext_lazy("Line put on hold"),
    LineEvent.Kind.THAWED: gettext_lazy("Line released"),
    LineEvent.Kind.CLOSED: gettext_lazy("Line closed"),
}
_DOCUMENTS = {
    Document.Kind.IDENTITY: gettext_lazy("Identity card"),
    Document.Kind.INCOME: gettext_lazy("Proof of income"),
    Document.Kind.STATEMENT: gettext_lazy("Account statement"),
    Document.Kind.OTHER: gettext_lazy("Other paper"),
}
_OUTCOMES = {
    "approved": ("good", gettext_lazy("Approved")),
    "refused": ("blocked", gettext_lazy("Refused")),
    "referred": ("attention", gettext_lazy("Referred to a person")),
}
_CHECKS = {
    "pass": ("good", pgettext_lazy("check", "Passed")),
    "refuse": ("blocked", pgettext_lazy("check", "Refuses")),
    "refer": ("attention", pgettext_lazy("check", "Refers to a person")),
}


def of_application(state: str) -> Standing:
    """An application's standing."""
    return _standing(_APPLICATIONS[Application.State(state)])


def of_outcome(outcome: str) -> Standing:
    """A decision's standing."""
    return _standing(_OUTCOMES[outcome])


def of_check(result: str) -> Standing:
    """A check's standing."""
    return _standing(_CHECKS[result])


def of_line(state: str) -> Standing:
    """A line's standing."""
    return _standing(_LINES[CreditLine.State(state)])


def of_drawdown(state: str) -> Standing:
    """A drawdown's standing."""
    return _standing(_DRAWDOWNS[Drawdown.State(state)])


def application_event_words(kind: str) -> str:
    """A line of an application's story."""
    return str(_APPLICATION_EVENTS[ApplicationEvent.Kind(kind)])


def line_event_words(kind: str) -> str:
    """A line of a credit line's story."""
    return str(_LINE_EVENTS[LineEvent.Kind(kind)])


def document_words(kind: str) -> str:
    """A kind of paper."""
    return str(_DOCUMENTS[Document.Kind(kind)])


def reason_of_line(code: str) -> str:
    """Why a line changed, in the language of the page."""
    return str(getattr(FOR_LINES[code], language_now()))


def _standing(found: tuple[str, object]) -> Standing:
    return Standing(found[0], str(found[1]))
