"""Loans against their products: the version that a loan gets, its first due date, its level installment."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from duly.engine.columns import make_contracts
from duly.engine.contract import MAX_INSTALLMENTS, Terms
from duly.lending.importing.fields import no_reasons
from duly.lending.importing.source import ROW


@dataclass(frozen=True)
class Product:
    """One version of a product, on record or about to be."""

    code: str
    version: int
    terms: Terms


class Products:
    """The versions of products that loans may be made of."""

    def __init__(self, products: Sequence[Product]) -> None:
        self.terms = [one.terms for one in products]
        self.table = pl.DataFrame(
            [
                (one.code, one.version, index, one.terms.currency, one.terms.method)
                for index, one in enumerate(products)
            ],
            schema={
                "product": pl.String,
                "version": pl.Int64,
                "term": pl.Int32,
                "product_currency": pl.String,
                "method": pl.String,
            },
            orient="row",
        )

    @property
    def latest(self) -> pl.DataFrame:
        """The last version of each product."""
        return self.table.group_by("product").agg(latest=pl.col("version").max())


def with_installments(loans: pl.DataFrame, products: Products) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`loans` with what their contract leaves to the product filled in, and what stands against rows.

    A loan that names no version gets the last one. The level installment is the engine's where the file states none.
    """
    loans = loans.join(products.latest, on="product", how="left", maintain_order="left").with_columns(
        pl.coalesce("version", "latest").alias("version"),
        pl.col("annual_rate").fill_null(0),
        pl.col("service_fee").fill_null(0),
    )
    loans = loans.join(products.table, on=["product", "version"], how="left", maintain_order="left")
    said = pl.concat_str(
        pl.lit("product "),
        pl.col("product"),
        pl.when(pl.col("latest").is_not_null()).then(pl.format(" version {}", "version")).otherwise(pl.lit("")),
        pl.lit(" is neither on record nor in the mapping"),
    )
    reasons = [
        loans.filter(pl.col("term").is_null() & pl.col("product").is_not_null()).select(ROW, reason=said),
        loans.filter(pl.col("product_currency") != pl.col("currency")).select(
            ROW,
            reason=pl.format("it is in {}, but product {} is in {}", "currency", "product", "product_currency"),
        ),
        loans.filter((pl.col("installment_amount") > 0) & (pl.col("method") != "equal_installment")).select(
            ROW, reason=pl.format("installment_amount is stated, but product {} has no level installment", "product")
        ),
    ]
    whole = (
        pl.all_horizontal(pl.col("term", "principal", "annual_rate", "disbursed_on", "installments").is_not_null())
        & pl.col("installments").is_between(1, MAX_INSTALLMENTS)
        & (pl.col("principal") > 0)
    )
    sound = loans.filter(whole)
    if sound.height and products.terms:
        loans = pl.concat([_worked_out(sound, products), loans.filter(~whole)]).sort(ROW, maintain_order=True)
    return loans.drop("latest", "term", "product_currency", "method"), pl.concat([no_reasons(), *reasons])


def _worked_out(loans: pl.DataFrame, products: Products) -> pl.DataFrame:
    columns = {
        "term": loans["term"].to_numpy(),
        "principal": loans["principal"].to_numpy(),
        "annual_rate": loans["annual_rate"].to_numpy(),
        "service_fee": loans["service_fee"].to_numpy(),
        "disbursed_on": loans["disbursed_on"].to_physical().to_numpy(),
        "installments": loans["installments"].to_numpy(),
    }
    nothing = np.zeros(loans.height, np.int64)
    usual_due = pl.Series(make_contracts(products.terms, **columns, installment_amount=nothing).first_due_on)
    stated_due = loans["first_due_on"].to_physical()
    first_due_on = stated_due.zip_with(stated_due.is_not_null(), usual_due)
    contracts = make_contracts(products.terms, **columns, first_due_on=first_due_on.to_numpy())
    stated = loans["installment_amount"].fill_null(0).to_numpy()
    amounts = np.where(stated > 0, stated, contracts.installment_amount)
    return loans.with_columns(
        first_due_on=first_due_on.cast(pl.Date), installment_amount=pl.Series(amounts, dtype=pl.Int64)
    )
