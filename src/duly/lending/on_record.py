"""Loans on record as the engine reads them: one loan's contract and facts."""

from duly.engine.contract import Contract, parse_terms
from duly.engine.fact_reading import told_fields
from duly.engine.facts import Fact as EngineFact
from duly.engine.money import decimals
from duly.lending.models import Fact, Loan


def contract_of(loan: Loan) -> Contract:
    """The contract of a loan on record."""
    return Contract(
        terms=parse_terms(loan.product.terms),
        principal=loan.principal,
        annual_rate=loan.annual_rate,
        disbursed_on=loan.disbursed_on,
        first_due_on=loan.first_due_on,
        installments=loan.installments,
        service_fee=loan.service_fee,
        upfront_fee=loan.upfront_fee,
        balloon=loan.balloon,
    )


def facts_of(loan: Loan) -> list[EngineFact]:
    """The facts of a loan, in order of record; those that were read along with the loan are not read again."""
    return [fact_of(one, loan.product.currency) for one in sorted(loan.facts.all(), key=lambda one: one.pk)]


def fact_of(fact: Fact, currency: str) -> EngineFact:
    """A fact on record; its id is the database's."""
    told = {} if fact.details is None else told_fields(fact.details, fact.kind, decimals(currency), "")
    return EngineFact(
        kind=fact.kind,
        value_date=fact.value_date,
        amount=fact.amount or 0,
        component=fact.component,
        id=str(fact.pk),
        reverses="" if fact.reverses_id is None else str(fact.reverses_id),
        recorded_at=fact.recorded_at,
        **told,
    )
