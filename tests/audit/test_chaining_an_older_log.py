"""Decisions written before the log was chained are numbered and chained where they lie, and vouched for from then."""

import datetime
from typing import Any

import pytest
from django.apps.registry import Apps
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from database_copies import empty_database
from duly.contact.log.append import append
from duly.contact.log.replay import replay_log
from duly.contact.log.verify import verify_log
from duly.contact.models import Decision, Message, PackText
from duly.law.door import decide_json
from small_lender import DUE, days_after, instant

MORNING = instant(days_after(DUE, 1), 2)  # 10:00 in Shanghai
NIGHT = instant(days_after(DUE, 1), 15)
# The numbers that they had: with gaps, as a log without rules for them has.
OLD = {3: MORNING, 7: NIGHT, 20: MORNING + datetime.timedelta(days=1)}
SENT = (3, 20)


def migrate_to(name: str) -> Apps:
    executor = MigrationExecutor(connection)
    executor.migrate([("contact", name)])
    return executor.loader.project_state([("contact", name)]).apps


def question(at: datetime.datetime) -> dict[str, Any]:
    return {
        "pack": "cn",
        "contact": {
            "at": at.isoformat(),
            "channel": "email",
            "by": {"kind": "in_house", "name": "Lender"},
            "to": {"relation": "debtor"},
            "purpose": "reminder",
        },
        "person": {"time_zones": ["Asia/Shanghai"], "circumstances": [], "consents": [], "preferences": {}},
        "debt": {"id": "B1", "days_past_due": 1, "status": "open"},
        "history": [],
    }


def write_as_then(apps: Apps, digest_of_base: str | None = None) -> None:
    """A borrower's three decisions, two of them followed by a message, through the models of that time."""
    of = apps.get_model("people", "Borrower").objects.create(reference="B1", name="Borrower 1", language="en")
    for number, at in OLD.items():
        answer = decide_json(question(at))
        later = answer["next_allowed_at"]
        if digest_of_base is not None:
            answer["packs"]["base"]["digest"] = digest_of_base
        planned = apps.get_model("contact", "PlannedContact").objects.create(
            idempotency_key=f"key {number}",
            borrower=of,
            channel="email",
            template="late_1",
            language="en",
            purpose="reminder",
            planned_for=at,
            expires_at=at + datetime.timedelta(days=1),
        )
        decision = apps.get_model("contact", "Decision").objects.create(
            id=number,
            decided_at=at,
            contact_at=at,
            moment="send",
            planned=planned,
            borrower=of,
            debt="B1",
            channel="email",
            template="late_1",
            allowed=answer["allowed"],
            next_allowed_at=None if later is None else datetime.datetime.fromisoformat(later),
            rules=answer["rules"],
            packs=answer["packs"],
            must_include=answer["must_include"],
            inputs=question(at),
        )
        if number in SENT:
            apps.get_model("contact", "Message").objects.create(
                planned=planned,
                decision=decision,
                sent_at=at,
                file_name=f"{number}.eml",
                message_id=f"<{number}@lender.example>",
                subject="A reminder",
                body="A reminder.",
            )


def test_an_older_log_is_chained_says_what_it_said_and_goes_on(transactional_db: None) -> None:
    with empty_database():
        write_as_then(migrate_to("0002_nothing_leaves_unallowed"))
        migrate_to("0003_the_log_is_chained")
        call_command("migrate", verbosity=0)
        found = verify_log()
        assert (found.decisions, found.last, found.faults) == (3, 3, ())
        assert replay_log() == (3, [])
        for one, at in zip(Decision.objects.order_by("id"), OLD.values(), strict=True):
            then = decide_json(question(at))
            assert {name: getattr(one, name) for name in ("allowed", "rules", "packs", "must_include")} == {
                name: then[name] for name in ("allowed", "rules", "packs", "must_include")
            }
            assert (one.inputs, one.contact_at) == (question(at), at)
        messages_follow_their_decisions()
        the_database_still_refuses()
        last = Decision.objects.get(id=3)
        append([last])
        assert verify_log().decisions == 4


def messages_follow_their_decisions() -> None:
    sent = Message.objects.order_by("pk").values_list("decision_id", "file_name", "planned__idempotency_key")
    assert list(sent) == [(1, "3.eml", "key 3"), (3, "20.eml", "key 20")]
    assert [one.planned.idempotency_key for one in Decision.objects.order_by("id")] == ["key 3", "key 7", "key 20"]


def the_database_still_refuses() -> None:
    forbidden = Decision.objects.get(id=2)
    names = {"file_name": "x", "message_id": "x", "sent_at": NIGHT}
    out_of_turn = Decision.objects.get(id=3)
    out_of_turn.id = 5
    for refused, why in (
        (lambda: Decision.objects.filter(id=1).update(debt="another"), "append-only"),
        (lambda: Decision.objects.filter(id=2)._raw_delete(using="default"), "append-only"),
        (lambda: Message.objects.update(decision_id=2), "append-only"),
        (lambda: Message.objects.create(planned_id=forbidden.planned_id, decision=forbidden, **names), "ask the gate"),
        (lambda: out_of_turn.save(force_insert=True), "does not follow"),
        (lambda: PackText.objects.update(text=""), "append-only"),
    ):
        with pytest.raises(IntegrityError, match=why), transaction.atomic():
            refused()


def test_a_pack_that_has_changed_since_is_said_not_to_be_on_record(transactional_db: None) -> None:
    with empty_database():
        write_as_then(migrate_to("0002_nothing_leaves_unallowed"), digest_of_base="b" * 64)
        migrate_to("0003_the_log_is_chained")
        (fault,) = verify_log().faults
        assert (fault.number, fault.what) == (0, f"the text of the pack base, {'b' * 64}, is not on record")
