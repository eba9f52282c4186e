"""The collector's desk: a queue in order, a case with all that acting needs, and every act put on record."""

import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from duly.close.services import close_through
from duly.collection.after_close import work_close
from duly.collection.models import Case, CaseEvent, CaseStanding, Task
from duly.collection.queue import Filters, queue, take_next
from duly.contact import gate
from duly.contact.models import Call, PlannedContact
from duly.people.models import Reveal
from duly.people.roles import Role, give_roles
from small_lender import borrower, days_after, loan

pytestmark = pytest.mark.usefixtures("book")
TODAY = timezone.localdate()


@pytest.fixture
def cases() -> list[Case]:
    """Three cases ten days late at yesterday's close, of 100, 300 and 200; each with a call to make."""
    for amount in (100_00, 300_00, 200_00):
        loan(borrower(), due_on=days_after(TODAY, -11), principal=amount)
    close_through(days_after(TODAY, -1))
    work_close(days_after(TODAY, -1))
    return list(Case.objects.order_by("pk"))


def signed_in(name: str, *roles: Role) -> tuple[User, Client]:
    user = User.objects.create_user(name, password="a password of twelve", is_staff=True)
    give_roles(user, *roles)
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return user, client


@pytest.fixture
def _any_hour(monkeypatch):
    """The gate as at noon of a Tuesday: what the desk does with its answer is under test, not the clock."""
    noon = datetime.datetime(2026, 3, 24, 4, 0, tzinfo=datetime.UTC)
    asked = gate.read_answer
    monkeypatch.setattr(
        gate,
        "read_answer",
        lambda inputs, at, language="en": asked(
            {**inputs, "contact": {**inputs["contact"], "at": noon.isoformat()}, "history": []}, at, language
        ),
    )


def test_what_must_be_done_first_comes_first_then_what_is_worth_most(cases) -> None:
    assert [one.case for one in queue(Filters(), timezone.now())] == [cases[1], cases[2], cases[0]]
    CaseStanding.objects.filter(case=cases[0]).update(act_by=timezone.now() - datetime.timedelta(hours=1))
    CaseStanding.objects.filter(case=cases[1]).update(act_by=None)
    assert [one.case for one in queue(Filters(), timezone.now())] == [cases[0], cases[2], cases[1]]
    assert [one.case for one in queue(Filters(due="late"), timezone.now())] == [cases[0]]


def test_two_people_never_get_the_same_case(cases) -> None:
    (one, _), (other, _) = signed_in("one", Role.COLLECTOR), signed_in("other", Role.COLLECTOR)
    now = timezone.now()
    first, second = take_next(one, Filters(), now), take_next(other, Filters(), now)
    assert {first.case, second.case} == {cases[1], cases[2]}
    third = take_next(one, Filters(), now, after=first.pk)
    assert third.case == cases[0]
    assert take_next(other, Filters(), now, after=second.pk).case == cases[1]


def test_the_pages_show_the_case_and_ask_few_questions(cases, django_assert_max_num_queries) -> None:
    _, client = signed_in("collector", Role.COLLECTOR)
    with django_assert_max_num_queries(15):
        page = client.get("/desk/").content.decode()
    assert cases[1].borrower.reference in page
    with django_assert_max_num_queries(15):
        page = client.get(f"/desk/cases/{cases[1].pk}").content.decode()
    assert "step of day 10" in page
    assert cases[1].borrower.email not in page
    with django_assert_max_num_queries(15):
        assert client.get(f"/desk/cases/{cases[1].pk}/beside").status_code == 200
    for column in ("case", "act"):
        assert client.get(f"/desk/cases/{cases[1].pk}/parts/{column}").status_code == 200
    with django_assert_max_num_queries(15):
        answer = client.post("/desk/next", {"leaving": cases[1].pk})
    assert answer.url == f"/desk/cases/{cases[2].pk}"


