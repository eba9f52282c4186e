"""Tables that only ever grow: the migration step that makes the database itself refuse to change or delete a row."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class AppendOnly(Operation):
    """Refuse UPDATE and DELETE (on PostgreSQL TRUNCATE too) on `tables`, whoever asks.

    Works on SQLite and PostgreSQL by triggers; the error names the table and the way to put a mistake right.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, tables: Sequence[str], remedy: str) -> None:
        self.tables = tuple(tables)
        self.remedy = remedy

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Nothing changes in the models: the refusal lives in the database."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for table in self.tables:
            message = f"{table} is append-only: {self.remedy}"
            if schema_editor.connection.vendor == "sqlite":
                for verb in ("update", "delete"):
                    schema_editor.execute(
                        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
                        f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
                    )
            else:
                schema_editor.execute(
                    f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
                    f"$$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
                )
                schema_editor.execute(
                    f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                    f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
                )

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for table in self.tables:
            if schema_editor.connection.vendor == "sqlite":
                for verb in ("update", "delete"):
                    schema_editor.execute(f"DROP TRIGGER {table}_no_{verb}")
            else:
                schema_editor.execute(f"DROP TRIGGER {table}_no_change ON {table}")
                schema_editor.execute(f"DROP FUNCTION {table}_refuse()")

    def describe(self) -> str:
        return f"Make {', '.join(self.tables)} append-only"


@contextmanager
def let_change(table: str) -> Iterator[None]:
    """Let rows of `table` be updated, within the transaction that is open, whether it is append-only or not.

    For renewing the encryption of what a row holds, and nothing else: nobody outside the transaction ever sees the
    table without its refusal, and if the transaction fails the refusal never went.
    """
    quote = connection.ops.quote_name
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = %s", [f"{table}_no_update"])
            refusals = [sql for (sql,) in cursor.fetchall()]
            for _ in refusals:
                cursor.execute(f"DROP TRIGGER {quote(f'{table}_no_update')}")
            yield
            for sql in refusals:
                cursor.execute(sql)
        return
    trigger = f"{table}_no_change"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_trigger WHERE tgname = %s AND tgrelid = to_regclass(%s)", [trigger, quote(table)]
        )
        is_append_only = cursor.fetchone() is not None
        if is_append_only:
            # Checks that wait for the commit are made now: PostgreSQL alters no table that has some waiting.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {quote(table)} DISABLE TRIGGER {quote(trigger)}")
        yield
        if is_append_only:
            cursor.execute(f"ALTER TABLE {quote(table)} ENABLE TRIGGER {quote(trigger)}")
