"""A case's time line and the list of worked closes are only ever added to."""

from django.db import migrations

from duly.ledger.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("collection", "0001_initial")]
    operations = [
        AppendOnly(
            ["collection_caseevent", "collection_workedclose"], "what happened stays on record; add what happened next"
        ),
    ]
