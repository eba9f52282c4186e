"""Policies, requests, offers, and the plans that are agreed."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import duly.people.encryption


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("lending", "0003_fewer_indexes_of_facts"),
        ("people", "0007_erasures"),
    ]

    operations = [
        migrations.CreateModel(
            name="PolicyText",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("text", models.TextField()),
                ("kept_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name="Offer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(max_length=32, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("offered", "Offered"),
                            ("proposed", "Proposed"),
                            ("nearest", "Nearest"),
                            ("exception", "Exception"),
                        ],
                        max_length=16,
                    ),
                ),
                ("policy_name", models.CharField(max_length=64)),
                ("policy_version", models.PositiveIntegerField()),
                ("band", models.CharField(blank=True, default="", max_length=64)),
                ("installments", models.PositiveIntegerField()),
                ("first_due_on", models.DateField()),
                ("down_payment", models.BigIntegerField()),
                ("monthly", models.BigIntegerField()),
                ("total", models.BigIntegerField()),
                ("owed_today", models.BigIntegerField()),
                ("present_value", models.BigIntegerField()),
                ("waived", models.JSONField()),
                ("shares", models.JSONField()),
                ("dues", models.JSONField()),
                ("terms", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("offered_on", models.DateField()),
                ("valid_until", models.DateField()),
                ("made_at", models.DateTimeField()),
                (
                    "through",
                    models.CharField(choices=[("portal", "Portal"), ("desk", "Desk"), ("api", "Api")], max_length=8),
                ),
                ("by", models.CharField(max_length=150)),
                ("approved_by", models.CharField(blank=True, default="", max_length=150)),
                (
                    "loan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="plan_offers", to="lending.loan"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("kept", "Kept"),
                            ("at_risk", "At Risk"),
                            ("broken", "Broken"),
                            ("done", "Done"),
                            ("lapsed", "Lapsed"),
                        ],
                        max_length=16,
                    ),
                ),
                ("agreed_on", models.DateField()),
                ("agreed_at", models.DateTimeField()),
                ("code", models.CharField(max_length=32)),
                ("channel", models.CharField(max_length=8)),
                ("facts_before", models.BigIntegerField()),
                ("first_payment_by", models.DateField(blank=True, null=True)),
                ("started_on", models.DateField(blank=True, null=True)),
                ("ended_on", models.DateField(blank=True, null=True)),
                (
                    "loan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="plans", to="lending.loan"
                    ),
                ),
                (
                    "offer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="plan", to="plans.offer"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PlanEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("kept", "Kept"),
                            ("at_risk", "At Risk"),
                            ("broken", "Broken"),
                            ("done", "Done"),
                            ("lapsed", "Lapsed"),
                        ],
                        max_length=16,
                    ),
                ),
                ("on", models.DateField()),
                ("at", models.DateTimeField()),
                ("why", models.CharField(blank=True, default="", max_length=200)),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="events", to="plans.plan"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PlanFact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "fact",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="of_plan", to="lending.fact"
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="facts", to="plans.plan"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PlanRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(max_length=32, unique=True)),
                ("key", models.CharField(max_length=128, unique=True)),
                ("currency", models.CharField(max_length=3)),
                ("monthly", models.BigIntegerField()),
                ("first_due_on", models.DateField()),
                ("answers", duly.people.encryption.EncryptedJSONField(default=dict)),
                ("asked_on", models.DateField()),
                ("asked_at", models.DateTimeField()),
                (
                    "through",
                    models.CharField(choices=[("portal", "Portal"), ("desk", "Desk"), ("api", "Api")], max_length=8),
                ),
                ("by", models.CharField(max_length=150)),
                (
                    "borrower",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="plan_requests", to="people.borrower"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="offer",
            name="request",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="offers",
                to="plans.planrequest",
            ),
        ),
        migrations.AddField(
            model_name="offer",
            name="policy",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="offers", to="plans.policytext"
            ),
        ),
        migrations.AddIndex(
            model_name="plan",
            index=models.Index(fields=["state"], name="plans_plan_state_63671d_idx"),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["waiting", "kept", "at_risk"])),
                fields=("loan",),
                name="plan_one_open_a_loan",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["broken", "done", "lapsed"]), ("ended_on__isnull", False)),
                    models.Q(("state__in", ["waiting", "kept", "at_risk"]), ("ended_on__isnull", True)),
                    _connector="OR",
                ),
                name="plan_ends_with_its_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["waiting", "lapsed"]), ("started_on__isnull", False), _connector="OR"
                ),
                name="plan_in_force_has_started",
            ),
        ),
        migrations.AddIndex(
            model_name="planevent",
            index=models.Index(fields=["plan", "on"], name="plans_plane_plan_id_07c1a3_idx"),
        ),
        migrations.AddIndex(
            model_name="planrequest",
            index=models.Index(fields=["borrower", "asked_at"], name="plans_planr_borrowe_ba720c_idx"),
        ),
        migrations.AddConstraint(
            model_name="planrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("monthly__gt", 0)), name="plan_request_monthly_positive"
            ),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(fields=["loan", "valid_until"], name="plans_offer_loan_id_2ab0b1_idx"),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(("installments__gte", 1), ("installments__lte", 60)),
                name="plan_offer_installments_in_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("down_payment__gte", 0), ("monthly__gte", 0), ("total__gte", models.F("down_payment"))
                ),
                name="plan_offer_money_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_until__gte", models.F("offered_on"))), name="plan_offer_valid_for_a_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "exception"), _negated=True),
                    models.Q(("approved_by", ""), _negated=True),
                    _connector="OR",
                ),
                name="plan_exception_by_two_people",
            ),
        ),
    ]
