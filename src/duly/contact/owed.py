"""What a few loans owe on a date, folded from every fact on record: what a message may say, and whether to send it."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from duly.engine.columns import KIND, arrange_facts, make_contracts
from duly.engine.contract import parse_terms
from duly.engine.dates import NO_DATE, date, days
from duly.engine.fact_reading import read_details
from duly.engine.fold import STATUS, fold
from duly.engine.terms import WAIVABLE
from duly.lending.models import Fact, Loan, Product

_STATUS_NAME = {code: name for name, code in STATUS.items()}


@dataclass(frozen=True)
class Owed:
    """One loan on a date. Money in minor units of `currency`; `overdue` includes penalty."""

    loan_id: int
    reference: str
    currency: str
    status: str
    days_past_due: int
    oldest_unpaid_due_on: datetime.date | None
    next_due_on: datetime.date | None
    next_due_amount: int
    overdue: int


def what_is_owed(loan_ids: Collection[int], on: datetime.date) -> dict[int, Owed]:
    """Each loan as it stands on `on`, by all facts recorded until now. Three queries, whatever the number of loans."""
    loans = list(Loan.objects.filter(pk__in=loan_ids).order_by("pk"))
    if not loans:
        return {}
    products = list(Product.objects.filter(pk__in={loan.product_id for loan in loans}))
    place_of_product = {product.pk: place for place, product in enumerate(products)}
    contracts = make_contracts(
        [parse_terms(product.terms) for product in products],
        term=[place_of_product[loan.product_id] for loan in loans],
        principal=[loan.principal for loan in loans],
        annual_rate=[loan.annual_rate for loan in loans],
        service_fee=[loan.service_fee for loan in loans],
        upfront_fee=[loan.upfront_fee for loan in loans],
        balloon=[loan.balloon for loan in loans],
        disbursed_on=[days(loan.disbursed_on) for loan in loans],
        first_due_on=[days(loan.first_due_on) for loan in loans],
        installments=[loan.installments for loan in loans],
        installment_amount=[loan.installment_amount for loan in loans],
    )
    place_of_loan = {loan.pk: place for place, loan in enumerate(loans)}
    rows = list(
        Fact.objects.filter(loan_id__in=place_of_loan)
        .order_by("pk")
        .values_list("pk", "loan_id", "kind", "value_date", "amount", "component", "reverses_id", "details")
    )
    place_of_fact = {row[0]: place for place, row in enumerate(rows)}
    currency_of = {product.pk: product.currency for product in products}
    told = [
        (row[2], currency_of[loans[place_of_loan[row[1]]].product_id], row[7]) for row in rows if row[7] is not None
    ]
    has_detail = np.array([row[7] is not None for row in rows], np.bool_)
    detail = np.where(has_detail, np.cumsum(has_detail) - 1, -1)
    facts = arrange_facts(
        len(loans),
        np.array([place_of_loan[row[1]] for row in rows], np.int64),
        np.array([KIND[row[2]] for row in rows], np.uint8),
        np.array([days(row[3]) for row in rows], np.int32),
        np.array([row[4] or 0 for row in rows], np.int64),
        np.array([WAIVABLE[row[5]] for row in rows], np.uint8),
        np.array([-1 if row[6] is None else place_of_fact[row[6]] for row in rows], np.int64),
        detail if told else None,
        read_details(told) if told else None,
    )
    found = fold(contracts, facts, days(on))
    overdue = found.principal_overdue + found.interest_overdue + found.penalty_overdue + found.fee_overdue
    return {
        loan.pk: Owed(
            loan_id=loan.pk,
            reference=loan.reference,
            currency=currency_of[loan.product_id],
            status=_STATUS_NAME[int(found.status[place])],
            days_past_due=int(found.days_past_due[place]),
            oldest_unpaid_due_on=_date_or_none(found.oldest_unpaid_due_on[place]),
            next_due_on=_date_or_none(found.next_due_on[place]),
            next_due_amount=int(found.next_due_amount[place]),
            overdue=int(overdue[place]),
        )
        for place, loan in enumerate(loans)
    }


def _date_or_none(day: int) -> datetime.date | None:
    return None if day == NO_DATE else date(day)
