"""A second person: nothing is done until somebody else has agreed, and then once."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from duly.engine.errors import InputError
from duly.people import approvals
from duly.people.models import Approval
from duly.people.roles import Role, give_roles


@pytest.fixture
def done(monkeypatch) -> list[dict]:
    """What was carried out of the kind `refund`, which finance may agree to."""
    happened: list[dict] = []
    monkeypatch.setattr(approvals, "_kinds", {})

    @approvals.carries_out("refund", title="Refund", approvers=[Role.FINANCE])
    def refund(content, approval):
        if content["amount"] > 1_000_00:
            raise InputError("there is not so much to give back", "/amount", "ask for less")
        happened.append(content | {"agreed": approval.decided_by.username})
        return f"refund of {content['amount']} given"

    return happened


@pytest.fixture
def clerk(db) -> User:
    return somebody("clerk", Role.FINANCE)


@pytest.fixture
def second(db) -> User:
    return somebody("second", Role.FINANCE)


def somebody(name: str, *roles: Role) -> User:
    user = User.objects.create_user(name, is_staff=True)
    give_roles(user, *roles)
    return user


def asked(by: User, amount: int = 500) -> Approval:
    return approvals.ask("refund", {"loan": "L1", "amount": amount}, by, "L1")


def test_it_is_done_when_another_person_agrees(done, clerk, second):
    approval = asked(clerk)
    assert done == []
    assert list(approvals.waiting_for(second)) == [approval]
    approved = approvals.approve(approval, second)
    assert done == [{"loan": "L1", "amount": 500, "agreed": "second"}]
    assert approved.outcome == "refund of 500 given"
    assert list(approvals.waiting_for(second)) == []


def test_nobody_agrees_with_themselves(done, clerk):
    approval = asked(clerk)
    assert list(approvals.waiting_for(clerk)) == []
    for decide in (approvals.approve, lambda one, by: approvals.decline(one, by, "no")):
        with pytest.raises(PermissionDenied, match="second person"):
            decide(approval, clerk)
    assert done == []


def test_the_database_refuses_it_too(done, clerk):
    approval = asked(clerk)
    with pytest.raises(IntegrityError, match="approval_by_another_person"), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(state="approved", decided_by=clerk, decided_at=timezone.now())


@pytest.mark.parametrize("roles", [(), (Role.COLLECTOR, Role.COMPLIANCE), (Role.ADMINISTRATOR,)])
def test_only_the_roles_that_may_agree_do(done, clerk, roles):
    approval = asked(clerk)
    other = somebody("other", *roles)
    assert list(approvals.waiting_for(other)) == []
    with pytest.raises(PermissionDenied):
        approvals.approve(approval, other)
    assert done == []


def test_it_is_done_once(done, clerk, second):
    approval = asked(clerk)
    approvals.approve(approval, second)
    with pytest.raises(InputError, match="approved already"):
        approvals.approve(approval, second)
    assert len(done) == 1


def test_asked_twice_it_waits_once_and_may_be_asked_again_afterwards(done, clerk, second):
    first = asked(clerk)
    assert asked(second).pk == first.pk
    approvals.decline(first, second, "not today")
    assert asked(clerk).pk != first.pk


def test_when_the_room_refuses_it_goes_on_waiting(done, clerk, second):
    approval = asked(clerk, 2_000_00)
    with pytest.raises(InputError, match="not so much"):
        approvals.approve(approval, second)
    approval.refresh_from_db()
    assert approval.state == "waiting"
    assert approval.decided_by is None


def test_a_refusal_says_why(done, clerk, second):
    approval = asked(clerk)
    with pytest.raises(InputError, match="reason"):
        approvals.decline(approval, second, "  ")
    assert approvals.decline(approval, second, "paid back already").why == "paid back already"
    with pytest.raises(InputError, match="declined already"):
        approvals.approve(approval, second)
    assert done == []


def test_only_who_asked_takes_it_back(done, clerk, second):
    approval = asked(clerk)
    with pytest.raises(PermissionDenied):
        approvals.withdraw(approval, second)
    assert approvals.withdraw(approval, clerk).state == "withdrawn"
    with pytest.raises(InputError, match="withdrawn already"):
        approvals.approve(approval, second)


def test_what_nobody_carries_out_is_not_asked(done, clerk):
    with pytest.raises(InputError, match="nothing carries out"):
        approvals.ask("holiday", {}, clerk, "")


def test_the_content_is_not_readable_in_the_database(done, clerk, django_assert_num_queries):
    from django.db import connection

    asked(clerk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM people_approval")
        assert "amount" not in cursor.fetchone()[0]
