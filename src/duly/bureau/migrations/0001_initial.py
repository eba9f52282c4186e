"""Tables of the credit record: reports, their lines, what was held back, objections."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import duly.people.encryption


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("lending", "0003_fewer_indexes_of_facts"),
        ("people", "0007_erasures"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Report",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("layout", models.CharField(choices=[("metro2", "Metro2"), ("cn", "Cn")], max_length=16)),
                ("form", models.CharField(max_length=16)),
                ("month", models.DateField()),
                ("facts_through", models.BigIntegerField()),
                ("reported_at", models.DateTimeField()),
                ("loans", models.BigIntegerField()),
                ("corrections", models.BigIntegerField()),
                ("held_back", models.JSONField()),
                ("files", models.JSONField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("layout", "month"), name="month_reported_once")],
            },
        ),
        migrations.CreateModel(
            name="Line",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField()),
                ("kind", models.SmallIntegerField(choices=[(0, "Of The Month"), (1, "Correction"), (2, "Late")])),
                ("status", models.SmallIntegerField()),
                ("days_past_due", models.IntegerField()),
                ("balance", models.BigIntegerField()),
                ("past_due", models.BigIntegerField()),
                ("risk_class", models.SmallIntegerField()),
                (
                    "loan",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reported_lines",
                        to="lending.loan",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="bureau.report",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HeldBack",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "loan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="months_held_back", to="lending.loan"
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="told_too_late", to="bureau.report"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Objection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", duly.people.encryption.EncryptedTextField()),
                ("made_at", models.DateTimeField()),
                ("clock", models.CharField(max_length=160, unique=True)),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[("corrected", "Corrected"), ("withdrawn", "Withdrawn"), ("refused", "Refused")],
                        default="",
                        max_length=16,
                    ),
                ),
                ("why", duly.people.encryption.EncryptedTextField(blank=True, default="")),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "borrower",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="record_objections",
                        to="people.borrower",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="objections_decided",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="objections", to="bureau.line"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["decision", "made_at"], name="bureau_obje_decisio_b0561a_idx")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decision", ""), ("decided_at", None), ("decided_by", None)),
                            models.Q(
                                models.Q(("decision", ""), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="objection_decided_by_somebody",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("decision", "")), fields=("line",), name="one_open_objection_a_line"
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="line",
            index=models.Index(fields=["loan", "month"], name="bureau_line_loan_id_634aac_idx"),
        ),
        migrations.AddConstraint(
            model_name="line",
            constraint=models.UniqueConstraint(fields=("report", "loan", "month"), name="line_once_a_report"),
        ),
        migrations.AddConstraint(
            model_name="heldback",
            constraint=models.UniqueConstraint(fields=("report", "loan"), name="held_back_once"),
        ),
    ]
