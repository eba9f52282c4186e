"""A small lender for stories about money: loans that fall due in one sum, made by the lender's own services."""

import datetime
from itertools import count

from duly.lending import services as lending
from duly.lending.models import Loan
from duly.people.models import Borrower

PAID_OUT = datetime.date(2026, 1, 5)
DUE = datetime.date(2026, 2, 5)
_numbers = count(1)


def borrower(**given: object) -> Borrower:
    number = next(_numbers)
    return Borrower.objects.create(reference=f"P{number}", name=f"Borrower {number}", **given)


def loan(
    of: Borrower | None = None,
    principal: int = 1_000_00,
    currency: str = "CNY",
    disbursed_on: datetime.date = PAID_OUT,
    annual_rate: int = 0,
    installments: int = 1,
    reference: str = "",
) -> Loan:
    """A loan without interest, in one installment a month later unless said otherwise."""
    lending.add_product(
        f"pay-{currency}",
        {"currency": currency, "method": "equal_principal", "day_count": "act/365", "every": "1 month"},
        name_en="Small loan",
    )
    number = next(_numbers)
    return lending.disburse_loan(
        reference or f"LN{number:06d}",
        borrower=(of or borrower()).reference,
        product=f"pay-{currency}",
        principal=principal,
        annual_rate=annual_rate,
        disbursed_on=disbursed_on,
        installments=installments,
        key=f"out-{number}",
    )


def arrivals(*rows: tuple[str, str, int], on: datetime.date = DUE, currency: str = "CNY", **more: object):
    """Payments of (source's number, loan, amount) that came from one source on a day."""
    from duly.payments.arrivals import Arrivals

    return Arrivals(
        source="test",
        method="api",
        source_id=[row[0] for row in rows],
        loan=[row[1] for row in rows],
        amount=[row[2] for row in rows],
        currency=[currency] * len(rows),
        value_date=[on] * len(rows),
        **more,
    )
