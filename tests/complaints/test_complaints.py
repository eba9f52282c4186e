"""Complaints and disputes: what they stop, by when they are answered, how they are put right, what they teach."""

import datetime

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from duly.collection import stops
from duly.collection.complaints import causes, correcting, services
from duly.collection.complaints.clocks import clock
from duly.collection.complaints.models import Complaint, Step
from duly.contact.gate import ask_about, what_is_known
from duly.contact.models import PlannedContact
from duly.duties.services import State, duties_on
from duly.engine.errors import InputError
from duly.lending import services as lending
from duly.lending.models import Loan
from duly.lending.positions import position_on
from duly.people import approvals
from duly.people.models import Borrower
from duly.people.roles import Role, give_roles

NOON = datetime.datetime(2026, 3, 4, 4, 0, tzinfo=datetime.UTC)  # noon in Shanghai, a Wednesday
A_DAY = datetime.timedelta(days=1)
TERMS = {"currency": "CNY", "method": "equal_installment", "penalty": {"annual_rate": "0.18", "on": "principal"}}


@pytest.fixture
def borrower(db) -> Borrower:
    """Somebody in Shanghai who borrowed."""
    return Borrower.objects.create(
        reference="B1", name="Borrower 12", email="b12@borrower.example", time_zones="Asia/Shanghai"
    )


@pytest.fixture
def loan(borrower: Borrower) -> Loan:
    """A loan of theirs with a fee of 50.00 that should not have been charged."""
    lending.add_product("three-months", TERMS, name_en="Three months")
    made = lending.disburse_loan(
        "L1",
        borrower="B1",
        product="three-months",
        principal=1_200_00,
        annual_rate=120_000,
        disbursed_on=datetime.date(2026, 1, 5),
        installments=3,
        key="out",
    )
    lending.charge_fee("L1", 50_00, datetime.date(2026, 2, 10), key="fee")
    return made


def complain(borrower: Borrower, about: str = "conduct", key: str = "form/1", **more: object) -> Complaint:
    """A complaint that came at noon by telephone."""
    given = {"channel": "voice", "by": "clerk", "now": NOON, "text": "It was said loudly."} | more
    return services.receive_complaint(borrower, about, key=key, **given)


def may_remind(borrower: Borrower, at: datetime.datetime) -> bool:
    """Whether the gate lets a reminder by e-mail through."""
    return ask_about(borrower, "email", "reminder", what_is_known({borrower.pk}, at)[borrower.pk], 9, at).allowed


@pytest.mark.parametrize("about", ["conduct", "amount", "identity", "credit_record"])
def test_everything_stops_until_it_is_answered(borrower: Borrower, about: str) -> None:
    planned = PlannedContact.objects.create(
        idempotency_key="planned",
        borrower=borrower,
        channel="email",
        template="late_3",
        language="en",
        purpose="reminder",
        planned_for=NOON + A_DAY,
        expires_at=NOON + 3 * A_DAY,
    )
    assert may_remind(borrower, NOON)
    made = complain(borrower, about)
    planned.refresh_from_db()
    assert planned.status == PlannedContact.Status.CANCELLED
    assert not may_remind(borrower, NOON + A_DAY)
    assert [one.name for one in stops.stopped([borrower.pk], NOON.date())[borrower.pk]] == ["complaint"]
    services.answer(made, "not_upheld", "none", "We listened to the recording.", by="lawyer", now=NOON + 2 * A_DAY)
    assert may_remind(borrower, NOON + 3 * A_DAY)
    assert stops.stopped([borrower.pk], NOON.date()) == {}


def test_who_never_borrowed_stays_protected(borrower: Borrower) -> None:
    made = complain(borrower, "identity")
    services.answer(made, "upheld", "fraud", "Somebody else borrowed.", by="lawyer", now=NOON + A_DAY)
    assert not may_remind(borrower, NOON + 30 * A_DAY)
    assert borrower.pk in stops.stopped([borrower.pk], NOON.date())
    (line,) = [one for one in duties_on(NOON + 60 * A_DAY) if one.what == "answer_objection"]
    assert line.state == State.DONE


def test_clocks_are_those_of_the_packs(borrower: Borrower) -> None:
    # Banking and insurance consumer complaint rules (2020) art. 19: 15 days, 60 where it is hard;
    # Credit reporting industry regulation (2013) art. 25: 20 days. The day of the event is not counted.
    shanghai = datetime.timezone(datetime.timedelta(hours=8))
    conduct, record = complain(borrower), complain(borrower, "credit_record", "form/2")
    assert clock(conduct, NOON).due_at == datetime.datetime(2026, 3, 20, tzinfo=shanghai)
    assert clock(record, NOON).due_at == datetime.datetime(2026, 3, 25, tzinfo=shanghai)
    services.find_hard(conduct, "A recording has to come from the agency.", "lawyer", NOON + A_DAY)
    conduct.refresh_from_db()
    assert clock(conduct, NOON).due_at == datetime.datetime(2026, 5, 4, tzinfo=shanghai)
    assert not clock(conduct, NOON + 59 * A_DAY).late
    assert clock(conduct, NOON + 61 * A_DAY).late
    with pytest.raises(InputError, match="No rule gives more time"):
        services.find_hard(record, "It is hard.", "lawyer", NOON + A_DAY)


def test_the_duties_page_counts_the_same_clock(borrower: Borrower) -> None:
    made = complain(borrower)
    waiting = {one.what: one for one in duties_on(NOON + A_DAY)}
    assert waiting["answer_complaint"].due_at == clock(made, NOON).due_at
    assert waiting["acknowledge_complaint"].state == State.LATE
    services.acknowledge(made, "clerk", NOON + A_DAY)
    assert {one.what: one.state for one in duties_on(NOON + A_DAY)}["acknowledge_complaint"] == State.DONE
    services.answer(made, "upheld", "rudeness", "It was rude.", by="lawyer", now=NOON + 2 * A_DAY)
    assert {one.state for one in duties_on(NOON + 100 * A_DAY)} == {State.DONE}


