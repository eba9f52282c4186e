"""Standings: the word and the meaning (good, attention, late, blocked, still) of each state that a page shows."""

import datetime
from dataclasses import dataclass

from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext_lazy

from duly.contact.models import Outcome, PlannedContact


@dataclass(frozen=True)
class Standing:
    """A state as a page shows it. `meaning` picks the shape and the colour, `word` says it."""

    meaning: str
    word: str


def of_loan(status: str, days_past_due: int) -> Standing:
    """A loan's standing by its position."""
    if status == "settled":
        return Standing("still", gettext("Settled"))
    if status == "written_off":
        return Standing("blocked", gettext("Written off"))
    if status == "cancelled":
        return Standing("still", gettext("Cancelled"))
    if status == "not_disbursed":
        return Standing("still", gettext("Not disbursed"))
    if days_past_due > 0:
        words = ngettext("%(days)s day overdue", "%(days)s days overdue", days_past_due)
        return Standing("late", words % {"days": days_past_due})
    return Standing("good", gettext("Up to date"))


def of_installment(due_on: datetime.date, outstanding: int, paid: int, on: datetime.date, status: str) -> Standing:
    """An installment's standing on a date."""
    if status == "written_off" and not paid:
        return Standing("blocked", gettext("Written off"))
    if outstanding <= 0:
        return Standing("good", gettext("Paid") if paid else gettext("Cleared"))
    if due_on < on:
        return Standing("late", gettext("Late"))
    if due_on == on:
        return Standing("attention", gettext("Due today"))
    return Standing("still", gettext("Paid in part") if paid else gettext("To come"))


_CONTACTS = {
    PlannedContact.Status.SENT: ("good", gettext_lazy("Sent")),
    PlannedContact.Status.PLANNED: ("attention", gettext_lazy("Planned")),
    PlannedContact.Status.HELD: ("blocked", gettext_lazy("Held back")),
    PlannedContact.Status.CANCELLED: ("still", gettext_lazy("Cancelled")),
    PlannedContact.Status.SENDING: ("attention", gettext_lazy("Handed over, no answer yet")),
    PlannedContact.Status.FAILED: ("blocked", gettext_lazy("Given up")),
}


def of_contact(status: str, why: str) -> Standing:
    """A planned contact's standing; one that waits for an hour that the law allows is put off."""
    if status == PlannedContact.Status.PLANNED and why:
        return Standing("attention", gettext("Put off"))
    meaning, word = _CONTACTS[PlannedContact.Status(status)]
    return Standing(meaning, str(word))


_FACTS = {
    "disbursed": gettext_lazy("Disbursed"),
    "paid": gettext_lazy("Paid"),
    "reversed": gettext_lazy("Reversed"),
    "waived": gettext_lazy("Waived"),
    "written_off": gettext_lazy("Written off"),
    "fee_charged": gettext_lazy("Fee charged"),
    "rescheduled": gettext_lazy("New terms"),
    "rate_changed": gettext_lazy("Rate changed"),
    "penalty_paused": gettext_lazy("Pause begins"),
    "penalty_resumed": gettext_lazy("Pause ends"),
    "accelerated": gettext_lazy("All due at once"),
    "recovered": gettext_lazy("Recovered"),
    "refunded": gettext_lazy("Refunded"),
    "cancelled": gettext_lazy("Cancelled"),
    "all": gettext_lazy("all that was left"),
    "principal": gettext_lazy("Principal"),
    "interest": gettext_lazy("Interest"),
    "penalty": gettext_lazy("Penalty interest"),
    "fee": gettext_lazy("Fee"),
    "credit": gettext_lazy("Credit balance"),
    "suspended_interest": gettext_lazy("Interest not counted as income"),
    "suspended_penalty": gettext_lazy("Penalty interest not counted as income"),
}


def fact_words(kind: str) -> str:
    """A kind of fact, or a component, as the page says it."""
    return str(_FACTS.get(kind, kind))


_CHANNELS = {
    "email": gettext_lazy("E-mail"),
    "sms": gettext_lazy("Text message"),
    "letter": gettext_lazy("Letter"),
    "voice": gettext_lazy("Phone call"),
    "app": gettext_lazy("Message in the app"),
    "visit": gettext_lazy("Visit"),
    "chat": gettext_lazy("Online chat"),
}


def channel_words(channel: str) -> str:
    """A way to reach a person as the page says it."""
    return str(_CHANNELS.get(channel, channel))


def outcome_words(outcome: str) -> str:
    """What came of a task: of a call or visit, or of a message that somebody approved."""
    return str(_OF_TASKS.get(outcome) or dict(Outcome.choices).get(outcome, outcome))


_OF_TASKS = {
    "approved": pgettext_lazy("outcome of a task", "approved and sent"),
    "not_reachable": pgettext_lazy("outcome of a task", "known to reach nobody"),
}