@pytest.mark.usefixtures("_any_hour")
def test_a_call_is_begun_ended_by_an_outcome_and_told(cases, monkeypatch) -> None:
    user, client = signed_in("collector", Role.COLLECTOR)
    case = cases[0]
    case.borrower.phone = "+86 138 0000 0000"
    case.borrower.save()
    assert "138 0000 0000" not in client.get(f"/desk/cases/{case.pk}").content.decode()
    page = client.post(f"/desk/cases/{case.pk}/call", {"channel": "voice"}, follow=True).content.decode()
    assert "A call is going on" in page
    assert "tel:+86 138 0000 0000" in page
    assert Reveal.objects.get().field == "phone"
    call = Call.objects.get()
    address = f"/desk/cases/{case.pk}/calls/{call.pk}"
    page = client.post(address, {"outcome": "no_answer", "note": "rang out"}, follow=True).content.decode()
    assert "138 0000 0000" not in page
    task = Task.objects.get(case=case)
    assert (task.status, task.outcome, task.done_by) == ("done", "no_answer", user)
    line = CaseEvent.objects.filter(case=case, kind="talked").get()
    assert (line.because, line.by) == ("no_answer", user)
    assert "outcome already" in client.post(address, {"outcome": "reached"}, follow=True).content.decode()


def test_a_call_that_the_gate_forbids_is_not_begun(cases) -> None:
    _, client = signed_in("collector", Role.COLLECTOR)
    cases[0].borrower.circumstances.create(kind="deceased", since=timezone.now() - datetime.timedelta(days=1))
    page = client.post(f"/desk/cases/{cases[0].pk}/call", {"channel": "voice"}, follow=True).content.decode()
    assert "Not allowed now" in page
    assert not Call.objects.exists()


def test_a_collector_pauses_a_case_and_the_legal_department_moves_and_closes_it(cases) -> None:
    _, collector = signed_in("collector", Role.COLLECTOR)
    _, legal = signed_in("legal", Role.LEGAL)
    address = f"/desk/cases/{cases[0].pk}"
    assert "Paused" in collector.post(f"{address}/pause", {"because": "in hospital"}, follow=True).content.decode()
    assert "no reason" in collector.post(f"{address}/pause", {"answer": "resume"}, follow=True).content.decode()
    collector.post(f"{address}/pause", {"answer": "resume", "because": "is well"})
    assert collector.post(f"{address}/change", {"answer": "close", "because": "x"}).status_code == 403
    legal.post(f"{address}/change", {"playbook": "gentle", "because": "asked for fewer messages"})
    cases[0].refresh_from_db()
    assert cases[0].playbook == "gentle"
    legal.post(f"{address}/change", {"answer": "close", "because": "opened by mistake"})
    cases[0].refresh_from_db()
    assert cases[0].closed_on == TODAY
    assert "Closed" in legal.get(address).content.decode()


def test_a_task_is_dropped_or_its_message_approved(cases) -> None:
    _, client = signed_in("collector", Role.COLLECTOR)
    dropped, approved = Task.objects.get(case=cases[0]), Task.objects.get(case=cases[1])
    client.post(f"/desk/cases/{cases[0].pk}/tasks/{dropped.pk}", {"why": "called yesterday by another"})
    Task.objects.filter(pk=approved.pk).update(channel="email", template="late_7")
    client.post(f"/desk/cases/{cases[1].pk}/tasks/{approved.pk}", {"answer": "approve"})
    assert [Task.objects.get(pk=one.pk).status for one in (dropped, approved)] == ["cancelled", "done"]
    assert PlannedContact.objects.get(idempotency_key=f"task:{approved.pk}").template == "late_7"


def test_a_wrong_filter_is_explained_and_nobody_else_comes_in(cases) -> None:
    _, client = signed_in("collector", Role.COLLECTOR)
    assert client.get("/desk/?stage=moon").status_code == 400
    _, finance = signed_in("finance", Role.FINANCE)
    assert finance.get("/desk/").status_code == 403
    assert finance.get(f"/desk/cases/{cases[0].pk}").status_code == 403
