"""What the page of one loan shows: its contract, its facts, and its position on a date, folded when it is asked for."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from duly.collection.models import Case, CaseEvent
from duly.contact.log.told import rules_told
from duly.contact.models import Decision, PlannedContact
from duly.engine.position import InstallmentPosition, Position, position
from duly.lending.models import Fact, Loan
from duly.lending.on_record import contract_of, fact_of
from duly.screens.standing import Standing, case_event_words, of_contact, of_installment, of_loan

EVENTS_SHOWN = 30
CONTACTS_SHOWN = 20


@dataclass(frozen=True)
class InstallmentRow:
    """One installment with its standing on the page's date."""

    figures: InstallmentPosition
    standing: Standing


@dataclass(frozen=True)
class FactRow:
    """One fact; `counts` is whether it bears on the page's date, `reversed_by` the fact that took it back."""

    fact: Fact
    counts: bool
    reversed_by: Fact | None


@dataclass(frozen=True)
class ContactRow:
    """One planned contact, what became of it, and the gate's last answer with its rules in the reader's language."""

    contact: PlannedContact
    standing: Standing
    decision: Decision | None
    rules: Sequence[dict[str, Any]]

    @property
    def refusing(self) -> list[dict[str, Any]]:
        """The rules that forbade it."""
        return [rule for rule in self.rules if rule["result"] == "fail"]


@dataclass(frozen=True)
class LoanPage:
    """One loan on one date. Money in minor units of `currency`."""

    loan: Loan
    currency: str
    on: datetime.date
    position: Position
    standing: Standing
    installments: Sequence[InstallmentRow]
    states: Sequence[tuple[Standing, int]]
    facts: Sequence[FactRow]
    case: Case | None
    events: Sequence[tuple[CaseEvent, str]]
    contacts: Sequence[ContactRow]

    @property
    def total_outstanding(self) -> int:
        """All that is not yet paid, due or to come."""
        return sum(self.position.outstanding.values())

    @property
    def total_overdue(self) -> int:
        """All that is overdue, with its penalty interest."""
        return sum(self.position.overdue.values())

    @property
    def paid_installments(self) -> int:
        """How many installments are paid."""
        return sum(row.standing.meaning == "good" for row in self.installments)

    @property
    def components(self) -> list[tuple[str, int, int]]:
        """For each component what is outstanding and what of it is overdue."""
        return [(name, amount, self.position.overdue[name]) for name, amount in self.position.outstanding.items()]


def loan_page(loan: Loan, on: datetime.date, language: str) -> LoanPage:
    """One loan as it stands on `on`, the gate's rules told in `language` (en, zh).

    Raises duly.engine.errors.InputError for a date before the disbursement.
    """
    recorded = list(loan.facts.order_by("pk"))
    found = position(contract_of(loan), [fact_of(fact, loan.product.currency) for fact in recorded], on)
    rows = [
        InstallmentRow(one, of_installment(one.due_on, one.outstanding, one.paid, on, found.status))
        for one in found.installments
    ]
    counts: dict[Standing, int] = {}
    for row in rows:
        counts[row.standing] = counts.get(row.standing, 0) + 1
    reversal_of = {fact.reverses_id: fact for fact in recorded if fact.reverses_id is not None}
    case = Case.objects.filter(loans=loan).order_by("-opened_on", "-pk").first()
    return LoanPage(
        loan=loan,
        currency=loan.product.currency,
        on=on,
        position=found,
        standing=of_loan(found.status, found.days_past_due),
        installments=rows,
        states=list(counts.items()),
        facts=[
            FactRow(fact, fact.value_date <= on, reversal_of.get(fact.pk))
            for fact in sorted(recorded, key=lambda one: (one.value_date, one.pk), reverse=True)
        ],
        case=case,
        events=_events(case),
        contacts=_contacts(loan, language),
    )


def _events(case: Case | None) -> list[tuple[CaseEvent, str]]:
    if case is None:
        return []
    newest = case.events.select_related("loan").order_by("-business_date", "-pk")[:EVENTS_SHOWN]
    return [(event, case_event_words(event.kind)) for event in newest]


def _contacts(loan: Loan, language: str) -> list[ContactRow]:
    newest = list(loan.planned_contacts.order_by("-planned_for", "-pk")[:CONTACTS_SHOWN])
    last: dict[int | None, Decision] = {}
    for decision in Decision.objects.filter(planned__in=newest).select_related("sheet").order_by("pk"):
        last[decision.planned_id] = decision
    return [
        ContactRow(
            contact=one,
            standing=of_contact(one.status, one.why),
            decision=last.get(one.pk),
            rules=rules_told(last[one.pk], language) if one.pk in last else [],
        )
        for one in newest
    ]
