"""Entries of the bank that nothing on record explains: a person says what one was for, once a second person agrees.

An explanation takes money out of what is looked for, so one person alone could hide a loss with it.
"""

from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext, gettext_lazy

from duly.engine.errors import InputError
from duly.payments.models import BankEntry, EntryExplanation
from duly.payments.reconciliation import unexplained_entries
from duly.payments.refunds import amount_and_why
from duly.people import approvals
from duly.people.models import Approval
from duly.people.roles import Role

KIND = "entry_explanation"


def ask_explanation(entry: BankEntry, why: str, by: User) -> Approval:
    """Ask for `entry` to count as explained by `why`. Raises InputError without a reason, and for one that is."""
    why = why.strip()
    if not why:
        raise InputError(gettext("A reason is missing"), "/why", gettext("say in a line what the entry was for"))
    if not unexplained_entries().filter(pk=entry.pk).exists():
        raise InputError(gettext("This entry is explained"), "/entry", gettext("look at it again"))
    content = {
        "entry": entry.pk,
        "reference": entry.reference,
        "booked_on": entry.booked_on.isoformat(),
        "amount": entry.amount,
        "currency": entry.currency,
        "why": why[:200],
    }
    return approvals.ask(KIND, content, by, entry.reference[:64])


def _shown(content: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (gettext("Entry"), content["reference"]),
        (gettext("Booked on"), content["booked_on"]),
        *amount_and_why(content),
    ]


@approvals.carries_out(KIND, title=gettext_lazy("Explain an entry of the bank"), approvers=[Role.FINANCE], shown=_shown)
def explain_entry(content: dict[str, Any], approval: Approval) -> str:
    """Carry out: the entry counts as explained. Never over what has come to explain it meanwhile."""
    entry = unexplained_entries().filter(pk=content["entry"]).first()
    if entry is None:
        raise InputError(gettext("This entry is explained"), "/entry", gettext("look at it again"))
    EntryExplanation.objects.create(entry=entry, why=content["why"], by=approval.asked_by)
    return entry.reference
