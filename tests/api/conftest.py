"""Programs and people that ask the API."""

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser
from programs import Program, make_client

from duly.api.rates import rates
from duly.people.roles import Role, give_roles


@pytest.fixture(autouse=True)
def _nobody_has_asked_yet() -> Iterator[None]:
    rates.clear()
    yield
    rates.clear()


@pytest.fixture
def program(db: None) -> Program:
    """A program that may do everything and sees everybody."""
    return Program(make_client())


@pytest.fixture
def program_with(db: None) -> Callable[..., Program]:
    """Makes a program with some scopes alone."""

    def make(*scopes: str, name: str = "other", **fields: object) -> Program:
        return Program(make_client(name, " ".join(scopes), **fields))

    return make


@pytest.fixture
def staff(db: None) -> Callable[..., Browser]:
    """Makes a member of staff, signed in, with some roles."""

    def make(*roles: Role, name: str = "clerk") -> Browser:
        user = User.objects.create_user(name, is_staff=True)
        give_roles(user, *roles)
        browser = Browser()
        browser.force_login(user)
        return browser

    return make
