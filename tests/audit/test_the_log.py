"""The log of decisions: gap-free and chained whoever writes, and every tampering with it found, and where."""

import datetime
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import IntegrityError, connection, connections, transaction
from typer.testing import CliRunner

from duly.cli import app
from duly.contact.log import verify
from duly.contact.log.append import append
from duly.contact.log.checkpoint import checkpoint, faults_by_checkpoints, keep_todays, public_key
from duly.contact.log.record import FIELDS, GENESIS, digest, record
from duly.contact.log.replay import replay_log
from duly.contact.log.told import rules_told
from duly.contact.log.verify import verify_log
from duly.contact.models import Decision, PackText, RuleSheet
from duly.contact.services import Proposal, plan_contacts
from duly.law.pack import shipped_text
from small_lender import DUE, borrower, days_after, instant, loan

NOW = instant(days_after(DUE, 1), 14)


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, settings: object) -> None:
    settings.HOME = tmp_path  # type: ignore[attr-defined]


def decide(count: int) -> list[Decision]:
    """Plan `count` reminders, one after the other in one batch, and give the log."""
    loans = [loan(borrower()) for _ in range(count)]
    plan_contacts(
        [
            Proposal(
                idempotency_key=one.reference,
                borrower_id=one.borrower_id,
                loan_ids=[one.pk],
                template="late_1",
                planned_for=NOW + datetime.timedelta(hours=12),
                expires_at=NOW + datetime.timedelta(days=2),
                days_past_due=1,
            )
            for one in loans
        ],
        NOW,
    )
    return list(Decision.objects.order_by("id"))


