"""Plans, promises and relief in words: why a proposal will not do, and how one stands."""

import datetime

from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext_lazy

from duly.collection.plans.models import Plan
from duly.collection.plans.offers import Reason
from duly.collection.promises.models import Promise
from duly.people.languages import date_in_words, language_now
from duly.screens.figures import money
from duly.screens.standing import Standing

_PLANS = {
    Plan.State.WAITING: ("attention", gettext_lazy("Waits for the first payment")),
    Plan.State.KEPT: ("good", gettext_lazy("Kept")),
    Plan.State.AT_RISK: ("late", gettext_lazy("An installment is late")),
    Plan.State.BROKEN: ("blocked", gettext_lazy("Broken")),
    Plan.State.DONE: ("good", gettext_lazy("Paid to the end")),
    Plan.State.LAPSED: ("still", gettext_lazy("Lapsed: the first payment did not come")),
}
_PROMISES = {
    Promise.State.OPEN: ("attention", pgettext_lazy("promise", "Open")),
    Promise.State.KEPT: ("good", gettext_lazy("Kept")),
    Promise.State.PARTLY_KEPT: ("attention", gettext_lazy("Partly kept")),
    Promise.State.BROKEN: ("late", gettext_lazy("Broken")),
    Promise.State.WITHDRAWN: ("still", gettext_lazy("Taken back")),
}


def of_plan(state: str) -> Standing:
    """A plan's standing."""
    meaning, word = _PLANS[Plan.State(state)]
    return Standing(meaning, str(word))


def of_promise(state: str) -> Standing:
    """A promise's standing."""
    meaning, word = _PROMISES[Promise.State(state)]
    return Standing(meaning, str(word))


def reason_words(reason: Reason, currency: str) -> str:
    """Why a proposal may not be agreed, as a sentence with its bound, in the language of the page."""
    bound = reason.bound
    if isinstance(bound, datetime.date):
        day = date_in_words(bound, language_now())
        if reason.code == "first_due_late":
            return gettext("The first installment can be on %(day)s at the latest.") % {"day": day}
        return gettext("The first installment can be on %(day)s at the earliest.") % {"day": day}
    if reason.code == "installments":
        return ngettext(
            "It can be spread over one month at most.", "It can be spread over %(bound)s months at most.", bound
        ) % {"bound": bound}
    amount = {"amount": money(bound, currency)}
    if reason.code == "down_payment":
        return gettext("At least %(amount)s has to be paid at once: a part of what is overdue.") % amount
    if reason.code == "least_installment":
        return gettext("An installment has to be %(amount)s or more.") % amount
    if reason.code == "present_value":
        return gettext("So spread out, it would be worth less today than the %(amount)s that we need.") % amount
    return gettext("For a debt like this we have no plan ready. Talk to us: a person can look for one.")
