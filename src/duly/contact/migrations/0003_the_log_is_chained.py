"""Decisions are numbered without a gap and chained by hash; the database refuses one that does not follow the last.

Decisions written before are numbered and chained in the order of their ids, so they are vouched for from here on. The
texts of their packs go on record where they are those of today; one that has changed since is not on record.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

import duly.contact.models
from duly.contact.log.record import FIELDS, GENESIS, canonical, digest, record
from duly.engine.errors import InputError
from duly.ledger.append_only import AppendOnly
from duly.people.house import text_of

unleashed = __import__("duly.contact.migrations.0002_nothing_leaves_unallowed", fromlist=["guard", "unguard"])

DECISIONS = AppendOnly(["contact_decision"], "what was decided and sent stays on record")
MESSAGES = AppendOnly(["contact_message"], "what was decided and sent stays on record")
FOLLOWS = (
    "NEW.id = coalesce((SELECT max(id) FROM contact_decision), 0) + 1 AND length(NEW.hash) = 64 AND "  # noqa: S608
    f"NEW.previous = coalesce((SELECT hash FROM contact_decision ORDER BY id DESC LIMIT 1), '{GENESIS}')"
)
REFUSAL = "contact_decision refused: it does not follow the last one; the log is added to by duly.contact.log.append"


def unguard(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take the triggers away: SQLite would lose them with the table it makes anew, and old rows are written once more."""
    unleashed.unguard(apps, schema_editor)
    for tables in (DECISIONS, MESSAGES):
        tables.database_backwards("contact", schema_editor, None, None)


def guard(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put the triggers back, and one more: what is added must follow."""
    for tables in (DECISIONS, MESSAGES):
        tables.database_forwards("contact", schema_editor, None, None)
    unleashed.guard(apps, schema_editor)
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            f"CREATE TRIGGER contact_decision_follows BEFORE INSERT ON contact_decision WHEN NOT ({FOLLOWS}) "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
    else:
        schema_editor.execute(
            "CREATE FUNCTION contact_decision_follows() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN IF NOT ({FOLLOWS}) THEN "
            f"RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
        )
        schema_editor.execute(
            "CREATE TRIGGER contact_decision_follows BEFORE INSERT ON contact_decision "
            "FOR EACH ROW EXECUTE FUNCTION contact_decision_follows()"
        )


def chain(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Number and chain the decisions that are there."""
    decisions, messages = apps.get_model("contact", "Decision").objects, apps.get_model("contact", "Message").objects
    sheets, texts = apps.get_model("contact", "RuleSheet").objects, apps.get_model("contact", "PackText").objects
    head = GENESIS
    for number, old in enumerate(list(decisions.order_by("id").values_list("id", flat=True)), 1):
        if old != number:
            decisions.filter(id=old).update(id=number)
            messages.filter(decision_id=old).update(decision_id=number)
        one = decisions.get(id=number)
        shared = [{k: v for k, v in r.items() if k != "because" or r["result"] == "not_applicable"} for r in one.rules]
        text = canonical({"packs": one.packs, "rules": shared, "must_include": one.must_include})
        _, is_new = sheets.get_or_create(digest=digest(text), defaults={"text": text})
        for name, pack in one.packs.items() if is_new else ():
            if digest(pack_text := _text_of_today(name)) == pack["digest"]:
                texts.get_or_create(digest=pack["digest"], defaults={"text": pack_text})
        one.sheet_id, one.previous = digest(text), head
        one.because = [rule["because"] for rule in one.rules if rule["result"] != "not_applicable"]
        head = one.hash = digest(record({name: getattr(one, name) for name in FIELDS}))
        one.save()
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _text_of_today(pack: str) -> str:
    try:
        return text_of(pack)
    except InputError:
        return ""


class Migration(migrations.Migration):
    dependencies = [("contact", "0002_nothing_leaves_unallowed")]
    operations = [
        migrations.RunPython(unguard),
        migrations.CreateModel(
            name="PackText",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("text", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="RuleSheet",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("text", models.TextField()),
            ],
        ),
        migrations.AddField("decision", "previous", models.CharField(max_length=64, default=""), False),
        migrations.AddField("decision", "hash", models.CharField(max_length=64, default=""), False),
        migrations.AddField(
            "decision", "because", duly.contact.models.CanonicalJSONField(default=list), preserve_default=False
        ),
        migrations.AddField(
            "decision",
            "sheet",
            models.ForeignKey(
                to="contact.rulesheet",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                db_index=False,
                null=True,
            ),
        ),
        migrations.AlterField("decision", "inputs", duly.contact.models.CanonicalJSONField()),
        migrations.RunPython(chain),
        migrations.AlterField(
            "decision",
            "sheet",
            models.ForeignKey(
                to="contact.rulesheet",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                db_index=False,
            ),
        ),
        migrations.RemoveField("decision", "rules"),
        migrations.RemoveField("decision", "packs"),
        migrations.RemoveField("decision", "must_include"),
        migrations.RunPython(guard),
        AppendOnly(["contact_packtext", "contact_rulesheet"], "what the log refers to stays on record"),
    ]
