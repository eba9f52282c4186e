"""The agency's desk: its own cases alone, masked until asked, calls through the gate; everything else refused."""

import datetime
import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import timezone

import small_lender as lender
from duly.agencies.models import Agency, AgencyStaff
from duly.collection.placement import statements
from duly.collection.placement.commission import book_commission
from duly.collection.placement.models import CommissionLine, Placement
from duly.collection.placement.services import place, recall
from duly.collection.promises.models import Promise
from duly.contact.models import Call, Message
from duly.contact.outbox import send_due
from duly.contact.owed import what_is_owed
from duly.desk.urls import urlpatterns
from duly.people.models import Reveal
from duly.people.roles import Role
from duly.people.visibility import visible_borrowers
from duly.screens.figures import money
from placing import agency, batch_of, late_case, loan_of, person

pytestmark = pytest.mark.django_db
A_DAY = datetime.timedelta(days=1)
NOON = datetime.datetime.combine(timezone.localdate(), datetime.time(4), datetime.UTC)  # noon in Shanghai


def staff(of: Agency, name: str) -> tuple[User, Client]:
    user = person(name, Role.AGENCY)
    AgencyStaff.objects.create(agency=of, user=user, joined_at=NOON)
    client = Client()
    client.force_login(user)
    return user, client


def placed_lately(of: Agency, told: bool = True) -> Placement:
    """A case placed so long ago that the days of notice are over."""
    today = NOON.date()
    begun = NOON - 10 * A_DAY
    case = late_case(due_on=today - 80 * A_DAY)
    maker = User.objects.get_or_create(username="maker")[0]
    other = User.objects.get_or_create(username="other")[0]
    (made,) = place(batch_of([case], of, maker), other, begun)
    if told:
        send_due(begun)
        assert Message.objects.filter(planned=made.notice).exists(), made.notice.why
    return made


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)


@pytest.fixture
def one():
    return agency("a1", begins=NOON.date() - 90 * A_DAY, ends=NOON.date() + 90 * A_DAY)


@pytest.fixture
def two():
    return agency("a2", begins=NOON.date() - 90 * A_DAY, ends=NOON.date() + 90 * A_DAY)


def go(client: Client, name: str, number: int | None = None, **form: object):
    address = reverse(name, args=[number] if number else [])
    return client.post(address, form, follow=True) if form else client.get(address)


def test_the_worklist_has_the_agencys_own_cases_masked(one, two, django_assert_max_num_queries):
    mine, others = placed_lately(one), placed_lately(two)
    _, client = staff(one, "agent")
    with django_assert_max_num_queries(15):
        page = go(client, "agency_cases").text
    assert mine.borrower.reference in page
    assert others.borrower.reference not in page
    assert mine.borrower.name not in page
    with django_assert_max_num_queries(25):
        page = go(client, "agency_case", mine.pk).text
    (owed,) = what_is_owed([loan_of(mine.case).pk], NOON.date()).values()
    assert money(owed.overdue, "CNY") in page
    assert mine.borrower.name not in page


def test_what_is_shown_is_on_record_and_within_the_mandate(one):
    mine = placed_lately(one)
    user, client = staff(one, "agent")
    page = go(client, "agency_reveal", mine.pk, field="name", why="call")
    assert mine.borrower.name in page.text
    assert list(Reveal.objects.values_list("user", "field", "why")) == [(user.pk, "name", "call")]
    for field, why in (("email", "call"), ("id_number", "call"), ("name", ""), ("name", "audit")):
        assert mine.borrower.email not in go(client, "agency_reveal", mine.pk, field=field, why=why).text
    assert Reveal.objects.count() == 1


