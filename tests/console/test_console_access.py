"""Who may see the staff's pages: nobody by default, and staff alone."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from duly.people.roles import Role, give_roles

PAGES = ["/", "/loans", "/loans/any", "/journal/2025-01-06/disbursed"]


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_is_asked_to_sign_in(page):
    answer = Client().get(page)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in?next=/")


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_a_user_who_is_not_staff_is_told_why_there_is_nothing_to_see(page):
    client = Client()
    client.force_login(User.objects.create_user("guest"))
    answer = client.get(page)
    assert answer.status_code == 403
    assert "Not for this account" in answer.text
    assert "Sign out" in answer.text


@pytest.mark.parametrize("page", ["/", "/loans"])
def test_staff_may_look_but_not_post(clerk, page):
    assert clerk.get(page).status_code == 200
    assert clerk.post(page).status_code == 405


def test_pages_allow_nothing_from_elsewhere_and_are_not_kept_by_browsers(clerk):
    headers = clerk.get("/").headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_the_sign_in_page_and_the_language_are_there_for_everybody():
    client = Client()
    assert client.get("/sign-in").status_code == 200
    assert client.post("/language", {"language": "zh-hans", "next": "/sign-in"}).headers["Location"] == "/sign-in"
    assert "登录" in client.get("/sign-in").text


@pytest.mark.django_db
def test_a_wrong_password_is_told_without_saying_which_part_was_wrong(staff):
    answer = Client().post("/sign-in", {"username": "clerk", "password": "wrong"})
    assert answer.status_code == 200
    assert "do not go together" in answer.text


def test_the_records_show_but_nobody_changes_them(db):
    root = User.objects.create_user("root", is_staff=True)
    give_roles(root, Role.ADMINISTRATOR)
    client = Client()
    client.force_login(root)
    assert client.get("/admin/lending/fact/").status_code == 200
    assert client.get("/admin/lending/fact/add/").status_code == 403
