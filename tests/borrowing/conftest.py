"""A lender with one product and a small policy, and people who apply to it."""

import datetime
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from applicants import ANSWERS, TERMS
from django.contrib.auth.models import User
from django.utils import timezone, translation

from duly.borrowing.applying import begin_application, save_answers, submit
from duly.borrowing.lines import open_line
from duly.borrowing.models import Application, CreditLine, LineProduct
from duly.borrowing.products import add_version
from duly.people.models import Borrower
from duly.people.roles import Role, give_roles
from duly.people.services import register_borrower

Apply = Callable[..., Application]


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _small_lender(settings, tmp_path) -> None:
    settings.DULY_POLICY = str(Path(__file__).with_name("small_policy.toml"))
    settings.DULY_SCORECARD = ""
    settings.DULY_CHECKS = ["known_facts.income_checked"]
    settings.DULY_SEALED = tmp_path / "sealed"


@pytest.fixture
def now() -> datetime.datetime:
    """This instant: codes and signatures are of now."""
    return timezone.now()


@pytest.fixture
def today(now) -> datetime.date:
    """The lender's date now."""
    return timezone.localdate(now)


@pytest.fixture
def product(db, today) -> LineProduct:
    """A product of lines in yuan."""
    return add_version("cash-line", "Cash line", "现金额度", TERMS, today, added_by="ann", approved_by="ben")


@pytest.fixture
def borrower(db) -> Borrower:
    """Somebody who has signed up and nothing else."""
    return register_borrower(phone="+86 138 0000 0000", language="en", time_zones="Asia/Shanghai")


@pytest.fixture
def apply(product, borrower, now, today) -> Apply:
    """Begins, answers and hands in an application; answers by section change what is usual."""

    def do(who: Borrower | None = None, hand_in: bool = True, **changes: dict[str, Any]) -> Application:
        application = begin_application(who or borrower, "cash-line", "en", now)
        for section, usual in ANSWERS.items():
            wrong = save_answers(application, section, usual | changes.get(section, {}), now)
            assert wrong == {}, wrong
        if hand_in:
            submit(application, now, today)
        return application

    return do


@pytest.fixture
def line(apply, today) -> CreditLine:
    """A line of 30,000.00, just opened."""
    return open_line(apply(), today)


@pytest.fixture
def underwriters(db) -> tuple[User, User]:
    """Two who may decide."""
    users = [User.objects.create_user(name, password="a password of twelve", is_staff=True) for name in ("ann", "ben")]
    for user in users:
        give_roles(user, Role.UNDERWRITER)
    return users[0], users[1]
