"""Personal data at rest, read from the database as whoever steals it would; keys changed without losing anything."""

import datetime

import pytest
from cryptography.fernet import Fernet
from django.db import connection

from duly.people.blind_index import blind_index, standard_phone
from duly.people.models import Borrower
from duly.people.services import find_borrowers, register_borrower

PERSONAL = {
    "name": "Borrower 12",
    "phone": "+8613800000012",
    "email": "borrower-12@mail.example",
    "id_number": "11010119900101001X",
    "address": "1 Example Road",
    "birth_date": datetime.date(1990, 1, 1),
}


def raw(table: str = "people_borrower") -> str:
    """Everything in a table as text, past Django's fields."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        return repr(cursor.fetchall())


def test_nothing_personal_can_be_read_in_the_database(db):
    one = register_borrower(**PERSONAL)
    stored = raw()
    for value in PERSONAL.values():
        assert str(value) not in stored
        assert repr(value) not in stored
    assert "138" + "0000" not in stored
    again = Borrower.objects.get(pk=one.pk)
    assert {field: getattr(again, field) for field in PERSONAL} == PERSONAL


def test_equal_values_look_different_and_have_the_same_index(db):
    first, second = register_borrower(**PERSONAL), register_borrower(**PERSONAL)
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone, phone_index FROM people_borrower ORDER BY id")
        (phone, index), (other_phone, other_index) = cursor.fetchall()
    assert phone != other_phone
    assert index == other_index
    assert set(find_borrowers("13800000012")) == {first, second}


def test_the_index_needs_its_key(db, settings):
    one = register_borrower(**PERSONAL)
    index = one.phone_index
    settings.DULY_INDEX_KEYS = ["another"]
    assert blind_index("13800000012", standard_phone) != index
    assert not find_borrowers("13800000012")
    settings.DULY_INDEX_KEYS = ["another", *_own_keys()]
    assert list(find_borrowers("13800000012")) == [one]


def _own_keys() -> list[str]:
    from duly import settings as own

    return own.DULY_INDEX_KEYS


@pytest.mark.parametrize("how", ["save", "update_fields", "bulk_create"])
def test_the_index_follows_its_field(db, how):
    if how == "bulk_create":
        Borrower.objects.bulk_create([Borrower(reference="b", phone="13800000019")])
    else:
        one = Borrower.objects.create(reference="b", phone="13800000018")
        one.phone = "13800000019"
        one.save(**({"update_fields": ["phone"]} if how == "update_fields" else {}))
    assert find_borrowers("+86 138 0000 0019").get().reference == "b"
    assert not find_borrowers("13800000018")


def test_data_written_under_a_lost_key_says_which_setting_is_missing(db, settings):
    register_borrower(**PERSONAL)
    settings.DULY_FIELD_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(ValueError, match="DULY_FIELD_KEYS"):
        Borrower.objects.get()
