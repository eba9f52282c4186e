"""Whose records one sees: one's own, what one's roles open, nobody's otherwise; and who asks to see what is masked."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.db.models import Q

from duly.engine.errors import InputError
from duly.people import visibility
from duly.people.masks import masked
from duly.people.models import Borrower, Reveal
from duly.people.reveal import masked_field, reveal
from duly.people.roles import Role
from duly.people.services import borrower_of, find_borrowers, register_borrower


@pytest.fixture
def sees(monkeypatch) -> dict:
    """The rules of visibility of the people room alone; a test adds to them."""
    own = {key: rule for key, rule in visibility._sees.items() if key[0] is Role.COMPLIANCE}
    monkeypatch.setattr(visibility, "_sees", own)
    return own


def seen(user) -> set[str]:
    return set(visibility.visible_borrowers(user).values_list("reference", flat=True))


def test_a_borrower_sees_themselves_and_nobody_else(sees, somebody, borrower):
    user = somebody("b1")
    own = register_borrower(user=user, name="Borrower 1")
    assert seen(user) == {own.reference}
    assert borrower_of(user) == own


@pytest.mark.parametrize("roles", [(), (Role.UNDERWRITER,), (Role.FINANCE, Role.LEGAL), (Role.ADMINISTRATOR,)])
def test_a_role_sees_nobody_until_a_room_says_so(sees, somebody, borrower, roles):
    assert seen(somebody("clerk", *roles)) == set()
    assert seen(AnonymousUser()) == set()


def test_a_superuser_without_a_role_sees_nobody(sees, somebody, borrower):
    assert seen(somebody("root", is_superuser=True)) == set()


def test_rooms_add_up(sees, somebody, borrower):
    other = register_borrower(reference="other")
    register_borrower(reference="third")
    visibility.let_see(Role.COLLECTOR, lambda user: Q(reference="other"), "one")
    visibility.let_see(Role.COLLECTOR, lambda user: Q(pk=borrower.pk), "two")
    assert seen(somebody("collector", Role.COLLECTOR)) == {other.reference, borrower.reference}
    assert seen(somebody("lawyer", Role.LEGAL)) == set()


def test_compliance_sees_everybody_at_no_cost(sees, somebody, borrower, django_assert_num_queries):
    user = somebody("officer", Role.COMPLIANCE)
    rows = Borrower.objects.all()
    assert visibility.limited(rows, user) is rows
    assert seen(user) == {borrower.reference}


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("name", "张三", "张•••"),
        ("name", "Borrower 12", "B•••"),
        ("phone", "+8613800000012", "••••0012"),
        ("phone", "110", "••••"),
        ("id_number", "11010119900101001X", "••••001X"),
        ("email", "borrower-12@mail.example", "b•••@mail.example"),
        ("address", "1 Example Road", "••••••"),
        ("birth_date", "1990-01-01", "••••••"),
        ("phone", "", ""),
        ("birth_date", None, ""),
    ],
)
def test_a_mask_leaves_enough_to_recognise(field, value, shown):
    assert masked(field, value) == shown


def test_asking_to_see_is_on_record_before_anything_is_shown(sees, somebody, borrower):
    user = somebody("officer", Role.COMPLIANCE)
    assert masked_field(borrower, "phone") == "••••0012"
    assert reveal(user, borrower, "phone", "objection") == "+8613800000012"
    row = Reveal.objects.get()
    assert (row.user, row.borrower, row.field, row.why) == (user, borrower, "phone", "objection")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Reveal.objects.all().delete()


def test_finance_works_with_references(sees, somebody, borrower):
    visibility.let_see(Role.FINANCE, lambda user: Q(), "all")
    user = somebody("cashier", Role.FINANCE)
    assert seen(user) == {borrower.reference}
    with pytest.raises(PermissionDenied):
        reveal(user, borrower, "name", "call")
    assert not Reveal.objects.exists()


def test_who_may_not_see_the_person_is_shown_nothing(sees, somebody, borrower):
    with pytest.raises(PermissionDenied):
        reveal(somebody("collector", Role.COLLECTOR), borrower, "phone", "call")


@pytest.mark.parametrize(("field", "why"), [("reference", "call"), ("password", "call"), ("phone", "curious")])
def test_only_personal_data_and_only_for_a_reason(sees, somebody, borrower, field, why):
    with pytest.raises(InputError):
        reveal(somebody("officer", Role.COMPLIANCE), borrower, field, why)


@pytest.mark.parametrize(
    "text",
    ["13800000012", "+86 138-0000-0012", "0086 138 0000 0012", "borrower-12@MAIL.example", "11010119900101001x", "ref"],
)
def test_people_are_found_however_it_is_written(borrower, text):
    found = find_borrowers(borrower.reference if text == "ref" else text)
    assert list(found) == [borrower]


@pytest.mark.parametrize("text", ["", " ", "13800000013", "Borrower 12", "%"])
def test_nobody_is_found_by_what_is_nobodys(borrower, text):
    assert not find_borrowers(text)


def test_a_record_is_made_with_care(somebody, borrower):
    with pytest.raises(InputError, match="already"):
        register_borrower(reference=borrower.reference)
    with pytest.raises(InputError, match="telephone"):
        register_borrower(phone="nonsense")
    user = somebody("b2")
    register_borrower(user=user)
    with pytest.raises(InputError, match="already"):
        register_borrower(user=user)
