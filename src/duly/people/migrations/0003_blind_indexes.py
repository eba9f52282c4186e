"""The blind indexes of the borrowers who were on record before there were any."""

from django.db import migrations

from duly.people.blind_index import blind_index, standard_email, standard_phone

BATCH = 2000


def fill(apps, schema_editor):
    Borrower = apps.get_model("people", "Borrower")
    batch = []
    for one in Borrower.objects.only("phone", "email").iterator(BATCH):
        one.phone_index = blind_index(one.phone, standard_phone)
        one.email_index = blind_index(one.email, standard_email)
        batch.append(one)
        if len(batch) == BATCH:
            Borrower.objects.bulk_update(batch, ["phone_index", "email_index"])
            batch.clear()
    Borrower.objects.bulk_update(batch, ["phone_index", "email_index"])


class Migration(migrations.Migration):
    dependencies = [("people", "0002_people_and_approvals")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
