"""How an agency was judged, and what happened to it, is only ever added."""

from django.db import migrations

from duly.ledger.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("agencies", "0002_register")]
    operations = [
        AppendOnly(["agencies_evaluation"], "evaluate the agency anew"),
        AppendOnly(["agencies_agencyevent"], "add what is right as another event"),
    ]
