"""The table in which tries at sign-in are counted, by every process alike (settings.CACHES)."""

from django.core.management import call_command
from django.db import migrations


def make(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("people", "0005_append_only")]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