@contextmanager
def as_owner_of_the_database() -> Iterator[None]:
    """With no trigger and no foreign key in the way, as somebody who runs the database could have it."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA foreign_keys = OFF")
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
        else:
            cursor.execute("SET session_replication_role = replica")
    yield
    connection.close()


def run(sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def rehash(first: int) -> None:
    """Chain the log anew from `first` on, as a thorough forger would."""
    head = Decision.objects.filter(id__lt=first).order_by("-id").values_list("hash", flat=True).first() or GENESIS
    for one in Decision.objects.filter(id__gte=first).order_by("id"):
        one.previous = head
        head = digest(record({name: getattr(one, name) for name in FIELDS}))
        Decision.objects.filter(id=one.id).update(previous=one.previous, hash=head)


def bad() -> dict[int, str]:
    return {fault.number: fault.what for fault in verify_log().faults}


# What is written


@pytest.mark.django_db
def test_planning_in_bulk_numbers_and_chains_in_few_queries(django_assert_max_num_queries: object) -> None:
    first = decide(2)
    assert [one.id for one in first] == [1, 2]
    assert [one.previous for one in first] == [GENESIS, first[0].hash]
    assert first[0].sheet
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        append([copy(first[0]) for _ in range(500)])
    assert Decision.objects.count() == 502
    assert RuleSheet.objects.count() == 1


@pytest.mark.django_db
def test_the_packs_are_kept_word_for_word_once() -> None:
    decide(3)
    assert {one.text for one in PackText.objects.all()} == {shipped_text("base"), shipped_text("cn")}


@pytest.mark.django_db
def test_rules_read_back_as_the_gate_gave_them() -> None:
    from duly.law.door import decide_json

    (one,) = decide(1)
    again = decide_json(one.inputs)
    assert (one.rules, one.packs, one.must_include) == (again["rules"], again["packs"], again["must_include"])


@pytest.mark.django_db
def test_a_decision_is_told_in_the_readers_language() -> None:
    (one,) = decide(1)
    told = rules_told(one, "zh")
    assert rules_told(one, "en") == one.rules
    assert [(rule["id"], rule["result"]) for rule in told] == [(rule["id"], rule["result"]) for rule in one.rules]
    (hours,) = [rule for rule in told if rule["id"] == "cn.hours"]
    assert hours["title"] == "夜间不得催收"
    assert "允许时段" in hours["because"]
    assert "贷后催收风控指引" in hours["citation"]


@pytest.mark.django_db
def test_words_are_the_logs_own_where_deciding_again_would_say_something_else() -> None:
    (one,) = decide(1)
    logged = {rule["id"]: rule for rule in one.rules}
    one.inputs = {**one.inputs, "contact": {**one.inputs["contact"], "at": instant(DUE, 15).isoformat()}}
    told = {rule["id"]: rule for rule in rules_told(one, "zh")}
    assert told["cn.hours"] == logged["cn.hours"]  # passed then; at night it would not
    assert told["cn.debtor_only"]["title"] == "仅向债务人及依法依约承担责任者催收"
    one.sheet.text = one.sheet.text.replace(digest(shipped_text("cn")), "c" * 64)
    del one.sheet.content
    assert rules_told(one, "zh") == one.rules


@pytest.mark.django_db
def test_what_is_rolled_back_leaves_no_gap() -> None:
    (one,) = decide(1)
    with transaction.atomic():
        append([copy(one)])
        transaction.set_rollback(True)
    append([copy(one)])
    assert list(Decision.objects.order_by("id").values_list("id", flat=True)) == [1, 2]


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [{"id": 5}, {"previous": "0" * 64}, {"hash": "short"}, {"id": 1}])
def test_the_database_refuses_one_that_does_not_follow(wrong: dict[str, object]) -> None:
    last = decide(2)[-1]
    forged = copy(last)
    forged.id, forged.previous = 3, last.hash
    for name, value in wrong.items():
        setattr(forged, name, value)
    with pytest.raises(IntegrityError), transaction.atomic():
        forged.save(force_insert=True)
    append([forged])


@pytest.mark.django_db
def test_a_line_break_cannot_be_smuggled_into_a_record() -> None:
    (one,) = decide(1)
    one.debt = "B1\nsms"
    with pytest.raises(ValueError, match="debt"):
        append([one])


def test_many_who_write_at_once_make_one_chain(book: object) -> None:
    (one,) = decide(1)

    def write() -> None:
        try:
            for _ in range(10):
                append([copy(one), copy(one)])
        finally:
            connections.close_all()

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = verify_log()
    assert (found.decisions, found.faults) == (81, ())


# Tampering: what was done, the first bad number, and what is said


def test_an_untouched_log_is_sound(book: object) -> None:
    log = decide(3)
    found = verify_log()
    assert (found.decisions, found.last, found.head, found.faults) == (3, 3, log[-1].hash, ())


# For each column a value that it does not hold.
FLIPS = {
    "hash": "'" + "a" * 64 + "'",
    "decided_at": "'2020-01-01 00:00:00'",
    "contact_at": "'2020-01-01 00:00:00'",
    "moment": "'send'",
    "planned_id": "NULL",
    "borrower_id": "999",
    "debt": "'another'",
    "channel": "'visit'",
    "template": "''",
    "allowed": "NOT allowed",
    "next_allowed_at": "NULL",
    "sheet_id": "'" + "b" * 64 + "'",
    "because": "'[]'",
    "inputs": "replace(inputs, '{', '{ ')",
}


def test_a_contact_that_will_never_be_allowed_leaves_the_log_sound(book: object) -> None:
    reply = Proposal(
        idempotency_key="reply",
        borrower_id=borrower().pk,
        loan_ids=[],
        template="complaint_answered",
        planned_for=NOW,
        expires_at=NOW + datetime.timedelta(days=2),
        days_past_due=0,
        words={"number": "C1"},
    )
    plan_contacts([reply], NOW)
    assert Decision.objects.get().next_allowed_at is None
    assert verify_log().sound


def test_a_change_of_any_field_is_found_and_where(book: object) -> None:
    decide(2 * len(FLIPS))
    changed = {2 * place: name for place, name in enumerate(FLIPS, 1)}
    with as_owner_of_the_database():
        run(
            "ALTER TABLE contact_decision DROP CONSTRAINT decision_send_is_about_now"
        ) if connection.vendor != "sqlite" else run("PRAGMA ignore_check_constraints = ON")
        for number, name in changed.items():
            run(f"UPDATE contact_decision SET {name} = {FLIPS[name]} WHERE id = {number}")
    found = [fault for fault in verify_log().faults if "its record does not give its hash" in fault.what]
    assert [fault.number for fault in found] == sorted(changed)


def test_a_value_of_another_type_that_reads_the_same_is_found(book: object) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps to the types of its columns")
    decide(3)
    with as_owner_of_the_database():
        run("UPDATE contact_decision SET allowed = CAST(CAST(allowed AS TEXT) AS BLOB) WHERE id = 2")
    assert "another type" in bad()[2]


def test_a_removed_decision_is_found(book: object) -> None:
    decide(5)
    with as_owner_of_the_database():
        run("DELETE FROM contact_decision WHERE id = 3")
    assert bad() == {3: "was removed"}


def test_the_first_ones_removed_are_found(book: object) -> None:
    decide(5)
    with as_owner_of_the_database():
        run("DELETE FROM contact_decision WHERE id <= 2")
    assert bad() == {1: "and all up to 2 were removed"}


def test_two_that_changed_places_are_found(book: object) -> None:
    decide(5)
    with as_owner_of_the_database():
        for old, new in ((2, -2), (3, 2), (-2, 3)):
            run(f"UPDATE contact_decision SET id = {new} WHERE id = {old}")
    assert min(bad()) == 2
    assert {2, 3, 4} <= bad().keys()


@pytest.mark.parametrize("number", [0, 3])
def test_one_put_in_is_found(book: object, number: int) -> None:
    decide(5)
    with as_owner_of_the_database():
        run(f"UPDATE contact_decision SET id = id + 100 WHERE id >= {number}")
        run("UPDATE contact_decision SET id = id - 99 WHERE id > 100")
        columns = ", ".join((*FIELDS, "hash")).replace("id,", f"{number},", 1)
        names = ", ".join((*FIELDS, "hash"))
        run(f"INSERT INTO contact_decision ({names}) SELECT {columns} FROM contact_decision WHERE id = 2")
    assert min(bad()) == number


def test_numbers_put_in_far_away_are_found_and_do_not_keep_the_auditor_waiting(book: object) -> None:
    decide(4)
    with as_owner_of_the_database():
        run(f"UPDATE contact_decision SET id = {-(10**18)} WHERE id = 2")
        run(f"UPDATE contact_decision SET id = {2**63 - 1} WHERE id = 3")
    found = bad()
    assert found.keys() == {-(10**18), 2, 5, 2**63 - 1}
    assert "begins at 1" in found[-(10**18)]
    assert "all up to 3 were removed" in found[2]
    assert f"all up to {2**63 - 2} were removed" in found[5]


def test_a_change_with_its_own_hash_made_anew_breaks_the_chain_behind_it(book: object) -> None:
    decide(5)
    with as_owner_of_the_database():
        run("UPDATE contact_decision SET debt = 'another' WHERE id = 3")
        one = Decision.objects.get(id=3)
        run("UPDATE contact_decision SET hash = %s WHERE id = 3", digest(record({f: getattr(one, f) for f in FIELDS})))
    assert list(bad()) == [4]
    assert "does not follow 3" in bad()[4]


def test_a_cut_off_end_is_found_by_the_checkpoint(book: object) -> None:
    decide(5)
    vouched = checkpoint(NOW)
    with as_owner_of_the_database():
        run("DELETE FROM contact_decision WHERE id > 3")
    found = verify_log()
    assert found.sound
    (fault,) = faults_by_checkpoints(found, [vouched])
    assert fault.number == 4
    assert "all up to 5 were removed" in fault.what


def test_a_log_rewritten_to_its_end_is_found_by_the_first_checkpoint_after_the_change(book: object) -> None:
    log = decide(2)
    checkpoints = [checkpoint(NOW)]
    for _ in range(2):
        append([copy(log[0])])
        checkpoints.append(checkpoint(NOW))
    with as_owner_of_the_database():
        run("UPDATE contact_decision SET debt = 'another' WHERE id = 3")
        rehash(3)
    found = verify_log()
    assert found.sound
    assert [fault.number for fault in faults_by_checkpoints(found, checkpoints)] == [3]


@pytest.mark.parametrize("table", ["contact_rulesheet", "contact_packtext"])
@pytest.mark.parametrize("how", ["UPDATE {} SET text = replace(text, 'hours', 'ours')", "DELETE FROM {}"])
def test_the_texts_that_decisions_refer_to_are_vouched_for_too(book: object, table: str, how: str) -> None:
    decide(1)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        run(how.format(table))
    with as_owner_of_the_database():
        run(how.format(table))
    assert 0 in bad()


def test_ranges_read_apart_are_joined(book: object, monkeypatch: pytest.MonkeyPatch) -> None:
    decide(7)
    monkeypatch.setattr(verify, "RANGE", 2)
    assert verify_log().sound
    with as_owner_of_the_database():
        run("DELETE FROM contact_decision WHERE id IN (3, 4)")
    assert bad() == {3: "and all up to 4 were removed"}


# Replay


def test_replay_makes_the_same_decisions_from_the_packs_on_record(
    book: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(3)
    monkeypatch.setattr("duly.law.pack.shipped_text", lambda name: pytest.fail("the packs of today are not asked"))
    assert replay_log() == (3, [])


def test_replay_names_a_decision_that_comes_out_differently(book: object) -> None:
    decide(3)
    with as_owner_of_the_database():
        run("UPDATE contact_decision SET allowed = NOT allowed WHERE id = 2")
    decisions, differences = replay_log()
    assert decisions == 3
    assert [(one.number, one.what) for one in differences] == [(2, "allowed")]


# At the terminal


def audit(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["audit", *arguments])
    return done.exit_code, done.stdout


def test_an_auditor_keeps_a_checkpoint_and_the_key_and_finds_the_cut(book: object, tmp_path: Path) -> None:
    decide(4)
    kept = tmp_path / "kept" / "checkpoint.json"
    assert audit("checkpoint", str(kept))[0] == 0
    key = audit("key")[1].strip()
    code, said = audit("verify", "--checkpoint", str(kept), "--key", key, "--json")
    assert (code, json.loads(said)["sound"], json.loads(said)["checkpoints"]) == (0, True, 1)
    with as_owner_of_the_database():
        run("DELETE FROM contact_decision WHERE id = 4")
    code, said = audit("verify", "--checkpoint", str(kept), "--json")
    assert (code, json.loads(said)["faults"][0]["number"]) == (1, 4)
    code, said = audit("verify", "--checkpoint", str(kept))
    assert code == 1
    assert "first wrong number 4" in said


def test_a_checkpoint_signed_by_another_key_or_changed_is_refused(book: object, tmp_path: Path) -> None:
    decide(1)
    path = tmp_path / "checkpoint.json"
    path.write_text(json.dumps({**checkpoint(NOW), "number": 0}))
    assert audit("verify", "--checkpoint", str(path))[0] == 1
    path.write_text(json.dumps(checkpoint(NOW)))
    assert audit("verify", "--checkpoint", str(path), "--key", "00" * 32)[0] == 1
    assert audit("verify", "--checkpoint", str(path), "--key", public_key())[0] == 0


def test_one_checkpoint_a_business_day_is_made_by_itself(book: object) -> None:
    assert keep_todays(NOW) is None  # nothing is decided yet
    decide(1)
    path = keep_todays(NOW)
    assert path is not None
    assert keep_todays(NOW) is None
    assert keep_todays(NOW + datetime.timedelta(days=1)) is not None
    assert (Path(django_settings.HOME) / "audit_key").stat().st_mode & 0o077 == 0


def test_replay_and_verify_say_so_in_words(book: object) -> None:
    decide(2)
    assert "2 decisions made again" in audit("replay")[1]
    code, said = audit("verify")
    assert (code, "2 decisions: nothing was changed" in said, "no checkpoint" in said) == (0, True, True)
