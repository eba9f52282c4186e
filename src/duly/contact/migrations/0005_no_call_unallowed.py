"""Nothing is handed to a carrier and no call begins without an allowing decision; what came of them stays on record."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# Of each table: what a new row must have, and what a row that may still change looks like.
ALLOWED = {
    "contact_attempt": (
        "EXISTS (SELECT 1 FROM contact_decision d WHERE d.id = NEW.decision_id AND d.planned_id = NEW.planned_id "
        "AND d.moment = 'send' AND d.allowed AND d.contact_at = NEW.at)"
    ),
    "contact_call": (
        "EXISTS (SELECT 1 FROM contact_decision d WHERE d.id = NEW.decision_id AND d.planned_id IS NULL "
        "AND d.borrower_id = NEW.borrower_id AND d.channel = NEW.channel "
        "AND d.moment = 'send' AND d.allowed AND d.contact_at = NEW.begun_at)"
    ),
}
OPEN = {
    "contact_attempt": "OLD.state = 'handing_over' AND NEW.at = OLD.at",
    "contact_call": "OLD.ended_at IS NULL AND NEW.begun_at = OLD.begun_at AND NEW.by_id = OLD.by_id",
}
UNALLOWED = "refused: no allowing send decision for this contact at this instant; ask the gate first"
SETTLED = "refused: what came of it is on record and stays"


def guard(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for table in ALLOWED:
        run = schema_editor.execute
        if schema_editor.connection.vendor == "sqlite":
            for name, event, condition, refusal in (
                ("needs_decision", "INSERT", f"NOT {ALLOWED[table]}", UNALLOWED),
                ("no_update", "UPDATE", f"NOT ({OPEN[table]})", SETTLED),
                ("no_delete", "DELETE", "1", SETTLED),
            ):
                run(
                    f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} WHEN {condition} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} {refusal}'); END"
                )
            continue
        run(_function(f"{table}_needs_decision", f"IF NOT {ALLOWED[table]} THEN {_raise(table, UNALLOWED)} END IF;"))
        run(
            f"CREATE TRIGGER {table}_needs_decision BEFORE INSERT ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_needs_decision()"
        )
        may_change = f"IF TG_OP = 'DELETE' THEN {_raise(table, SETTLED)} END IF; "
        may_change += f"IF NOT ({OPEN[table]}) THEN {_raise(table, SETTLED)} END IF;"
        run(_function(f"{table}_refuse", may_change))
        run(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()"
        )


def unguard(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for table in ALLOWED:
        if schema_editor.connection.vendor == "sqlite":
            for name in ("needs_decision", "no_update", "no_delete"):
                schema_editor.execute(f"DROP TRIGGER {table}_{name}")
            continue
        schema_editor.execute(f"DROP TRIGGER {table}_needs_decision ON {table}")
        schema_editor.execute(f"DROP TRIGGER {table}_no_change ON {table}")
        schema_editor.execute(f"DROP FUNCTION {table}_needs_decision()")
        schema_editor.execute(f"DROP FUNCTION {table}_refuse()")


def _function(name: str, body: str) -> str:
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NEW; END $$"


def _raise(table: str, refusal: str) -> str:
    return f"RAISE EXCEPTION '{table} {refusal}' USING ERRCODE = 'integrity_constraint_violation';"


class Migration(migrations.Migration):
    dependencies = [("contact", "0004_calls_and_attempts")]
    operations = [migrations.RunPython(guard, unguard)]
