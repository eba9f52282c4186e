"""What was found of a promise is only ever added to."""

from django.db import migrations

from duly.ledger.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("promises", "0001_initial")]
    operations = [AppendOnly(["promises_promiseevent"], "what was found stays on record; the next close judges again")]
