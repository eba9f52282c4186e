"""A POST happens once: its reply is kept with what it did, and nobody else's request gets it."""

import datetime

import pytest
from django.utils import timezone
from programs import Program, pointers, problem

from duly.api import idempotency
from duly.api.idempotency import KEPT, LEASE, forget_old_replies
from duly.api.models import Reply
from duly.lending.models import Fact, Loan
from small_lender import DUE, borrower, loan

pytestmark = pytest.mark.django_db
FEE = {"kind": "fee_charged", "value_date": DUE.isoformat(), "amount": "5.00"}


@pytest.fixture
def lent(db: None) -> Loan:
    return loan(borrower())


def fees() -> int:
    return Fact.objects.filter(kind="fee_charged").count()


def test_the_same_key_is_answered_as_before(program: Program, lent: Loan) -> None:
    first = program.post(f"/loans/{lent.reference}/facts", FEE, key="one")
    again = program.post(f"/loans/{lent.reference}/facts", FEE, key='"one"')
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert first.headers["Location"] == again.headers["Location"]
    assert fees() == 1


def test_another_request_under_the_key_is_refused(program: Program, lent: Loan) -> None:
    program.post(f"/loans/{lent.reference}/facts", FEE, key="one")
    other = program.post(f"/loans/{lent.reference}/facts", FEE | {"amount": "6.00"}, key="one")
    assert problem(other) == (422, "key_reused")
    elsewhere = program.post(f"/loans/{loan(borrower()).reference}/facts", FEE, key="one")
    assert problem(elsewhere) == (422, "key_reused")
    assert fees() == 1


def test_a_key_is_needed_and_is_the_clients_own(program: Program, program_with, lent: Loan) -> None:
    answer = program.send("post", f"/loans/{lent.reference}/facts", FEE)
    assert problem(answer) == (400, "key_missing")
    assert pointers(answer) == ["header/Idempotency-Key"]
    program.post(f"/loans/{lent.reference}/facts", FEE, key="one")
    assert program_with("facts:write").post(f"/loans/{lent.reference}/facts", FEE, key="one").status_code == 201
    assert fees() == 2


def test_a_refusal_is_kept_too(program: Program, lent: Loan) -> None:
    early = FEE | {"value_date": "2020-01-01"}
    first = program.post(f"/loans/{lent.reference}/facts", early, key="one")
    assert problem(first) == (422, "invalid")
    assert program.post(f"/loans/{lent.reference}/facts", early, key="one").json() == first.json()


def test_while_it_is_worked_the_key_is_in_use_until_the_lease_is_over(program: Program, lent: Loan) -> None:
    program.post(f"/loans/{lent.reference}/facts", FEE | {"value_date": "2020-01-01"}, key="one")
    Reply.objects.update(status=None)  # as if whoever works it were still at it
    again = FEE | {"value_date": "2020-01-01"}
    assert problem(program.post(f"/loans/{lent.reference}/facts", again, key="one")) == (409, "key_in_use")
    Reply.objects.update(begun_at=timezone.now() - LEASE)
    assert problem(program.post(f"/loans/{lent.reference}/facts", again, key="one")) == (422, "invalid")


def test_who_comes_back_after_the_lease_has_done_nothing(program: Program, lent: Loan, monkeypatch) -> None:
    """Two at work under one key: the one whose lease is over takes back whatever it did."""
    keep = idempotency._keep

    def overtaken(taken: Reply, response) -> None:
        Reply.objects.filter(pk=taken.pk).update(begun_at=timezone.now() + datetime.timedelta(seconds=1))
        keep(taken, response)

    monkeypatch.setattr(idempotency, "_keep", overtaken)
    answer = program.post(f"/loans/{lent.reference}/facts", FEE, key="one")
    assert problem(answer)[0] in (409, 500)
    assert fees() == 0


def test_where_the_server_fails_the_key_is_free_and_nothing_is_done(program: Program, lent: Loan, monkeypatch) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError("no answer")

    with monkeypatch.context() as patch:
        patch.setattr("duly.api.facts.told", fail)
        assert problem(program.post(f"/loans/{lent.reference}/facts", FEE, key="one")) == (500, "failed")
    assert (fees(), Reply.objects.count()) == (0, 0)
    assert program.post(f"/loans/{lent.reference}/facts", FEE, key="one").status_code == 201
    assert fees() == 1


def test_no_reply_holds_personal_data(program: Program) -> None:
    person = {"name": "Borrower 12", "phone": "+86 139 1234 5678", "email": "borrower12@mail.example"}
    answer = program.post("/borrowers", person | {"time_zones": ["Asia/Shanghai"]})
    assert answer.status_code == 201
    kept = str(list(Reply.objects.values_list()))
    assert not any(text in kept or text in answer.text for text in (*person.values(), "13912345678"))


def test_replies_are_kept_two_days(program: Program, lent: Loan) -> None:
    program.post(f"/loans/{lent.reference}/facts", FEE, key="one")
    assert forget_old_replies(timezone.now() + KEPT - datetime.timedelta(minutes=1)) == 0
    assert forget_old_replies(timezone.now() + KEPT + datetime.timedelta(minutes=1)) == 1
