"""The import's way into the database: what is on record of the same borrowers, loans and keys; and the bulk insert.

Keys and rows are staged in temporary tables through ADBC, so that every step is one statement, whatever the size.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import polars as pl
from adbc_driver_manager.dbapi import Connection, Cursor
from django.db import connection as django_connection

from duly.engine.contract import parse_terms
from duly.lending.importing.contracts import Product
from duly.lending.importing.mapping import StatedProduct
from duly.lending.importing.records import BORROWER, FACT, LOAN, PERSONAL, Records, in_columns
from duly.people.blind_index import blind_index, standard_email, standard_phone
from duly.people.encryption import decrypt, encrypt

# A statement that changes nothing, but takes SQLite's only write lock: what is read after it stays true until commit.
TAKE_THE_WRITE_LOCK = "DELETE FROM people_borrower WHERE 1 = 0"

SELECT_PRODUCTS = "SELECT code, version, terms FROM lending_product ORDER BY id"

SELECT_BORROWERS = """
SELECT b.reference, b.name, b.phone, b.email, b.language, b.time_zones
FROM people_borrower AS b JOIN import_borrower AS s ON s.reference = b.reference
"""

SELECT_LOANS = """
SELECT
    l.reference, b.reference AS borrower, p.code AS product, p.version, l.principal, l.annual_rate, l.service_fee,
    l.disbursed_on, l.first_due_on, l.installments, l.installment_amount, p.currency
FROM import_loan AS s
JOIN lending_loan AS l ON l.reference = s.reference
JOIN people_borrower AS b ON b.id = l.borrower_id
JOIN lending_product AS p ON p.id = l.product_id
"""

SELECT_FACTS = """
SELECT
    f.idempotency_key AS key, f.kind, l.reference AS loan, f.value_date, coalesce(f.amount, 0) AS amount,
    f.component, coalesce(r.idempotency_key, '') AS reverses
FROM (
    SELECT f.id FROM import_loan AS s
    JOIN lending_loan AS l ON l.reference = s.reference JOIN lending_fact AS f ON f.loan_id = l.id
    UNION
    SELECT f.id FROM import_fact AS s JOIN lending_fact AS f ON f.idempotency_key = s.reference
) AS named
JOIN lending_fact AS f ON f.id = named.id
JOIN lending_loan AS l ON l.id = f.loan_id
LEFT JOIN lending_fact AS r ON r.id = f.reverses_id
"""

INSERT_PRODUCTS = """
INSERT INTO lending_product (code, version, name_en, name_zh, currency, terms)
SELECT code, version, name_en, name_zh, currency, CAST(terms AS {json}) FROM import_product ORDER BY place
"""

INSERT_BORROWERS = """
INSERT INTO people_borrower (
    reference, name, phone, email, phone_index, email_index, language, time_zones, created_at
)
SELECT reference, name, phone, email, phone_index, email_index, language, time_zones, CURRENT_TIMESTAMP
FROM import_borrower ORDER BY place
"""

INSERT_LOANS = """
INSERT INTO lending_loan (
    reference, borrower_id, product_id, principal, annual_rate, service_fee,
    disbursed_on, first_due_on, installments, installment_amount
)
SELECT
    s.reference, b.id, p.id, s.principal, s.annual_rate, s.service_fee,
    s.disbursed_on, s.first_due_on, s.installments, s.installment_amount
