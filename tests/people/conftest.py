"""People to tell stories about: a borrower, members of staff by role."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.utils import translation

from duly.people.models import Borrower
from duly.people.roles import STAFF, Role, give_roles
from duly.people.services import register_borrower


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def borrower(db) -> Borrower:
    return register_borrower(
        name="Borrower 12", phone="138 0000 0012", email="Borrower-12@mail.example", id_number="11010119900101 001x"
    )


@pytest.fixture
def somebody(db) -> Callable[..., User]:
    """Makes an account with the roles given."""

    def make(name: str, *roles: Role, **fields: object) -> User:
        user = User.objects.create_user(name, is_staff=not STAFF.isdisjoint(roles), **fields)
        give_roles(user, *roles)
        return user

    return make


@pytest.fixture
def left() -> Callable[[], list[str]]:
    """The text messages that have left for the outbox, as they stand there, oldest first."""

    def read() -> list[str]:
        files = Path(django_settings.DULY_OUTBOX).glob("*.sms")
        return [path.read_text("utf-8") for path in sorted(files, key=lambda path: path.stat().st_mtime_ns)]

    return read
