"""What an agency earned, and what it was told, is only ever added."""

from django.db import migrations

from duly.ledger.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("placement", "0001_placements")]
    operations = [
        AppendOnly(["placement_commissionline"], "correct a line by another one"),
        AppendOnly(["placement_statement"], "what changes later stands on the next statement"),
    ]
