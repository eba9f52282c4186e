"""The supervisor's board: what is stuck, how much is to do, samples of others' work, and what an experiment says."""

import datetime

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from test_desk import signed_in

from duly.close.services import close_through
from duly.collection.after_close import work_close
from duly.collection.models import Case, Task
from duly.collection.results import wilson
from duly.collection.tasks import task_done
from duly.people.roles import Role
from small_lender import borrower, days_after, loan

TODAY = timezone.localdate()


@pytest.mark.usefixtures("book")
def test_the_board_tells_what_is_stuck_and_lets_others_review(settings, django_assert_max_num_queries) -> None:
    settings.DULY_EXPERIMENT = "gentle"
    for _ in range(12):
        loan(borrower(), due_on=days_after(TODAY, -11))
    close_through(days_after(TODAY, -1))
    work_close(days_after(TODAY, -1))
    supervisor, client = signed_in("supervisor", Role.LEGAL)
    collector, their_client = signed_in("collector", Role.COLLECTOR)
    assert their_client.get("/board").status_code == 403
    first, second, *_ = Task.objects.order_by("pk")
    task_done(first, "no_answer", collector, timezone.now())
    task_done(second, "reached", supervisor, timezone.now())
    late = Task.objects.filter(status="open").first()
    Task.objects.filter(pk=late.pk).update(
        due_from=timezone.now() - datetime.timedelta(days=3), due_by=timezone.now() - datetime.timedelta(days=1)
    )
    with django_assert_max_num_queries(15):
        page = client.get("/board").content.decode()
    assert "Something needs a look" in page
    assert late.case.borrower.reference in page
    assert f"/board/tasks/{first.pk}" in page
    assert f"/board/tasks/{second.pk}" not in page  # done by the supervisor
    client.post(f"/board/tasks/{first.pk}", {"answer": "well", "words": "kind"})
    first.refresh_from_db()
    assert (first.well_done, first.reviewed_by) == (True, supervisor)
    assert client.get("/board/parts").status_code == 200
    assert Case.objects.count() == 12


def test_the_bounds_are_those_of_the_published_example() -> None:
    # Newcombe, Statistics in Medicine 17 (1998) 857, table I: 81 of 263 gives 0.2553 to 0.3662; 15 of 148, 0.0624 to
    # 0.1605; 0 of 20, 0 to 0.1611.
    published = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0, 0.1611)}
    for (successes, trials), (low, high) in published.items():
        found = wilson(successes, trials)
        assert found == (pytest.approx(low * 1e6, abs=60), pytest.approx(high * 1e6, abs=60))


@given(st.integers(0, 500), st.integers(1, 500))
def test_the_bounds_hold_the_share(successes, trials) -> None:
    successes = min(successes, trials)
    low, high = wilson(successes, trials)
    assert 0 <= low <= successes * 1_000_000 / trials <= high <= 1_000_000
