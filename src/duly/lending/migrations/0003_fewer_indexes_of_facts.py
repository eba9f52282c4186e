"""Recording facts in bulk costs what their indexes cost: two that serve nobody go, a small one of write-offs comes."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lending", "0002_append_only")]
    operations = [
        migrations.AddIndex(
            model_name="fact",
            index=models.Index(condition=models.Q(("kind", "written_off")), fields=["loan"], name="fact_written_off"),
        ),
        # By hand, since Django would make SQLite's table anew and lose the triggers that keep it append-only.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="fact",
                    name="loan",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="facts",
                        to="lending.loan",
                    ),
                )
            ],
            database_operations=[
                migrations.RunSQL(
                    "DROP INDEX IF EXISTS lending_fact_loan_id_a81f7a19",
                    "CREATE INDEX lending_fact_loan_id_a81f7a19 ON lending_fact (loan_id)",
                ),
                # PostgreSQL's second index of the key, for searches by how it begins.
                migrations.RunSQL(
                    "DROP INDEX IF EXISTS lending_fact_idempotency_key_fbae0d91_like", migrations.RunSQL.noop
                ),
            ],
        ),
    ]
