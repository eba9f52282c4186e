"""The log is only ever added to, and a message needs an allowing decision of its own: the database sees to both."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from duly.ledger.append_only import AppendOnly

NOT_ALLOWED = (
    "NOT EXISTS (SELECT 1 FROM contact_decision d WHERE d.id = NEW.decision_id AND d.planned_id = NEW.planned_id "
    "AND d.moment = 'send' AND d.allowed AND d.contact_at = NEW.sent_at)"
)
REFUSAL = (
    "contact_message refused: no allowing send decision for this planned contact at this instant; ask the gate first"
)


def guard(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            f"CREATE TRIGGER contact_message_needs_decision BEFORE INSERT ON contact_message WHEN {NOT_ALLOWED} "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
    else:
        schema_editor.execute(
            "CREATE FUNCTION contact_message_needs_decision() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN IF {NOT_ALLOWED} THEN "
            f"RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
        )
        schema_editor.execute(
            "CREATE TRIGGER contact_message_needs_decision BEFORE INSERT ON contact_message "
            "FOR EACH ROW EXECUTE FUNCTION contact_message_needs_decision()"
        )


def unguard(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER contact_message_needs_decision")
    else:
        schema_editor.execute("DROP TRIGGER contact_message_needs_decision ON contact_message")
        schema_editor.execute("DROP FUNCTION contact_message_needs_decision()")


class Migration(migrations.Migration):
    dependencies = [("contact", "0001_initial")]
    operations = [
        AppendOnly(["contact_decision", "contact_message"], "what was decided and sent stays on record"),
        migrations.RunPython(guard, unguard),
    ]
