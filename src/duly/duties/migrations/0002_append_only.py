"""Events and marks are only ever added."""

from django.db import migrations

from duly.ledger.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("duties", "0001_initial")]
    operations = [
        AppendOnly(["duties_event", "duties_mark"], "what was said stays on record; add a mark that puts it right"),
    ]
