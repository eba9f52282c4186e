"""Closes, the book by bucket and transitions are only ever added."""

from django.db import migrations

from duly.ledger.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("close", "0001_initial")]
    operations = [
        AppendOnly(
            ["close_close", "close_bucket", "close_transition"], "a closed day stays closed; the next corrects it"
        ),
    ]
