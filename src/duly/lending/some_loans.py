"""Some loans in the columns of the whole book, read through Django's own connection: for a page, for messages."""

from collections.abc import Collection, Sequence
from typing import Any

import pyarrow as pa
from django.db.models import QuerySet

from duly.lending.arrow import FactRows, Loans, facts_of, loans_of
from duly.lending.models import Fact, Loan, Product

LOANS = (
    "id", "reference", "borrower_id", "product_id", "principal", "annual_rate", "service_fee", "upfront_fee", "balloon",
    "disbursed_on", "first_due_on", "installments", "installment_amount",
)  # fmt: skip
FACTS = ("id", "loan_id", "kind", "value_date", "amount", "component", "reverses_id")


def read_some(loan_ids: Collection[int]) -> tuple[Loans, FactRows]:
    """The loans of `loan_ids` that are on record, and all their facts. Four queries, however many they are."""
    loans = Loan.objects.filter(pk__in=loan_ids).order_by("pk")
    facts = Fact.objects.filter(loan_id__in=loan_ids).order_by("pk")
    products = Product.objects.filter(pk__in=loans.order_by().values("product_id")).order_by("pk")
    told = facts.filter(details__isnull=False).values_list("pk", "kind", "loan__product__currency", "details")
    return (
        loans_of(list(products.values_list("pk", "code", "currency", "terms")), _table(loans, LOANS)),
        facts_of(_table(facts, FACTS), list(told)),
    )


def _table(rows: QuerySet[Any], names: Sequence[str]) -> pa.Table:
    columns = list(zip(*rows.values_list(*names), strict=True)) or [()] * len(names)
    return pa.table({name: pa.array(column) for name, column in zip(names, columns, strict=True)})
