"""What the legal department keeps; what happened in a matter, and bundles of evidence, are only ever added."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import duly.people.encryption
from duly.ledger.append_only import AppendOnly


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("borrowing", "0002_what_happened_stays"),
        ("collection", "0005_assignments_are_only_added"),
        ("contact", "0005_no_call_unallowed"),
        ("lending", "0003_fewer_indexes_of_facts"),
        ("people", "0007_erasures"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="EvidenceBundle",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.CharField(max_length=64)),
                ("pages", models.PositiveIntegerField()),
                ("made_at", models.DateTimeField()),
                (
                    "borrower",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence_bundles",
                        to="people.borrower",
                    ),
                ),
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence_bundle",
                        to="borrowing.sealedfile",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Matter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("idempotency_key", models.CharField(max_length=160, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("court", "court"), ("arbitration", "arbitration"), ("mediation", "mediation")],
                        max_length=16,
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("prepared", "being prepared"),
                            ("filed", "filed"),
                            ("accepted", "accepted"),
                            ("heard", "heard"),
                            ("invited", "invited to talk"),
                            ("talking", "talks"),
                            ("agreed", "agreed"),
                            ("decided", "decided"),
                            ("enforcing", "being enforced"),
                            ("closed", "closed"),
                        ],
                        default="prepared",
                        max_length=16,
                    ),
                ),
                ("forum", models.CharField(max_length=200)),
                ("forum_number", models.CharField(blank=True, default="", max_length=100)),
                ("claimed", models.BigIntegerField()),
                ("awarded", models.BigIntegerField(blank=True, null=True)),
                ("currency", models.CharField(max_length=3)),
                ("opened_on", models.DateField()),
                ("opened_by", models.CharField(max_length=150)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("won", "claim granted"),
                            ("partly_won", "claim granted in part"),
                            ("lost", "claim refused"),
                            ("agreed", "ended by agreement"),
                            ("withdrawn", "taken back"),
                            ("paid", "paid"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                ("closed_on", models.DateField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="matters", to="collection.case"
                    ),
                ),
                ("loans", models.ManyToManyField(related_name="matters", to="lending.loan")),
            ],
        ),
        migrations.CreateModel(
            name="Deadline",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(max_length=200)),
                ("due_on", models.DateField()),
                ("set_by", models.CharField(max_length=150)),
                ("done_on", models.DateField(blank=True, null=True)),
                ("done_by", models.CharField(blank=True, default="", max_length=150)),
                (
                    "matter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="deadlines", to="legal.matter"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Cost",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("court", "court or arbitration fee"),
                            ("lawyer", "lawyer"),
                            ("service", "serving papers, public notice"),
                            ("preservation", "preservation of property"),
                            ("enforcement", "enforcement"),
                            ("other", "other"),
                        ],
                        max_length=16,
                    ),
                ),
                ("amount", models.BigIntegerField()),
                ("paid_on", models.DateField()),
                ("recoverable", models.BooleanField()),
                ("recorded_by", models.CharField(max_length=150)),
                (
                    "fact",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="matter_cost",
                        to="lending.fact",
                    ),
                ),
                (
                    "matter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="costs", to="legal.matter"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MatterEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField()),
                (
                    "stage",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("prepared", "being prepared"),
                            ("filed", "filed"),
                            ("accepted", "accepted"),
                            ("heard", "heard"),
                            ("invited", "invited to talk"),
                            ("talking", "talks"),
                            ("agreed", "agreed"),
                            ("decided", "decided"),
                            ("enforcing", "being enforced"),
                            ("closed", "closed"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                ("note", duly.people.encryption.EncryptedTextField(blank=True, default="")),
                ("by", models.CharField(max_length=150)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "matter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="events", to="legal.matter"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Settlement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", models.BigIntegerField()),
                ("owed", models.BigIntegerField()),
                ("pay_by", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waits for a second person"),
                            ("offered", "offered"),
                            ("kept", "paid, the rest is waived"),
                            ("lapsed", "lapsed"),
                            ("withdrawn", "withdrawn"),
                            ("undone", "undone: the payment came back"),
                        ],
                        default="waiting",
                        max_length=16,
                    ),
                ),
                ("asked_by", models.CharField(max_length=150)),
                ("asked_at", models.DateTimeField()),
                ("offered_on", models.DateField(blank=True, null=True)),
                ("kept_on", models.DateField(blank=True, null=True)),
                (
                    "approval",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="settlement",
                        to="people.approval",
                    ),
                ),
                (
                    "fact",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="settlement",
                        to="lending.fact",
                    ),
                ),
                (
                    "loan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="settlements", to="lending.loan"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Consultation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("idempotency_key", models.CharField(max_length=160, unique=True)),
                ("by_borrower", models.BooleanField()),
                ("asked_by", models.CharField(max_length=150)),
                ("asked_at", models.DateTimeField()),
                ("due_on", models.DateField()),
                ("language", models.CharField(max_length=8)),
                ("question", duly.people.encryption.EncryptedTextField()),
                ("answer", duly.people.encryption.EncryptedTextField(blank=True, default="")),
                ("article", models.CharField(blank=True, default="", max_length=64)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("answered_by", models.CharField(blank=True, default="", max_length=150)),
                (
                    "borrower",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consultations",
                        to="people.borrower",
                    ),
                ),
                (
                    "loan",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consultations",
                        to="lending.loan",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["answered_at", "due_on"], name="legal_consu_answere_116ed7_idx")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answered_at", None), ("answered_by", "")),
                            models.Q(
                                ("answered_at__gte", models.F("asked_at")), models.Q(("answered_by", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="consultation_answered_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("by_borrower", False), ("borrower__isnull", False), _connector="OR"),
                        name="consultation_of_a_borrower_has_one",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DemandLetter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=40, unique=True)),
                ("language", models.CharField(max_length=8)),
                ("amount", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("written_on", models.DateField()),
                ("pay_by", models.DateField()),
                ("sha256", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("written", "waits for a colleague"),
                            ("approved", "agreed to, leaves when the law allows"),
                            ("declined", "not agreed to"),
                            ("sent", "sent"),
                            ("stopped", "did not leave"),
                        ],
                        default="written",
                        max_length=16,
                    ),
                ),
                ("written_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("why", models.CharField(blank=True, default="", max_length=300)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="demand_letters", to="collection.case"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="demand_letter",
                        to="borrowing.sealedfile",
                    ),
                ),
                ("loans", models.ManyToManyField(related_name="demand_letters", to="lending.loan")),
                (
                    "planned",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="demand_letter",
                        to="contact.plannedcontact",
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["state"], name="legal_deman_state_51a60c_idx")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="demand_letter_asks_for_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("pay_by__gt", models.F("written_on"))), name="demand_letter_gives_time"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", None),
                            models.Q(("decided_by", models.F("written_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="demand_letter_second_person",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(fields=["stage"], name="legal_matte_stage_8b3ac7_idx"),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(condition=models.Q(("claimed__gt", 0)), name="matter_claims_something"),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(("awarded", None), ("awarded__gte", 0), _connector="OR"),
                name="matter_awards_nothing_below_zero",
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closed_on__gte", models.F("opened_on")),
                        ("stage", "closed"),
                        models.Q(("outcome", ""), _negated=True),
                    ),
                    models.Q(models.Q(("stage", "closed"), _negated=True), ("closed_on", None)),
                    _connector="OR",
                ),
                name="matter_closed_with_an_outcome",
            ),
        ),
        migrations.AddIndex(
            model_name="deadline",
            index=models.Index(fields=["done_on", "due_on"], name="legal_deadl_done_on_652f88_idx"),
        ),
        migrations.AddConstraint(
            model_name="cost",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="matter_cost_positive"),
        ),
        migrations.AddConstraint(
            model_name="cost",
            constraint=models.CheckConstraint(
                condition=models.Q(("fact", None), ("recoverable", True), _connector="OR"),
                name="matter_cost_charged_is_recoverable",
            ),
        ),
        migrations.AddIndex(
            model_name="settlement",
            index=models.Index(fields=["state", "pay_by"], name="legal_settl_state_965bdc_idx"),
        ),
        migrations.AddConstraint(
            model_name="settlement",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0), ("amount__lt", models.F("owed"))), name="settlement_is_for_less"
            ),
        ),
        migrations.AddConstraint(
            model_name="settlement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["waiting", "offered"])),
                fields=("loan",),
                name="settlement_one_open_a_loan",
            ),
        ),
        AppendOnly(
            ["legal_matterevent", "legal_evidencebundle"], "what happened stays on record; add what happened next"
        ),
    ]
