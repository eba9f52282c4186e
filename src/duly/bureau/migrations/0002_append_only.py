"""What was reported stays on record as it was."""

from django.db import migrations

from duly.ledger.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("bureau", "0001_initial")]
    operations = [
        AppendOnly(
            ["bureau_report", "bureau_line", "bureau_heldback"],
            "what was reported stays on record; a correction goes out with the next report",
        ),
    ]
