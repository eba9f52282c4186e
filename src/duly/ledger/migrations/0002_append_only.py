"""The chart of accounts; journal entries are only ever added."""

from django.db import migrations

from duly.ledger.accounts import CHART
from duly.ledger.append_only import AppendOnly


def add_chart(apps, schema_editor):
    account = apps.get_model("ledger", "Account")
    account.objects.bulk_create(
        account(code=code, name_en=name_en, name_zh=name_zh, kind=kind) for code, name_en, name_zh, kind in CHART
    )


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [
        migrations.RunPython(add_chart, migrations.RunPython.noop),
        AppendOnly(["ledger_journalentry"], "post an entry that reverses it"),
    ]
