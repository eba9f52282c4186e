"""Complaints, and what happened to each; the steps are only ever added to."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import duly.people.encryption
from duly.ledger.append_only import AppendOnly


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("lending", "0003_fewer_indexes_of_facts"),
        ("people", "0007_erasures"),
    ]

    operations = [
        migrations.CreateModel(
            name="Complaint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("idempotency_key", models.CharField(max_length=160, unique=True)),
                (
                    "about",
                    models.CharField(
                        choices=[
                            ("conduct", "how somebody behaved"),
                            ("amount", "the amount"),
                            ("identity", "a loan that is not the person's own"),
                            ("credit_record", "the credit record"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("portal", "own pages"),
                            ("voice", "telephone"),
                            ("email", "e-mail"),
                            ("sms", "text message"),
                            ("letter", "letter"),
                            ("chat", "chat"),
                            ("visit", "in person"),
                            ("authority", "through an authority"),
                        ],
                        max_length=16,
                    ),
                ),
                ("agency", models.CharField(blank=True, default="", max_length=64)),
                ("text", duly.people.encryption.EncryptedTextField()),
                ("wish", duly.people.encryption.EncryptedTextField(blank=True, default="")),
                ("received_at", models.DateTimeField()),
                ("recorded_by", models.CharField(max_length=150)),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                ("hard_since", models.DateTimeField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("upheld", "right in full"),
                            ("partly", "right in part"),
                            ("not_upheld", "not right"),
                            ("withdrawn", "taken back"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("rudeness", "rude or threatening words"),
                            ("time", "contact at a wrong hour"),
                            ("frequency", "too many contacts"),
                            ("third_person", "a third person was told"),
                            ("privacy", "personal data handled wrongly"),
                            ("payment", "a payment posted late or wrongly"),
                            ("charge", "a wrong charge"),
                            ("terms", "terms not made clear"),
                            ("fraud", "borrowed by somebody else"),
                            ("report", "a wrong report to the credit record"),
                            ("service", "slow or missing answers"),
                            ("none", "no fault found"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                ("reasons", duly.people.encryption.EncryptedTextField(blank=True, default="")),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("answered_by", models.CharField(blank=True, default="", max_length=150)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                (
                    "borrower",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="complaints", to="people.borrower"
                    ),
                ),
                (
                    "circumstance",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="complaint", to="people.circumstance"
                    ),
                ),
                (
                    "loan",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="complaints",
                        to="lending.loan",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Step",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("received", "received"),
                            ("acknowledged", "receipt confirmed"),
                            ("found_hard", "needs longer"),
                            ("noted", "looked into"),
                            ("correction_asked", "correction asked for"),
                            ("corrected", "put right"),
                            ("answered", "answered"),
                        ],
                        max_length=24,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=150)),
                ("note", duly.people.encryption.EncryptedTextField(blank=True, default="")),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "complaint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="complaints.complaint"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="complaint",
            index=models.Index(fields=["answered_at", "received_at"], name="complaints__answere_04a423_idx"),
        ),
        migrations.AddIndex(
            model_name="complaint",
            index=models.Index(fields=["borrower", "answered_at"], name="complaints__borrowe_5e4eff_idx"),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answered_at__isnull", True), ("cause", ""), ("outcome", "")),
                    models.Q(
                        ("answered_at__isnull", False),
                        models.Q(("outcome", ""), _negated=True),
                        models.Q(("cause", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="complaint_answered_with_outcome_and_cause",
            ),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("answered_at__isnull", True), ("answered_at__gte", models.F("received_at")), _connector="OR"
                ),
                name="complaint_answered_after_it_came",
            ),
        ),
        AppendOnly(["complaints_step"], "what happened stays on record; add what happened next"),
    ]
