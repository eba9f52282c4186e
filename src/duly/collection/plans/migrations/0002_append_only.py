"""What was offered, recorded and told of a plan is only ever added to."""

from django.db import migrations

from duly.ledger.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("plans", "0001_initial")]
    operations = [
        AppendOnly(
            ["plans_policytext", "plans_offer", "plans_planfact", "plans_planevent"],
            "what was offered and agreed stays on record; make another offer",
        ),
    ]
