"""Cases move through segments, stages and playbooks; people get tasks; pauses, stops and limits leave steps out."""

import datetime

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction

from duly.close.models import Position
from duly.close.services import close_through
from duly.collection import stops
from duly.collection.after_close import WorkSummary, work_close
from duly.collection.experiments import Arm, Experiment, experiments
from duly.collection.models import Assignment, Case, CaseEvent, Task
from duly.collection.services import close_case, move_case, pause_case, resume_case
from duly.collection.tasks import approve_message, cancel_task, review, task_done
from duly.contact.models import PlannedContact
from duly.engine.errors import InputError
from duly.payments.incoming import receive
from small_lender import DUE, borrower, days_after, instant, loan, pay

CLOSED_AT = 16
pytestmark = pytest.mark.usefixtures("book")


def work_on(day: datetime.date) -> WorkSummary:
    close_through(day)
    return work_close(day, now=instant(day, CLOSED_AT))


@pytest.fixture
def collector() -> User:
    return User.objects.create_user("collector", password="a password of twelve")


def events(case: Case, kind: str) -> list[str]:
    return list(case.events.filter(kind=kind).order_by("pk").values_list("because", flat=True))


def test_a_case_moves_through_segments_and_stages_and_says_so() -> None:
    loan(borrower(), principal=10_000_00)
    work_on(days_after(DUE, 1))
    case = Case.objects.get()
    assert (case.standing.segment, case.standing.stage) == ("forgot", "reminder")
    assert case.standing.overdue == Position.objects.get().overdue_total > 10_000_00
    assert case.standing.worth == case.standing.overdue * 60_000 // 1_000_000
    assert (work_on(days_after(DUE, 6)).moved_segment, work_on(days_after(DUE, 7)).moved_segment) == (1, 0)
    assert work_on(days_after(DUE, 30)).moved_stage == 1
    case.standing.refresh_from_db()
    assert (case.standing.segment, case.standing.stage) == ("late", "notice")
    assert events(case, "segment_moved") == ["forgot → slipping_large", "slipping_large → late"]
    assert events(case, "stage_moved") == ["reminder → notice"]


def test_a_small_amount_never_comes_to_the_legal_stage() -> None:
    small, large = loan(borrower(), principal=400_00), loan(borrower(), principal=600_00)
    work_on(days_after(DUE, 60))
    stages = {stay.loan: stay.case.standing.stage for stay in (small.case_stays.get(), large.case_stays.get())}
    assert stages == {small: "notice", large: "legal"}


def test_a_part_payment_that_makes_it_less_late_leads_back_a_stage() -> None:
    person = borrower()
    older, _ = loan(person), loan(person, due_on=days_after(DUE, 25))
    work_on(days_after(DUE, 31))
    case = Case.objects.get()
    assert case.standing.stage == "notice"
    pay(older, on=days_after(DUE, 32))
    work_on(days_after(DUE, 32))
    case.standing.refresh_from_db()
    assert case.standing.stage == "reminder"


def test_a_person_gets_a_task_by_the_playbook_and_what_came_of_it_is_told(collector) -> None:
    loan(borrower())
    assert work_on(days_after(DUE, 10)).tasks == 1
    task = Task.objects.get()
    assert (task.step, task.channel, task.template) == ("call_10", "voice", "call_late")
    assert (task.due_from, task.due_by) == (instant(days_after(DUE, 11), 2), instant(days_after(DUE, 13), 2))
    assert task.case.standing.act_by == task.due_by
    now = instant(days_after(DUE, 11), 3)
    task_done(task, "no_answer", collector, now, "rang out")
    with pytest.raises(InputError, match="open no more"):
        task_done(task, "no_answer", collector, now)
    task.case.standing.refresh_from_db()
    assert task.case.standing.act_by is None
    line = task.case.events.order_by("-pk").first()
    assert (line.because, line.by) == ("call_10: no_answer; rang out", collector)


