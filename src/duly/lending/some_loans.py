"""Some loans in the columns of the whole book, read through Django's own connection: for a page, for messages."""

from collections.abc import Collection, Iterable, Sequence
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


def read_some(loan_ids: Collection[int] | QuerySet[Any]) -> tuple[Loans, FactRows]:
    """The loans of `loan_ids` (ids, or a query for them) and all their facts. Three queries, however many they are."""
    loans = Loan.objects.filter(pk__in=loan_ids).order_by("pk")
    products = Product.objects.filter(pk__in=loans.order_by().values("product_id")).order_by("pk")
    facts = Fact.objects.filter(loan_id__in=loan_ids).order_by("pk")
    rows = list(facts.values_list(*FACTS, "loan__product__currency", "details"))
    told = [(row[0], row[2], currency, details) for *row, currency, details in rows if details is not None]
    offered = list(products.values_list("pk", "code", "currency", "terms"))
    return (
        loans_of(offered, _table(LOANS, loans.values_list(*LOANS))),
        facts_of(_table(FACTS, [row[: len(FACTS)] for row in rows]), told),
    )


def _table(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pa.table({name: pa.array(column) for name, column in zip(names, columns, strict=True)})
