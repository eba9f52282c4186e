"""Keys changed: everything is written anew, in batches, again after a stop, and then the old keys may go."""

import pytest
from cryptography.fernet import Fernet
from django.db import DatabaseError, connection, transaction

import small_lender as small
from duly.contact.models import Message
from duly.contact.outbox import send_due
from duly.contact.services import Proposal, plan_contacts
from duly.people.encryption import encrypted_columns
from duly.people.models import Borrower, Circumstance
from duly.people.rotate import keys_in_use, rotate
from duly.people.services import find_borrowers, register_borrower

NOON = small.instant(small.DUE, 4)


def quietly(table: str, done: int, rows: int) -> None:
    """Nobody watches."""


@pytest.fixture
def new_key(settings) -> str:
    """A new key stands before the one that data was written under."""
    key = Fernet.generate_key().decode()
    settings.DULY_FIELD_KEYS = [key, *settings.DULY_FIELD_KEYS]
    return key


def tokens() -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, name FROM people_borrower ORDER BY id")
        return dict(cursor.fetchall())


def test_after_it_the_old_key_may_go(db, settings):
    people = [register_borrower(name=f"Borrower {n}", phone=f"138000001{n:02d}") for n in range(7)]
    Circumstance.objects.create(borrower=people[0], kind="hardship", since=NOON, note="lost work")
    key = Fernet.generate_key().decode()
    settings.DULY_FIELD_KEYS = [key, *settings.DULY_FIELD_KEYS]
    before = tokens()
    assert rotate(quietly, batch=3) == {"people_borrower": 7, "people_circumstance": 1}
    after = tokens()
    assert all(before[pk] != after[pk] for pk in before)
    settings.DULY_FIELD_KEYS = [key]
    assert [one.name for one in Borrower.objects.order_by("pk")] == [one.name for one in people]
    assert Circumstance.objects.get().note == "lost work"
    assert keys_in_use() == {"people_borrower": {0: 14}, "people_circumstance": {0: 1}}


def test_a_second_run_changes_nothing(db, new_key):
    register_borrower(name="Borrower 1")
    assert rotate(quietly) == {}
    before = tokens()
    assert rotate(quietly) == {}
    assert tokens() == before


def test_killed_on_the_way_it_goes_on_where_it_was(book, settings):
    people = [register_borrower(name=f"Borrower {n}") for n in range(9)]
    settings.DULY_FIELD_KEYS = [Fernet.generate_key().decode(), *settings.DULY_FIELD_KEYS]

    class KilledError(Exception):
        pass

    def killed(table: str, done: int, rows: int) -> None:
        if done >= 4:
            raise KilledError

    with pytest.raises(KilledError):
        rotate(killed, batch=2)
    assert keys_in_use()["people_borrower"] == {0: 4, 1: 5}
    assert [one.name for one in Borrower.objects.order_by("pk")] == [one.name for one in people]
    assert rotate(quietly, batch=2) == {"people_borrower": 5}
    assert keys_in_use()["people_borrower"] == {0: 9}


def test_what_only_ever_grows_is_renewed_too_and_still_refuses_everybody_else(db, settings):
    borrower = small.borrower()
    loan = small.loan(borrower)
    plan_contacts(
        [
            Proposal(
                idempotency_key="one",
                borrower_id=borrower.pk,
                loan_ids=[loan.pk],
                template="due_soon",
                planned_for=NOON,
                expires_at=NOON.replace(hour=9),
                days_past_due=0,
            )
        ],
        NOON,
    )
    send_due(NOON)
    subject = Message.objects.get().subject
    key = Fernet.generate_key().decode()
    settings.DULY_FIELD_KEYS = [key, *settings.DULY_FIELD_KEYS]
    assert rotate(quietly)["contact_message"] == 1
    settings.DULY_FIELD_KEYS = [key]
    assert Message.objects.get().subject == subject
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Message.objects.update(file_name="another")


def test_indexes_follow_a_new_key_of_their_own(db, settings):
    one = register_borrower(phone="13800000141")
    settings.DULY_INDEX_KEYS = ["a new one", *settings.DULY_INDEX_KEYS]
    assert list(find_borrowers("13800000141")) == [one]
    assert rotate(quietly) == {"people_borrower": 1}
    settings.DULY_INDEX_KEYS = ["a new one"]
    assert list(find_borrowers("13800000141")) == [one]


def test_secrets_of_authenticator_apps_are_renewed(somebody, settings):
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    secret = generate_totp_secret()
    TOTP.activate(somebody("clerk"), secret)
    assert secret not in str(Authenticator.objects.values_list("data", flat=True).get())
    key = Fernet.generate_key().decode()
    settings.DULY_FIELD_KEYS = [key, *settings.DULY_FIELD_KEYS]
    assert rotate(quietly) == {"mfa_authenticator": 1}
    settings.DULY_FIELD_KEYS = [key]
    from duly.people.encryption import decrypt

    assert decrypt(Authenticator.objects.get().data["secret"]) == secret


def test_every_room_s_encrypted_columns_are_found():
    tables = {model._meta.db_table for model, _ in encrypted_columns()}
    assert {"people_borrower", "people_signinaddress", "contact_message", "duties_event", "borrowing_answers"} <= tables