def test_a_payment_takes_the_task_away_at_once() -> None:
    late = loan(borrower())
    other = loan(borrower())
    work_on(days_after(DUE, 10))
    receive("test", "M1", late.principal * 3, "CNY", days_after(DUE, 10), method="api", loan=late.reference)
    status = dict(Task.objects.values_list("case__stays__loan", "status"))
    assert status == {late.pk: "cancelled", other.pk: "open"}
    assert Task.objects.get(status="cancelled").why == "paid"


def test_a_paused_case_gets_nothing_until_the_pause_ends(collector) -> None:
    loan(borrower())
    work_on(days_after(DUE, 1))
    case = Case.objects.get()
    with pytest.raises(InputError, match="no reason"):
        pause_case(case, None, " ", instant(days_after(DUE, 1), 17), collector)
    pause_case(case, days_after(DUE, 3), "in hospital", instant(days_after(DUE, 1), 17), collector)
    assert PlannedContact.objects.get().status == "cancelled"
    summary = work_on(days_after(DUE, 3))
    assert (summary.planned, summary.skipped) == (1, 0)  # leaves on the morning after the pause
    pause_case(case, None, "in hospital again", instant(days_after(DUE, 3), 17), collector)
    summary = work_on(days_after(DUE, 7))
    assert (summary.planned, summary.skipped) == (0, 1)
    assert events(case, "step_skipped") == ["late_7: paused: in hospital again"]
    resume_case(case, "is well", instant(days_after(DUE, 8), 3), collector)
    assert work_on(days_after(DUE, 10)).tasks == 1


def test_what_stops_a_playbook_leaves_its_steps_out(monkeypatch) -> None:
    monkeypatch.setattr(stops, "_stops", {"promise": lambda ids, on: dict.fromkeys(ids, "promised for Friday")})
    loan(borrower())
    summary = work_on(days_after(DUE, 3))
    assert (summary.planned, summary.skipped) == (0, 1)
    assert events(Case.objects.get(), "step_skipped") == ["late_3: promised for Friday"]


def test_what_stops_a_playbook_stops_the_reminder_before_the_due_date_too(monkeypatch) -> None:
    loan(borrower())
    monkeypatch.setattr(stops, "_stops", {"dispute": lambda ids, on: dict.fromkeys(ids, "disputed")})
    assert work_on(days_after(DUE, -4)).planned == 0
    assert PlannedContact.objects.count() == 0


def test_the_playbooks_own_limit_counts_messages_and_calls_together() -> None:
    late = loan(borrower())
    for day in (1, 3, 7):
        work_on(days_after(DUE, day))
    PlannedContact.objects.filter(borrower=late.borrower).update(
        status="sent", planned_for=instant(days_after(DUE, 8), 2)
    )
    summary = work_on(days_after(DUE, 10))
    assert (summary.tasks, summary.skipped) == (0, 1)
    assert events(Case.objects.get(), "step_skipped") == ["call_10: 3 contacts in 7 days are enough"]


def test_a_case_moves_to_another_playbook_with_a_reason(collector) -> None:
    loan(borrower())
    work_on(days_after(DUE, 1))
    case = Case.objects.get()
    now = instant(days_after(DUE, 1), 17)
    with pytest.raises(InputError, match="no playbook 'harsh'"):
        move_case(case, "harsh", "because", now, collector)
    with pytest.raises(InputError, match="follows it already"):
        move_case(case, "standard", "because", now, collector)
    move_case(case, "gentle", "asked for fewer messages", now, collector)
    assert PlannedContact.objects.get().status == "cancelled"
    assert events(case, "playbook_moved") == ["standard 2 → gentle 1: asked for fewer messages"]
    assert work_on(days_after(DUE, 3)).planned == 0
    assert work_on(days_after(DUE, 6)).tasks == 1


