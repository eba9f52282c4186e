"""What a form may name: a record of one's own. Anything else is not there, however it is written."""

import pytest
from django.test import Client
from django.utils import timezone

from duly.payments.accounts import add_account
from duly.people.models import Borrower
from duly.people.sign_in import recent


@pytest.fixture(autouse=True)
def _signed_in_lately(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "signed_in_recently", lambda request: True)


@pytest.mark.parametrize("named", ["abc", "", "-1", "1" * 30, "²", "1; --"])
def test_a_number_that_is_none_names_no_account(phone: Client, named: str) -> None:
    assert phone.post("/my/accounts", {"end": named}).status_code == 404


def test_an_account_of_another_is_not_there(phone: Client, borrower: Borrower) -> None:
    other = Borrower.objects.create(reference="B-other")
    theirs = add_account(other, "6222020000000000051")
    assert phone.post("/my/accounts", {"end": str(theirs.pk)}).status_code == 404
    theirs.refresh_from_db()
    assert theirs.ended_at is None
    own = add_account(borrower, "6222020000000000052")
    assert phone.post("/my/accounts", {"end": str(own.pk)}).status_code == 302
    own.refresh_from_db()
    assert own.ended_at <= timezone.now()
