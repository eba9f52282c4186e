"""Tables whose new rows are events: the migration step that makes the database itself write each event.

Whoever adds the row, one at a time, in bulk or by a program of their own, the event is there in the same transaction,
or neither is. Of a type that nobody subscribed to nothing is written.
"""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

ASKED_FOR = "EXISTS (SELECT 1 FROM api_subscription WHERE type = '{type}')"
ON_POSTGRESQL = """
CREATE FUNCTION {table}_tells() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF {asked_for} THEN
        INSERT INTO api_event (uid, type, about, borrower_id)
        SELECT replace(gen_random_uuid()::text, '-', ''), '{type}', new_row.id, ({borrower}) FROM added AS new_row;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER {table}_tells AFTER INSERT ON {table}
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION {table}_tells();
"""
ON_SQLITE = """
CREATE TRIGGER {table}_tells AFTER INSERT ON {table} WHEN {asked_for} BEGIN
    INSERT INTO api_event (uid, type, about, borrower_id)
    VALUES (lower(hex(randomblob(16))), '{type}', new.id, ({borrower}));
END
"""


class Tell(Operation):
    """Let each row added to `table`, which has an `id`, be an event of `type`.

    `borrower` is SQL that finds the id of the borrower concerned, or null; it calls the row `new_row`.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, table: str, type: str, borrower: str) -> None:
        self.table, self.type, self.borrower = table, type, borrower

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Nothing changes in the models: the trigger lives in the database."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        on_sqlite = schema_editor.connection.vendor == "sqlite"
        borrower = self.borrower.replace("new_row.", "new.") if on_sqlite else self.borrower
        schema_editor.execute(
            (ON_SQLITE if on_sqlite else ON_POSTGRESQL).format(
                table=self.table, type=self.type, borrower=borrower, asked_for=ASKED_FOR.format(type=self.type)
            )
        )

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(f"DROP TRIGGER {self.table}_tells")
        else:
            schema_editor.execute(f"DROP TRIGGER {self.table}_tells ON {self.table}")
            schema_editor.execute(f"DROP FUNCTION {self.table}_tells()")

    def describe(self) -> str:
        return f"Let {self.table} tell of its new rows"