def test_a_person_closes_a_case_and_what_was_left_to_do_falls_away(collector) -> None:
    loan(borrower())
    work_on(days_after(DUE, 10))
    case = Case.objects.get()
    close_case(case, days_after(DUE, 10), "opened by mistake", collector)
    case.refresh_from_db()
    assert (case.closed_on, hasattr(case, "standing"), Task.objects.get().status) == (
        days_after(DUE, 10),
        False,
        "cancelled",
    )
    with pytest.raises(InputError, match="closed"):
        close_case(case, days_after(DUE, 10), "again", collector)


def test_a_letter_leaves_once_a_person_has_approved_it(collector) -> None:
    late = loan(borrower())
    work_on(days_after(DUE, 10))
    task = Task.objects.get()
    now = instant(days_after(DUE, 11), 3)
    with pytest.raises(InputError, match="talking"):
        approve_message(task, collector, now)
    Task.objects.filter(pk=task.pk).update(channel="email", template="late_7")
    task.refresh_from_db()
    planned = approve_message(task, collector, now)
    assert (planned.status, planned.template, list(planned.loans.all())) == ("planned", "late_7", [late])
    with pytest.raises(InputError):
        approve_message(task, collector, now)


def test_a_task_is_dropped_with_a_reason_and_reviewed_by_another(collector) -> None:
    loan(borrower())
    work_on(days_after(DUE, 10))
    task, now = Task.objects.get(), instant(days_after(DUE, 11), 3)
    with pytest.raises(InputError, match="no reason"):
        cancel_task(task, "", collector, now)
    task_done(task, "reached", collector, now)
    task.refresh_from_db()
    with pytest.raises(InputError, match="yourself"):
        review(task, True, "", collector, now)
    other = User.objects.create_user("supervisor", password="a password of twelve")
    with pytest.raises(InputError, match="not said"):
        review(task, False, "", other, now)
    review(task, False, "did not ask who it was first", other, now)
    assert Task.objects.get().well_done is False


def test_an_experiment_draws_the_same_for_the_same_and_keeps_its_probability(settings) -> None:
    settings.DULY_EXPERIMENT = "gentle"
    people = [borrower() for _ in range(60)]
    late = [loan(person) for person in people]
    work_on(days_after(DUE, 1))
    drawn = {one.borrower_id: one for one in Assignment.objects.select_related("case")}
    assert len(drawn) == 60
    for one in drawn.values():
        assert one.probability == {"standard": 900_000, "gentle": 100_000}[one.playbook]
        assert (one.draw < 900_000) == (one.playbook == "standard")
        assert (one.case.playbook, one.case.playbook_version) == (one.playbook, one.playbook_version)
    for one in late:
        pay(one, on=days_after(DUE, 2))
        loan(one.borrower, due_on=days_after(DUE, 20))
    work_on(days_after(DUE, 2))
    work_on(days_after(DUE, 21))
    again = Assignment.objects.filter(assigned_on=days_after(DUE, 21))
    assert {one.borrower_id: (one.playbook, one.draw) for one in again} == {
        person: (one.playbook, one.draw) for person, one in drawn.items()
    }
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE collection_assignment SET probability = 1")


def test_the_draw_has_the_shares_that_the_file_says() -> None:
    running = Experiment("trial", 1, [Arm("standard", 700_000), Arm("gentle", 300_000)])
    gentle = sum(running.draw(f"B{number}")[0].playbook == "gentle" for number in range(20_000))
    # Four standard deviations of a binomial with p = 0.3.
    assert abs(gentle - 6_000) < 4 * (20_000 * 0.3 * 0.7) ** 0.5
    assert [one.id for one in experiments()] == ["gentle"]


def test_restating_takes_as_many_queries_for_many_cases_as_for_few(django_assert_max_num_queries) -> None:
    for _ in range(100):
        loan(borrower())
    work_on(DUE)
    close_through(days_after(DUE, 1))
    with django_assert_max_num_queries(90):
        work_close(days_after(DUE, 1), now=instant(days_after(DUE, 1), CLOSED_AT))
    assert CaseEvent.objects.filter(kind="opened").count() == 100
