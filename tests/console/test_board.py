"""The supervisor's board: queues, capacity, exceptions and samples, for who supervises, in few queries."""

import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from duly.collection.models import Task
from duly.people.roles import Role, give_roles


def somebody(role: Role) -> Client:
    user = User.objects.create_user(f"one of {role}", is_staff=True)
    give_roles(user, role)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def task(lent) -> Task:
    case = lent["late"].cases.get() if "late" in lent else next(iter(lent.values())).cases.get()
    now = timezone.now()
    doer = User.objects.create_user("doer", is_staff=True)
    return Task.objects.create(
        case=case,
        step="call_10",
        channel="voice",
        purpose="reminder",
        template="call_late",
        business_date=timezone.localdate(),
        due_from=now - datetime.timedelta(days=2),
        due_by=now - datetime.timedelta(days=1),
        status=Task.Status.DONE,
        outcome="reached",
        done_at=now,
        done_by=doer,
    )


def test_the_board_shows_queues_and_samples_in_few_queries(task: Task, django_assert_max_num_queries) -> None:
    client = somebody(Role.LEGAL)
    client.get("/board")
    with django_assert_max_num_queries(15):
        page = client.get("/board").content.decode()
    assert "Samples to review" in page
    assert task.case.borrower.reference in page
    assert client.get("/board/parts").status_code == 200


def test_a_sample_is_reviewed_by_somebody_else(task: Task) -> None:
    client = somebody(Role.COMPLIANCE)
    client.post(f"/board/tasks/{task.pk}", {"answer": "well", "words": "kind and clear"})
    task.refresh_from_db()
    assert (task.well_done, task.review) == (True, "kind and clear")


def test_collectors_do_not_supervise(lent) -> None:
    assert somebody(Role.COLLECTOR).get("/board").status_code == 403
