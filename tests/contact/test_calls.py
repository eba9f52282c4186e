"""Calls and visits: none begins that the gate forbids, each counts by what came of it, over all parties together."""

import datetime

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from duly.agencies.models import Agency, Mandate
from duly.contact import acting
from duly.contact.after_payment import contacts_after_payment
from duly.contact.allowed_now import allowed_now
from duly.contact.calls import Refused, begin_call, finish_call, going_on
from duly.contact.gate import what_is_known
from duly.contact.models import Call, Decision, Outcome
from duly.contact.outbox import send_due
from duly.contact.services import Proposal, plan_contacts
from duly.engine.errors import InputError
from duly.ledger.append_only import let_change
from duly.lending.models import Fact
from small_lender import DUE, borrower, circumstance, days_after, instant, loan, pay

pytestmark = pytest.mark.django_db

TEN = instant(days_after(DUE, 2), 2)  # 10:00 in Shanghai
NIGHT = instant(days_after(DUE, 2), 15)  # 23:00 in Shanghai
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def refusals(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What refuses agencies somebody: nothing here, for which cases are placed with whom is another room's."""
    empty: dict[str, object] = {}
    monkeypatch.setattr(acting, "_refusals", empty)
    return empty


@pytest.fixture
def collector() -> User:
    return User.objects.create_user("collector-1")


def agency(name: str = "Agency 1", channels: tuple[str, ...] = ("voice", "email"), days: int = 30) -> Agency:
    made = Agency.objects.create(
        code=name.lower().replace(" ", "-"), name=name, licence="L-1", telephone="+1", email="a@agency.example"
    )
    Mandate.objects.create(
        number=f"M-{made.code}",
        agency=made,
        begins_on=DUE,
        ends_on=days_after(DUE, days),
        channels=list(channels),
        purposes=["reminder", "notice"],
    )
    return made


def history(of: object, at: datetime.datetime = TEN) -> list[dict[str, object]]:
    return what_is_known([of.pk], at + datetime.timedelta(days=30))[of.pk].history


def test_a_call_begins_with_an_allowing_decision_about_its_very_instant(collector: User) -> None:
    one = loan(borrower())
    call = begin_call(one.borrower, collector, "reminder", TEN)
    assert going_on(collector) == call
    decision = call.decision
    assert (decision.moment, decision.allowed, decision.contact_at, decision.channel) == ("send", True, TEN, "voice")
    finished = finish_call(call, Outcome.PROMISED, "said Friday", TEN + 5 * MINUTE)
    assert (finished.outcome, finished.note, finished.ended_at) == ("promised", "said Friday", TEN + 5 * MINUTE)
    assert going_on(collector) is None
    with pytest.raises(InputError, match="has an outcome already"):
        finish_call(call, Outcome.REACHED, "", TEN + 6 * MINUTE)


def test_what_the_gate_forbids_does_not_begin_and_the_refusal_is_logged(collector: User) -> None:
    one = loan(borrower())
    with pytest.raises(Refused) as refused:
        begin_call(one.borrower, collector, "reminder", NIGHT)
    assert refused.value.answer.next_allowed_at == instant(days_after(DUE, 3), 0)
    assert Call.objects.count() == 0
    assert Decision.objects.get().allowed is False


@pytest.mark.parametrize(
    ("outcome", "counted"),
    [
        ("reached", "conversation"),
        ("promised", "conversation"),
        ("call_back", "conversation"),
        ("refused_to_talk", "refused"),
        ("left_message", "attempted"),
        ("no_answer", "attempted"),
        ("busy", "not_connected"),
        ("third_person", "connected"),
        ("wrong_number", "connected"),
    ],
)
def test_a_call_counts_by_what_came_of_it(collector: User, outcome: str, counted: str) -> None:
    one = loan(borrower())
    call = begin_call(one.borrower, collector, "reminder", TEN)
    assert [past["outcome"] for past in history(one.borrower)] == ["conversation"]
    finish_call(call, outcome, "", TEN + MINUTE)
    assert [(past["outcome"], past["by"]["kind"]) for past in history(one.borrower)] == [(counted, "in_house")]


def test_contacts_are_counted_over_all_parties_together(collector: User) -> None:
    """In China three calls a day are allowed, whoever makes them."""
    one = loan(borrower())
    for number, party in enumerate([agency("Agency 1"), None, agency("Agency 2")]):
        at = TEN + number * 60 * MINUTE
        call = begin_call(one.borrower, collector, "reminder", at, party)
        finish_call(call, Outcome.REACHED, "", at + MINUTE)
        assert call.mandate == (party.mandates.get() if party else None)
    assert [past["by"]["name"] for past in history(one.borrower)] == ["Agency 1", settings.DULY_LENDER, "Agency 2"]
    assert call.decision.inputs["contact"]["by"] == {"kind": "agency", "name": "Agency 2"}
    for party in (None, agency("Agency 3")):
        with pytest.raises(Refused, match="3"):
            begin_call(one.borrower, collector, "reminder", TEN + 200 * MINUTE, party)
    tomorrow = TEN + datetime.timedelta(days=1)
    begin_call(one.borrower, collector, "reminder", tomorrow)


def test_a_room_may_refuse_an_agency_somebody(collector: User, refusals: dict[str, object]) -> None:
    one, other = loan(borrower()), loan(borrower())
    theirs = agency()
    acting.let_refuse("test", lambda agency_id, borrowers, at: {one.borrower_id: "not with this agency"})
    with pytest.raises(InputError, match="not with this agency"):
        begin_call(one.borrower, collector, "reminder", TEN, theirs)
    assert begin_call(other.borrower, collector, "reminder", TEN, theirs)
    assert begin_call(one.borrower, collector, "reminder", TEN)


@pytest.mark.parametrize("channels", [("email",), ()])
def test_an_agency_does_only_what_its_mandate_permits(collector: User, channels: tuple[str, ...]) -> None:
    one = loan(borrower())
    with pytest.raises(InputError, match="does not permit the channel"):
        begin_call(one.borrower, collector, "reminder", TEN, agency(channels=channels))
    assert Decision.objects.count() == 0


def test_a_message_of_an_agency_without_a_mandate_is_held(collector: User) -> None:
    one = loan(borrower())
    later = TEN + datetime.timedelta(days=2)
    wish = Proposal("x", one.borrower_id, [one.pk], "late_1", TEN, later, 2, agency=agency(channels=("voice",)))
    (planned,) = plan_contacts([wish], TEN - MINUTE)
    assert planned.status == "held"
    assert "does not permit the channel email" in planned.why


def test_the_database_refuses_a_call_without_an_allowing_decision(collector: User) -> None:
    one = loan(borrower())
    with pytest.raises(Refused):
        begin_call(one.borrower, collector, "reminder", NIGHT)
    forbidding = Decision.objects.get()
    allowing = begin_call(one.borrower, collector, "reminder", TEN).decision
    other = loan(borrower())
    for decision, of, at in [(forbidding, one, NIGHT), (allowing, one, TEN + MINUTE), (allowing, other, TEN)]:
        call = Call(borrower=of.borrower, decision=decision, by=collector, purpose="reminder", begun_at=at)
        with pytest.raises(IntegrityError, match="ask the gate first"), transaction.atomic():
            call.save()


def test_what_came_of_a_call_stays_on_record(collector: User) -> None:
    call = begin_call(loan(borrower()).borrower, collector, "reminder", TEN)
    finish_call(call, Outcome.REACHED, "", TEN + MINUTE)
    for change in (lambda: Call.objects.update(outcome="busy"), lambda: Call.objects.all().delete()):
        with pytest.raises(IntegrityError, match="stays"), transaction.atomic():
            change()


def test_what_may_be_done_now_says_until_when(collector: User) -> None:
    one = loan(borrower(time_zones="Asia/Shanghai,Asia/Tokyo"))
    now = {line.channel: line for line in allowed_now(one.borrower, TEN, "en")}
    assert now["voice"].until == instant(days_after(DUE, 2), 13)  # 22:00 in Tokyo
    assert now["letter"].until is None
    night = {line.channel: line for line in allowed_now(one.borrower, NIGHT, "en")}
    assert (night["voice"].allowed, night["voice"].until) == (False, None)


def test_a_borrower_who_said_no_more_calls_is_not_called(collector: User) -> None:
    one = loan(borrower())
    circumstance(one.borrower, "deceased", since=instant(DUE, 0))
    with pytest.raises(Refused):
        begin_call(one.borrower, collector, "reminder", TEN)


def test_who_has_paid_is_not_called(collector: User) -> None:
    one = loan(borrower())
    pay(one, on=days_after(DUE, 2))
    with pytest.raises(InputError, match="nothing is overdue"):
        begin_call(one.borrower, collector, "reminder", TEN)


def test_contacts_after_payment_are_found_by_a_fold_of_their_own(collector: User) -> None:
    late, paid = loan(borrower()), loan(borrower())
    for one in (late, paid):
        finish_call(begin_call(one.borrower, collector, "reminder", TEN), Outcome.REACHED, "", TEN + MINUTE)
        wish = Proposal(f"m{one.pk}", one.borrower_id, [one.pk], "late_1", TEN, TEN + 60 * MINUTE, 2)
        plan_contacts([wish], TEN - MINUTE)
    assert send_due(TEN).sent == 2
    assert contacts_after_payment(TEN + MINUTE) == []
    # A payment that counts from before and was told afterwards was known to nobody; one on record then was.
    told_later, known = pay(paid, on=DUE), pay(late, on=DUE)
    with let_change("lending_fact"):
        Fact.objects.filter(loan__in=[late, paid]).update(recorded_at=TEN - 9 * MINUTE)
        Fact.objects.filter(pk=told_later.pk).update(recorded_at=TEN + 9 * MINUTE)
    found = contacts_after_payment(TEN + MINUTE)
    assert {borrower for _, borrower, _ in found} == {known.loan.borrower.reference}
    assert sorted(what.split()[0] for what, _, _ in found) == ["call", "message"]
