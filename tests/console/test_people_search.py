"""Finding people: by what is encrypted, masked, only those whose records are one's own to see, never by address."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from duly.people.models import Borrower
from duly.people.roles import Role, give_roles


@pytest.fixture
def person(db) -> Borrower:
    return Borrower.objects.create(
        reference="B-77", name="Borrower 77", phone="+8613800000012", email="borrower77@mail.example"
    )


def somebody(role: Role) -> Client:
    user = User.objects.create_user(f"one of {role}", is_staff=True)
    give_roles(user, role)
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("asked", ["138 0000 0012", "+86 138-0000-0012", "Borrower77@MAIL.example", " B-77 "])
def test_a_person_is_found_however_it_is_written_and_masked(person: Borrower, asked: str) -> None:
    page = somebody(Role.COMPLIANCE).post("/people", {"asked": asked}).content.decode()
    assert 'href="/people/B-77"' in page
    assert "Borrower 77" not in page
    assert "13800000012" not in page.replace(asked, "")


def test_nobody_finds_who_is_not_theirs_to_see(person: Borrower) -> None:
    page = somebody(Role.COLLECTOR).post("/people", {"asked": "B-77"}).content.decode()
    assert "Nobody found" in page
    assert 'href="/people/B-77"' not in page


def test_the_search_costs_few_queries(person: Borrower, django_assert_max_num_queries) -> None:
    client = somebody(Role.COMPLIANCE)
    with django_assert_max_num_queries(8):
        client.post("/people", {"asked": "B-77"})


def test_a_borrower_who_is_lost_is_led_to_their_own_page(db) -> None:
    user = User.objects.create_user("borrower")
    give_roles(user, Role.BORROWER)
    client = Client()
    client.force_login(user)
    page = client.get("/nowhere").content.decode()
    assert "Go to my page" in page
    assert "Search the loans" not in page
