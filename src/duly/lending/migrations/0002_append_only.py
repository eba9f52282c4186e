"""Loans and facts are only ever added; on PostgreSQL a close can wait for every fact that is on its way in."""

from django.db import migrations

from duly.ledger.append_only import AppendOnly

# A close takes this advisory lock for an instant to be sure that no fact below its high-water mark is still uncommitted.
HOLD_WHILE_RECORDING = """
CREATE FUNCTION lending_fact_recording() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_advisory_xact_lock_shared(hashtext('lending_fact')); RETURN NULL; END $$;
CREATE TRIGGER lending_fact_recording BEFORE INSERT ON lending_fact
FOR EACH STATEMENT EXECUTE FUNCTION lending_fact_recording();
"""


def hold_while_recording(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(HOLD_WHILE_RECORDING)


class Migration(migrations.Migration):
    dependencies = [("lending", "0001_initial")]
    operations = [
        AppendOnly(["lending_fact"], "record a fact that reverses it"),
        AppendOnly(["lending_loan"], "a contract never changes; record a fact"),
        AppendOnly(["lending_product"], "loans keep the terms they were made with; add a new version"),
        migrations.RunPython(hold_while_recording, migrations.RunPython.noop),
    ]
