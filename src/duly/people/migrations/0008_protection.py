"""Breathing spaces, and people who need special care, are circumstances too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0007_erasures"),
    ]

    operations = [
        migrations.AlterField(
            model_name="circumstance",
            name="kind",
            field=models.CharField(
                choices=[
                    ("cease_requested", "Cease Requested"),
                    ("represented", "Represented"),
                    ("disputed", "Disputed"),
                    ("complaint_open", "Complaint Open"),
                    ("bankrupt", "Bankrupt"),
                    ("deceased", "Deceased"),
                    ("incapacitated", "Incapacitated"),
                    ("hardship", "Hardship"),
                    ("minor", "Minor"),
                    ("breathing_space", "Breathing Space"),
                    ("vulnerable", "Vulnerable"),
                ],
                max_length=32,
            ),
        ),
    ]
