"""What people agreed to, and who looked at their data, only ever grows."""

from django.db import migrations

from duly.ledger.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("people", "0004_codes_consents_and_reveals")]
    operations = [
        AppendOnly(["people_consenttext", "people_consentevent"], "a consent is withdrawn by another event"),
        AppendOnly(["people_reveal"], "who looked stays on record"),
    ]
