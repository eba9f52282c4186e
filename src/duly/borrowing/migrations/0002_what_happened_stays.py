"""What was decided, signed and done is only ever added to."""

from django.db import migrations

from duly.ledger.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("borrowing", "0001_initial")]
    operations = [
        AppendOnly(
            [
                "borrowing_lineproduct",
                "borrowing_kepttext",
                "borrowing_applicationevent",
                "borrowing_decision",
                "borrowing_creditline",
                "borrowing_lineevent",
                "borrowing_drawdownevent",
                "borrowing_contract",
                "borrowing_signature",
                "borrowing_settledletter",
            ],
            "add what is right now; what was said and done stays on record",
        )
    ]
