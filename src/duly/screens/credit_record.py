"""The words of the credit record: how a month stands, the risk class, and to whom it is reported."""

from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from duly.bureau.record import Reported
from duly.screens.standing import Standing, of_loan

_RISK = {
    "normal": pgettext_lazy("risk class", "normal"),
    "special_mention": pgettext_lazy("risk class", "special mention"),
    "substandard": pgettext_lazy("risk class", "substandard"),
    "doubtful": pgettext_lazy("risk class", "doubtful"),
    "loss": pgettext_lazy("risk class", "loss"),
}
_LAYOUTS = {
    "cn": gettext_lazy("Credit reference centre (China)"),
    "metro2": gettext_lazy("Credit bureaus (Metro 2)"),
}
_DECISIONS = {
    "corrected": gettext_lazy("You were right: it is put right with the next report."),
    "withdrawn": gettext_lazy("You were right: the month is taken out of the record with the next report."),
    "refused": gettext_lazy("We looked into it, and what was reported is right."),
}


def standing_of(reported: Reported) -> Standing:
    """How a month that was reported stands."""
    if reported.status == "deleted":
        return Standing("still", gettext("Taken out"))
    return of_loan(reported.status, reported.line.days_past_due)


def risk_words(name: str) -> str:
    """A risk class as people say it."""
    return str(_RISK.get(name, name))


def layout_words(layout: str) -> str:
    """To whom months in a layout are reported."""
    return str(_LAYOUTS.get(layout, layout))


def decision_words(decision: str) -> str:
    """A decision on an objection, to the borrower."""
    return str(_DECISIONS.get(decision, ""))
