"""Which playbook an experiment drew, and with what probability, is only ever added."""

from django.db import migrations

from duly.ledger.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("collection", "0004_segments_tasks_and_experiments")]
    operations = [
        AppendOnly(
            ["collection_assignment"], "what was drawn stays on record; move the case to another playbook instead"
        ),
    ]
