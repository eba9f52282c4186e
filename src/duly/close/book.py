"""The book as columns: every contract, and the facts recorded up to a high-water mark, kept up as more come."""

import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from adbc_driver_manager.dbapi import Connection
from django.db import connection as django_connection

from duly.close.errors import CloseError
from duly.engine.columns import Facts
from duly.engine.dates import days
from duly.engine.fold import Positions, fold
from duly.ledger.posting import Group, Groups
from duly.lending.arrow import FactRows, arranged, read_contracts, read_facts


def last_fact(connection: Connection) -> int:
    """The id of the last fact on record, 0 when there is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM lending_fact")
        ((last,),) = cursor.fetchall()
    return int(last)


def high_water_mark(connection: Connection) -> int:
    """The id of the last fact, such that no fact with a lower id is still on its way in. Ends the transaction.

    On PostgreSQL each transaction that records facts holds a shared advisory lock to its end (see
    lending/migrations/0002); having the lock exclusively for an instant proves that none is open. On SQLite an id is
    given under the only write lock there is.
    """
    if django_connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT true FROM (SELECT pg_advisory_xact_lock(hashtext('lending_fact'))) AS held")
            cursor.fetchall()
    mark = last_fact(connection)
    connection.commit()
    return mark


class Book:
    """All contracts in the order of their ids, and the facts up to a high-water mark. Starts empty; grows by reading.

    `loan_ids` names the rows; `groups` says under which product and currency each is posted; `currency` (n rows)
    indexes `currencies`.
    """

    def __init__(self) -> None:
        self.facts_through = 0
        self._facts: FactRows | None = None
        self._arranged: Facts | None = None

    def read_through(self, connection: Connection, facts_through: int) -> bool:
        """Read what is new up to fact `facts_through`. Returns whether rows of loans came with it.

        Contracts are read again only when a fact names a loan not seen before: a loan without facts has no standing.
        """
        if self._facts is not None and facts_through == self.facts_through:
            return False
        fresh = read_facts(connection, after=self.facts_through, through=facts_through)
        new_loans = self._facts is None or not np.isin(fresh.loan_id, self.loan_ids).all()
        self._facts = fresh if self._facts is None else _joined(self._facts, fresh)
        self.facts_through = facts_through
        self._arranged = None
        if new_loans:
            self._read_contracts(connection)
        return new_loans

    def _read_contracts(self, connection: Connection) -> None:
        loans = read_contracts(connection)
        self.loan_ids, self.borrower_ids = loans.id, loans.borrower_id
        self.references_column, self.contracts = loans.reference, loans.contracts
        keys = sorted({Group(*product) for product in loans.products})
        of_product = np.array([keys.index(Group(*product)) for product in loans.products], np.int64)
        self.groups = Groups(keys, of_product[loans.product])
        self.currencies = sorted({key.currency for key in keys})
        of_key = np.array([self.currencies.index(key.currency) for key in keys], np.int64)
        self.currency = of_key[self.groups.of_loan]

    def fold(self, day: datetime.date, *, through: int | None = None) -> Positions:
        """The whole book at the end of `day`, with all facts read, or only those up to fact `through`."""
        return fold(self.contracts, self.facts(through), days(day))

    def facts(self, through: int | None = None) -> Facts:
        """All facts read, or only those up to fact `through`, arranged for the loans of `loan_ids`."""
        if through is not None and through < self.facts_through:
            return self._arrange(through)
        if self._arranged is None:
            self._arranged = self._arrange(self.facts_through)
        return self._arranged

    def _arrange(self, through: int) -> Facts:
        assert self._facts is not None, "read_through comes first"
        known = int(np.searchsorted(self._facts.id, through, side="right"))
        facts = self._facts._replace(
            **{name: column[:known] for name, column in self._facts._asdict().items() if name != "details"}
        )
        try:
            return arranged(facts, self.loan_ids)
        except ValueError as error:
            raise CloseError(str(error)) from None

    def references(self, rows: npt.NDArray[np.integer]) -> list[str]:
        """The references of the loans in `rows`, in that order."""
        references: list[str] = self.references_column.take(pa.array(rows)).to_pylist()
        return references


def _joined(first: FactRows, then: FactRows) -> FactRows:
    moved = then._replace(detail=np.where(then.detail >= 0, then.detail + len(first.details), -1).astype(np.int32))
    return FactRows(*(np.concatenate(pair) for pair in zip(first, moved, strict=True)))