def test_two_of_one_day_have_two_clocks(borrower: Borrower) -> None:
    first = complain(borrower, channel="portal")
    second = complain(borrower, key="form/2", channel="portal")
    assert first.acknowledged_at == second.acknowledged_at == NOON
    services.answer(first, "upheld", "rudeness", "It was rude.", by="lawyer", now=NOON + A_DAY)
    states = [one.state for one in duties_on(NOON + 99 * A_DAY) if one.what == "answer_complaint"]
    assert sorted(states) == [State.DONE, State.LATE]
    assert not may_remind(borrower, NOON + 2 * A_DAY)


def test_the_same_form_twice_is_one_complaint(borrower: Borrower) -> None:
    assert complain(borrower) == complain(borrower)
    assert Complaint.objects.count() == 1
    with pytest.raises(InputError, match="sent before"):
        complain(borrower, "amount")


def test_what_is_refused_leaves_nothing(borrower: Borrower, loan: Loan) -> None:
    other = Borrower.objects.create(reference="B2")
    for given in (
        {"about": "weather"},
        {"text": "  "},
        {"text": "x" * 4001},
        {"channel": "pigeon"},
        {"received_at": NOON + A_DAY},
    ):
        with pytest.raises(InputError):
            complain(borrower, **given)
    with pytest.raises(InputError, match="another person"):
        complain(other, loan=loan)
    assert not Complaint.objects.exists()
    assert not borrower.circumstances.exists()
    made = complain(borrower)
    for outcome, cause, reasons in (("upheld", "none", "Yes."), ("maybe", "time", "Yes."), ("upheld", "time", " ")):
        with pytest.raises(InputError):
            services.answer(made, outcome, cause, reasons, by="lawyer", now=NOON + A_DAY)
    made.refresh_from_db()
    assert made.is_open
    services.withdraw(made, NOON + A_DAY)
    with pytest.raises(InputError, match="answered already"):
        services.answer(made, "upheld", "time", "Yes.", by="lawyer", now=NOON + A_DAY)


def test_the_words_are_encrypted_and_steps_stay(borrower: Borrower) -> None:
    made = complain(borrower, text="A sentence in confidence.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM complaints_complaint")
        assert "confidence" not in cursor.fetchone()[0]
    with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic():
        Step.objects.filter(complaint=made).delete()


def test_a_second_person_lets_a_fee_go(borrower: Borrower, loan: Loan) -> None:
    asker, other, clerk = (User.objects.create_user(name) for name in ("lawyer", "cashier", "clerk"))
    give_roles(asker, Role.LEGAL, Role.FINANCE)
    give_roles(other, Role.FINANCE)
    give_roles(clerk, Role.COLLECTOR)
    on = datetime.date(2026, 3, 4)
    before = position_on(loan, on).outstanding["fee"]
    made = complain(borrower, "amount", loan=loan)
    fee = loan.facts.get(kind="fee_charged")
    asked = correcting.ask_to_take_back(made, fee.pk, asker)
    for nobody in (asker, clerk):
        with pytest.raises(PermissionDenied):
            approvals.approve(asked, nobody)
    assert position_on(loan, on).outstanding["fee"] == before
    approvals.approve(asked, other)
    loan = Loan.objects.get(pk=loan.pk)
    assert position_on(loan, on).outstanding["fee"] == before - 50_00
    asked = correcting.ask_to_give_up(made, "interest", 1_00, asker)
    interest = position_on(loan, on).waived["interest"]
    approvals.approve(asked, other)
    today = timezone.localdate() + A_DAY
    assert position_on(Loan.objects.get(pk=loan.pk), today).waived["interest"] == interest + 1_00
    kinds = [one.kind for one in made.steps.order_by("pk")]
    assert kinds == ["received", "correction_asked", "corrected", "correction_asked", "corrected"]
    with pytest.raises(InputError, match="taken back"):
        correcting.ask_to_take_back(made, fee.pk, asker)
    with pytest.raises(InputError, match="no loan"):
        correcting.ask_to_give_up(complain(borrower, key="form/2"), "fee", 1, asker)


def test_the_report_counts_what_a_loop_counts(borrower: Borrower) -> None:
    answers = [("upheld", "rudeness", 3), ("partly", "rudeness", 14), ("not_upheld", "none", 17), (None, "", 0)]
    for number, (outcome, cause, days) in enumerate(answers):
        made = complain(borrower, key=f"form/{number}", agency="north" if number % 2 else "", received_at=NOON)
        if outcome:
            services.answer(made, outcome, cause, "Because.", by="lawyer", now=NOON + days * A_DAY)
    found = causes.report(NOON.date(), NOON.date())
    assert found.whole == causes.Group("", received=4, answered=3, right=2, in_time=2)
    assert found.late == 1
    assert found.days_to_answer == 14
    rows = list(Complaint.objects.all())
    for name in ("cause", "about", "agency", "channel"):
        groups = {one.name: one.received for one in getattr(found, f"{name}s" if name != "agency" else "agencies")}
        assert groups == {value: [getattr(row, name) for row in rows].count(value) for value in groups}
        assert sum(groups.values()) == 4
    nothing = causes.report(NOON.date() + A_DAY, NOON.date() + A_DAY)
    assert nothing.whole.received == 0
    assert nothing.days_to_answer is None
