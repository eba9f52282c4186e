"""Applications for relief, their papers, and the loans that rest."""

import django.db.models.deletion
from django.db import migrations, models

import duly.people.encryption


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("borrowing", "0002_what_happened_stays"),
        ("lending", "0003_fewer_indexes_of_facts"),
        ("people", "0008_protection"),
    ]

    operations = [
        migrations.CreateModel(
            name="HardshipApplication",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(max_length=32, unique=True)),
                ("key", models.CharField(max_length=128, unique=True)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("illness", "Illness"),
                            ("lost_work", "Lost Work"),
                            ("less_income", "Less Income"),
                            ("family", "Family"),
                            ("disaster", "Disaster"),
                            ("other", "Other"),
                        ],
                        max_length=16,
                    ),
                ),
                ("words", duly.people.encryption.EncryptedTextField(blank=True, default="")),
                ("asked_on", models.DateField()),
                ("asked_at", models.DateTimeField()),
                ("by", models.CharField(max_length=150)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("granted", "Granted"),
                            ("declined", "Declined"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="waiting",
                        max_length=16,
                    ),
                ),
                ("until", models.DateField(blank=True, null=True)),
                ("decided_by", models.CharField(blank=True, default="", max_length=150)),
                ("approved_by", models.CharField(blank=True, default="", max_length=150)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("why", duly.people.encryption.EncryptedTextField(blank=True, default="")),
                (
                    "borrower",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hardship_applications",
                        to="people.borrower",
                    ),
                ),
                (
                    "circumstance",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hardship_application",
                        to="people.circumstance",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HardshipPaper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("called", duly.people.encryption.EncryptedTextField(blank=True, default="")),
                ("uploaded_at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="papers",
                        to="hardship.hardshipapplication",
                    ),
                ),
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="borrowing.sealedfile"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Pause",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ended_on", models.DateField(blank=True, null=True)),
                (
                    "circumstance",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="pauses", to="people.circumstance"
                    ),
                ),
                (
                    "loan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="pauses", to="lending.loan"
                    ),
                ),
                (
                    "paused",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="lending.fact"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="hardshipapplication",
            index=models.Index(fields=["state", "asked_on"], name="hardship_ha_state_f409ef_idx"),
        ),
        migrations.AddConstraint(
            model_name="hardshipapplication",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")), fields=("borrower",), name="hardship_one_waiting_a_borrower"
            ),
        ),
        migrations.AddConstraint(
            model_name="hardshipapplication",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "granted"), _negated=True),
                    models.Q(("circumstance__isnull", False), ("until__gte", models.F("asked_on"))),
                    _connector="OR",
                ),
                name="hardship_granted_until",
            ),
        ),
        migrations.AddConstraint(
            model_name="hardshipapplication",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["granted", "declined"]), _negated=True),
                    models.Q(
                        models.Q(("decided_by", ""), _negated=True),
                        ("decided_at__isnull", False),
                        models.Q(("approved_by", models.F("decided_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="hardship_decided_by_somebody",
            ),
        ),
        migrations.AddIndex(
            model_name="pause",
            index=models.Index(condition=models.Q(("ended_on", None)), fields=["loan"], name="pause_open"),
        ),
        migrations.AddConstraint(
            model_name="pause",
            constraint=models.UniqueConstraint(fields=("circumstance", "loan"), name="pause_once_a_loan"),
        ),
    ]