FROM import_loan AS s
JOIN people_borrower AS b ON b.reference = s.borrower
JOIN lending_product AS p ON p.code = s.product AND p.version = s.version
ORDER BY s.place
"""

# A reversal names a fact that must be there: originals first.
INSERT_FACTS = """
INSERT INTO lending_fact (loan_id, kind, value_date, amount, component, reverses_id, idempotency_key, source)
SELECT l.id, s.kind, s.value_date, s.amount, s.component, r.id, s.key, s.source
FROM import_fact AS s
JOIN lending_loan AS l ON l.reference = s.loan
LEFT JOIN lending_fact AS r ON r.idempotency_key = s.reverses
WHERE (s.reverses <> '') = {reversals}
ORDER BY s.place
"""


FOUND_BY = {"phone": standard_phone, "email": standard_email}


def begin_writing(cursor: Cursor) -> None:
    """Let nobody else write between what this transaction reads and what it writes (SQLite)."""
    if django_connection.vendor == "sqlite":
        cursor.execute(TAKE_THE_WRITE_LOCK)


def products_on_record(cursor: Cursor) -> list[Product]:
    """Every version of every product."""
    cursor.execute(SELECT_PRODUCTS)
    return [Product(code, int(version), parse_terms(json.loads(terms))) for code, version, terms in cursor.fetchall()]


def on_record(connection: Connection, records: Records) -> Records:
    """What is on record of the borrowers, loans and keys that `records` name, and every fact of those loans."""
    keys = {
        "import_borrower": [records.borrowers["reference"]],
        "import_loan": [records.loans["reference"], records.facts["loan"]],
        "import_fact": [records.facts["key"], records.facts["reverses"]],
    }
    with connection.cursor() as cursor:
        for table, columns in keys.items():
            _stage(cursor, table, pl.concat(columns).drop_nulls().unique().alias("reference").to_frame())
        borrowers = _fetch(cursor, SELECT_BORROWERS, BORROWER)
        loans = _fetch(cursor, SELECT_LOANS, LOAN | {"currency": pl.String})
        facts = _fetch(cursor, SELECT_FACTS, FACT)
        for table in keys:
            cursor.execute(f"DROP TABLE {table}")
    borrowers = borrowers.with_columns(
        pl.Series(name, [decrypt(token) for token in borrowers[name]], pl.String) for name in PERSONAL
    )
    nothing = pl.col(pl.String).replace("", None)
    return Records(
        borrowers.with_columns(nothing),
        loans,
        facts.with_columns(nothing, pl.col("amount").replace(0, None)),
    )


def insert(connection: Connection, products: Sequence[StatedProduct], records: Records, source: str) -> None:
    """Insert `records`, none of which is on record yet; commits nothing."""
    json_type = "jsonb" if django_connection.vendor == "postgresql" else "text"
    with connection.cursor() as cursor:
        if products:
            with _staged(cursor, "import_product", _product_rows(products)):
                cursor.execute(INSERT_PRODUCTS.format(json=json_type))
        if records.borrowers.height:
            with _staged(cursor, "import_borrower", _borrower_rows(records.borrowers)):
                cursor.execute(INSERT_BORROWERS)
        if records.loans.height:
            with _staged(cursor, "import_loan", in_columns(records.loans, LOAN)):
                cursor.execute(INSERT_LOANS)
        if records.facts.height:
            with _staged(cursor, "import_fact", _fact_rows(records.facts, source)):
                for reversals in ("false", "true"):
                    cursor.execute(INSERT_FACTS.format(reversals=reversals))


def _product_rows(products: Sequence[StatedProduct]) -> pl.DataFrame:
    rows = [
        (one.code, one.version, one.name_en, one.name_zh, one.currency, json.dumps(one.document, ensure_ascii=False))
        for one in products
    ]
    return pl.DataFrame(rows, ["code", "version", "name_en", "name_zh", "currency", "terms"], orient="row")


def _borrower_rows(borrowers: pl.DataFrame) -> pl.DataFrame:
    rows = in_columns(borrowers, BORROWER).with_columns(pl.col("language").fill_null("en"))
    rows = rows.with_columns(pl.col(pl.String).fill_null(""))
    return rows.with_columns(
        *(pl.Series(name, [encrypt(text) for text in rows[name]], pl.String) for name in PERSONAL),
        *(
            pl.Series(f"{name}_index", [blind_index(text, standard) for text in rows[name]], pl.String)
            for name, standard in FOUND_BY.items()
        ),
    )


def _fact_rows(facts: pl.DataFrame, source: str) -> pl.DataFrame:
    # A fact's id tells the order of record, which settles the order within a day: as in the files, day by day.
    rows = in_columns(facts.sort("value_date", maintain_order=True), FACT)
    return rows.with_columns(
        pl.col("component", "reverses").fill_null(""),
        pl.when(pl.col("kind") != "reversed").then(pl.col("amount")).alias("amount"),
        source=pl.lit(source),
    )


@contextmanager
def _staged(cursor: Cursor, table: str, rows: pl.DataFrame) -> Iterator[None]:
    _stage(cursor, table, rows.with_row_index("place").with_columns(pl.col("place").cast(pl.Int64)))
    yield
    cursor.execute(f"DROP TABLE {table}")


def _stage(cursor: Cursor, table: str, rows: pl.DataFrame) -> None:
    cursor.adbc_ingest(table, rows.to_arrow(compat_level=pl.CompatLevel.oldest()), mode="create", temporary=True)


def _fetch(cursor: Cursor, statement: str, columns: dict[str, pl.DataType]) -> pl.DataFrame:
    # SQLite knows the type of a value, not of a column, and keeps dates as text.
    cursor.execute(statement)
    found = pl.DataFrame(cursor.fetch_arrow_table())
    if not found.height:
        return pl.DataFrame(schema=columns)
    return found.with_columns(
        pl.col(name).str.to_date() if dtype == pl.Date and found.schema[name] == pl.String else pl.col(name).cast(dtype)
        for name, dtype in columns.items()
    ).select(columns.keys())
