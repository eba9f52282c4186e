"""How open cases stand; tasks for people; the playbooks that experiments draw."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collection", "0003_open_time_line"),
        ("people", "0007_erasures"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Assignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("experiment", models.CharField(max_length=64)),
                ("experiment_version", models.PositiveIntegerField()),
                ("playbook", models.CharField(max_length=64)),
                ("playbook_version", models.PositiveIntegerField()),
                ("probability", models.PositiveIntegerField()),
                ("draw", models.PositiveIntegerField()),
                ("assigned_on", models.DateField()),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "borrower",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="assignments", to="people.borrower"
                    ),
                ),
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="assignment", to="collection.case"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["experiment", "playbook"], name="collection__experim_035201_idx"),
                    models.Index(fields=["borrower", "experiment"], name="collection__borrowe_a431ce_idx"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("draw__lt", 1000000), ("probability__gt", 0), ("probability__lte", 1000000)
                        ),
                        name="assignment_probability_is_one",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseStanding",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="standing",
                        serialize=False,
                        to="collection.case",
                    ),
                ),
                ("stage", models.CharField(max_length=16)),
                ("segment", models.CharField(blank=True, default="", max_length=64)),
                ("oldest_due_on", models.DateField(blank=True, null=True)),
                ("overdue", models.BigIntegerField(blank=True, null=True)),
                ("worth", models.BigIntegerField(default=0)),
                ("act_by", models.DateTimeField(blank=True, null=True)),
                ("taken_until", models.DateTimeField(blank=True, null=True)),
                ("paused_on", models.DateField(blank=True, null=True)),
                ("paused_until", models.DateField(blank=True, null=True)),
                ("paused_because", models.CharField(blank=True, default="", max_length=300)),
                (
                    "taken_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["act_by", "-worth", "case"], name="case_queue"),
                    models.Index(fields=["segment", "act_by", "-worth", "case"], name="case_queue_of_segment"),
                    models.Index(fields=["stage", "act_by", "-worth", "case"], name="case_queue_of_stage"),
                    models.Index(
                        condition=models.Q(("paused_on__isnull", False)), fields=["paused_on"], name="case_paused"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("step", models.CharField(max_length=64)),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("email", "Email"),
                            ("sms", "Sms"),
                            ("letter", "Letter"),
                            ("voice", "Voice"),
                            ("app", "App"),
                            ("visit", "Visit"),
                            ("chat", "Chat"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("reminder", "Reminder"),
                            ("notice", "Notice"),
                            ("legal", "Legal"),
                            ("locate", "Locate"),
                            ("reply", "Reply"),
                        ],
                        max_length=16,
                    ),
                ),
                ("template", models.CharField(max_length=64)),
                ("business_date", models.DateField()),
                ("due_from", models.DateTimeField()),
                ("due_by", models.DateTimeField()),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "Open"), ("done", "Done"), ("cancelled", "Cancelled")],
                        default="open",
                        max_length=16,
                    ),
                ),
                ("outcome", models.CharField(blank=True, default="", max_length=32)),
                ("why", models.CharField(blank=True, default="", max_length=300)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("reviewed_at", models.DateTimeField(blank=True, null=True)),
                ("well_done", models.BooleanField(blank=True, null=True)),
                ("review", models.CharField(blank=True, default="", max_length=500)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tasks", to="collection.case"
                    ),
                ),
                (
                    "done_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["status", "due_by"], name="collection__status_e39d08_idx"),
                    models.Index(fields=["status", "done_at"], name="collection__status_fe3e09_idx"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("case", "step", "business_date"), name="task_once_a_step_and_day"),
                    models.CheckConstraint(
                        condition=models.Q(("due_by__gt", models.F("due_from"))), name="task_due_after_it_begins"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "done"), _negated=True),
                            models.Q(("done_at__isnull", False), ("done_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="task_done_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reviewed_by__isnull", True),
                            models.Q(("reviewed_by", models.F("done_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="task_reviewed_by_another",
                    ),
                ],
            },
        ),
    ]