def test_a_call_is_begun_through_the_gate_and_its_outcome_told(one):
    mine = placed_lately(one)
    user, client = staff(one, "agent")
    page = go(client, "agency_call", mine.pk, channel="voice")
    call = Call.objects.get()
    assert (call.by, call.agency, call.mandate) == (user, one, mine.mandate)
    assert re.search(r"read out <b>\d{3} \d{3}</b>", page.text)
    assert "collection agency" in page.text
    assert "already" in go(client, "agency_call", mine.pk, channel="voice").text
    go(client, "agency_outcome", mine.pk, outcome="reached", note="will call back")
    call.refresh_from_db()
    assert (call.outcome, call.note) == ("reached", "will call back")
    for _ in range(2):
        go(client, "agency_call", mine.pk, channel="voice")
        go(client, "agency_outcome", mine.pk, outcome="reached", note="")
    assert Call.objects.count() == 3
    page = go(client, "agency_call", mine.pk, channel="voice")
    assert "GB/T 45251" in page.text
    assert Call.objects.count() == 3


def test_before_the_notice_nothing_is_open(one):
    mine = placed_lately(one, told=False)
    _, client = staff(one, "agent")
    page = go(client, "agency_case", mine.pk).text
    assert "has not been told of you yet" in page
    assert "Begin a call" not in page
    go(client, "agency_call", mine.pk, channel="voice")
    assert not Call.objects.exists()


def test_a_promise_and_a_message(one):
    mine = placed_lately(one)
    _, client = staff(one, "agent")
    page = go(client, "agency_message", mine.pk, ask="1").text
    assert "The message is planned" in page
    go(client, "agency_promise", mine.pk, amount="500.00", due_on=str(NOON.date() + 5 * A_DAY), key="k1")
    promise = Promise.objects.get()
    assert (promise.amount, promise.through) == (500_00, "agency")
    assert "500.00" in go(client, "agency_case", mine.pk).text
    assert "Write the amount" in go(client, "agency_promise", mine.pk, amount="5", due_on="x", key="k2").text


def test_commission_statements_and_objections(one):
    mine = placed_lately(one)
    _, client = staff(one, "agent")
    lender.pay(loan_of(mine.case), NOON.date(), 100_00)
    book_commission()
    line = CommissionLine.objects.get()
    assert "10.00" in go(client, "agency_commission").text
    assert "The lender has your objection" in go(client, "agency_dispute", line.pk, why="wrong tier").text
    given = statements.issue_statement(one, line.booked_on, NOON + 40 * A_DAY)
    assert go(client, "agency_statement_csv", given.pk).text.count("\n") == 2
    assert go(client, "agency_statement_pdf", given.pk).content.startswith(b"%PDF")


def addresses_with_a_number() -> list[URLPattern]:
    found = [one for one in urlpatterns if "<int:number>" in str(one.pattern)]
    assert len(found) >= 8
    return found


@pytest.mark.parametrize("address", addresses_with_a_number(), ids=lambda one: one.name)
def test_every_object_of_others_is_refused_at_every_address(address, one, two):
    """By id: of another agency, of one's own that has been taken back, and of nobody."""
    others, gone = placed_lately(two), placed_lately(one)
    for case in (others, gone):
        lender.pay(loan_of(case.case), NOON.date(), 1_00)
    book_commission()
    recall([gone], "by_hand", "enough", NOON)
    given = statements.issue_statement(two, NOON.date(), NOON + 40 * A_DAY)
    _, client = staff(one, "agent")
    if "commission" in address.name or "dispute" in address.name:
        numbers = [CommissionLine.objects.get(placement=others).pk, 10**9]
    elif "statement" in address.name:
        numbers = [given.pk, 10**9]
    else:
        numbers = [others.pk, gone.pk, 10**9]
    form = {"why": "call", "field": "name", "channel": "voice", "outcome": "reached", "amount": "1", "key": "x"}
    for number in numbers:
        path = reverse(address.name, args=[number])
        answers = [client.get(path), client.post(path, form)]
        assert [one.status_code for one in answers if one.status_code != 405] == [404], (address.name, number)
        assert others.borrower.reference not in answers[0].text + answers[1].text
    assert not Reveal.objects.exists()
    assert not Call.objects.exists()
    assert not Promise.objects.exists()