_MOVEMENTS = {
    "disbursed": gettext_lazy("Disbursed"),
    "interest_earned": gettext_lazy("Interest earned"),
    "penalty_earned": gettext_lazy("Penalty interest earned"),
    "fee_earned": gettext_lazy("Fees earned"),
    "principal_received": gettext_lazy("Principal received"),
    "interest_received": gettext_lazy("Interest received"),
    "penalty_received": gettext_lazy("Penalty interest received"),
    "fee_received": gettext_lazy("Fees received"),
    "credit_balance": gettext_lazy("Overpaid, kept for borrowers"),
    "interest_in_advance": gettext_lazy("Interest received in advance"),
    "principal_waived": gettext_lazy("Principal waived"),
    "interest_waived": gettext_lazy("Interest waived"),
    "penalty_waived": gettext_lazy("Penalty interest waived"),
    "fee_waived": gettext_lazy("Fees waived"),
    "principal_written_off": gettext_lazy("Principal written off"),
    "interest_written_off": gettext_lazy("Interest written off"),
    "penalty_written_off": gettext_lazy("Penalty interest written off"),
    "fee_written_off": gettext_lazy("Fees written off"),
    "interest_capitalised": gettext_lazy("Interest that joined the principal"),
    "penalty_capitalised": gettext_lazy("Penalty interest that joined the principal"),
    "fee_capitalised": gettext_lazy("Fees that joined the principal"),
    "recovered": gettext_lazy("Recovered after write-off"),
}


def movement_words(movement: str) -> str:
    """A movement of the ledger as the page says it."""
    return str(_MOVEMENTS.get(movement, movement))


_CASE_EVENTS = {
    "opened": gettext_lazy("Case opened"),
    "loan_joined": gettext_lazy("Loan joined the case"),
    "loan_left": gettext_lazy("Loan left the case"),
    "contact_planned": gettext_lazy("Contact planned"),
    "contacts_cancelled": gettext_lazy("Contacts cancelled"),
    "closed": gettext_lazy("Case closed"),
}


def case_event_words(kind: str) -> str:
    """A line of a case's time line as the page says it."""
    return str(_CASE_EVENTS.get(kind, kind))


# Reasons are kept on record in one language; those that Duly itself gives are read out in the page's.
_REASONS = {
    "became overdue": gettext_lazy("became overdue"),
    "nothing is overdue any more": gettext_lazy("nothing is overdue any more"),
    "cured: nothing of it is overdue": gettext_lazy("cured: nothing of it is overdue"),
    "settled": gettext_lazy("settled"),
    "written off": gettext_lazy("written off"),
    "paid": gettext_lazy("paid"),
    "it would come too late": gettext_lazy("it would come too late"),
    "a newer message takes its place": gettext_lazy("a newer message takes its place"),
    "overdue by now: a reminder of the due date is no longer right": gettext_lazy(
        "overdue by now: a reminder of the due date is no longer right"
    ),
}
_STEP = "step of the playbook: "


def reason_words(reason: str) -> str:
    """Why something was done, as the page says it; a reason in somebody's own words stays as it is."""
    if reason.startswith(_STEP):
        return gettext("step of the playbook: %(step)s") % {"step": reason.removeprefix(_STEP)}
    return str(_REASONS.get(reason, reason))


_DUTIES = {
    "evaluate_agency": gettext_lazy("Evaluate the agency"),
    "answer_complaint": gettext_lazy("Answer the complaint"),
    "acknowledge_complaint": gettext_lazy("Acknowledge the complaint"),
    "sue": gettext_lazy("Sue before the claim is time-barred"),
    "notify_of_report": gettext_lazy("Tell the person before reporting"),
    "answer_objection": gettext_lazy("Answer the objection"),
    "answer_data_request": gettext_lazy("Answer the request about personal data"),
    "exit_without_penalty_ends": gettext_lazy("The borrower may withdraw without penalty"),
    "breathing_space_ends": gettext_lazy("Breathing space"),
    "send_validation": gettext_lazy("Send the validation notice"),
    "dispute_window_ends": gettext_lazy("The borrower may dispute the debt"),
    "report_not_before": gettext_lazy("No report to a bureau yet"),
}


def duty_words(duty: str) -> str:
    """What is to be done, or runs out, as the page says it."""
    return str(_DUTIES.get(duty, duty.replace("_", " ")))


_EVENTS = {
    "adverse_report_planned": gettext_lazy("Report of a bad record planned"),
    "agency_evaluated": gettext_lazy("Agency evaluated"),
    "agency_mandated": gettext_lazy("Agency mandated"),
    "breathing_space_began": gettext_lazy("Breathing space began"),
    "complaint_received": gettext_lazy("Complaint received"),
    "credit_objection_received": gettext_lazy("Objection received"),
    "data_request_received": gettext_lazy("Request about personal data received"),
    "first_communication": gettext_lazy("First communication"),
    "hard_complaint_received": gettext_lazy("Complaint received that is hard to settle"),
    "limitation_began": gettext_lazy("Limitation period began"),
    "loan_signed": gettext_lazy("Loan contract signed"),
    "mandate_ends": gettext_lazy("Agency's mandate ends"),
    "report_notice_sent": gettext_lazy("Notice of the report sent"),
    "validation_sent": gettext_lazy("Validation notice sent"),
}


def event_words(kind: str) -> str:
    """What set a clock running, as the page says it."""
    return str(_EVENTS.get(kind, kind.replace("_", " ")))