def test_by_filter_and_export_only_ones_own(one, two):
    mine, others = placed_lately(one), placed_lately(two)
    for case in (mine, others):
        lender.pay(loan_of(case.case), NOON.date(), 50_00)
    book_commission()
    user, client = staff(one, "agent")
    assert list(visible_borrowers(user)) == [mine.borrower]
    month = f"{CommissionLine.objects.first().booked_on:%Y-%m}"
    for address in (f"/agency/commission?month={month}", "/agency/?page=2", "/agency/?page=-1", "/agency/?page=x"):
        page = client.get(address).text
        assert loan_of(others.case).reference not in page
        assert others.borrower.reference not in page
    export = statements.statement_csv(one, CommissionLine.objects.first().booked_on)
    assert loan_of(others.case).reference not in export


def test_the_desk_is_closed_while_the_agency_may_not_act(one):
    mine = placed_lately(one)
    user, client = staff(one, "agent")
    Agency.objects.filter(pk=one.pk).update(suspended_at=NOON - A_DAY)
    for address in ("/agency/", f"/agency/cases/{mine.pk}", "/agency/commission"):
        answer = client.get(address)
        assert answer.status_code == 403
        assert mine.borrower.reference not in answer.text
    assert not visible_borrowers(user).exists()


def test_who_left_the_agency_sees_nothing_any_more(one):
    placed_lately(one)
    user, client = staff(one, "agent")
    AgencyStaff.objects.filter(user=user).update(left_at=NOON)
    assert client.get("/agency/").status_code == 403
    assert not visible_borrowers(user).exists()


def test_people_of_an_agency_open_no_page_of_the_lenders(one):
    mine = placed_lately(one)
    _, client = staff(one, "agent")
    for address in ("/", "/loans", f"/loans/{loan_of(mine.case).reference}", "/people", "/admin/", "/reveals"):
        assert client.get(address).status_code in (302, 403), address
    form = {"borrower": mine.borrower.reference, "field": "id_number", "why": "call"}
    assert client.post("/reveal", form).status_code == 403


def test_the_door_is_its_own_and_asks_for_a_second_factor(one, settings):
    answer = Client().get("/agency/")
    assert answer.headers["Location"].startswith("/agency/sign-in?next=/agency/")
    assert Client().get("/agency/sign-in").status_code == 200
    settings.DULY_STAFF_SECOND_FACTOR = True
    _, client = staff(one, "agent")
    assert client.get("/agency/").status_code == 302


def test_signing_in_leads_to_the_worklist(one, monkeypatch):
    monkeypatch.undo()
    user, _ = staff(one, "agent")
    user.set_password("a long way home 7")
    user.save()
    client = Client()
    answer = client.post("/agency/sign-in?next=/agency/", {"login": "agent", "password": "a long way home 7"})
    assert (answer.status_code, answer.headers.get("Location")) == (302, "/agency/"), answer.text
    assert client.get("/agency/").status_code == 200


def test_a_call_during_which_the_case_was_taken_back_can_be_ended(one, two):
    mine, next_one = placed_lately(one), placed_lately(one)
    _, client = staff(one, "agent")
    _, colleague = staff(one, "colleague")
    _, stranger = staff(two, "stranger")
    go(client, "agency_call", mine.pk, channel="voice")
    recall([mine], Placement.Ended.PAID, "paid", NOON)
    for other in (colleague, stranger):
        assert go(other, "agency_outcome", mine.pk, outcome="reached").status_code == 404
    page = go(client, "agency_outcome", mine.pk, outcome="reached")
    assert mine.borrower.reference not in page.text
    assert Call.objects.get().outcome == "reached"
    assert go(client, "agency_case", mine.pk).status_code == 404
    go(client, "agency_call", next_one.pk, channel="voice")
    assert Call.objects.filter(ended_at=None).get().borrower == next_one.borrower
