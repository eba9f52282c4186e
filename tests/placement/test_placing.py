"""Dealing cases, placing them with a second person, the notice and its days, taking back: at once and in bulk."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

import small_lender as lender
from duly.agencies.services import revoke_mandate, suspend
from duly.collection import stops
from duly.collection.models import CaseEvent
from duly.collection.placement.dealing import deal
from duly.collection.placement.models import Placement
from duly.collection.placement.rules import read_rules
from duly.collection.placement.services import (
    ask_to_place,
    borrowers_refused,
    place,
    placed_now,
    prepare_batch,
    recall,
    work_day,
)
from duly.contact.calls import Refused, begin_call
from duly.contact.models import PlannedContact
from duly.contact.outbox import send_due
from duly.contact.services import Proposal, plan_contacts
from duly.engine.errors import InputError
from duly.identity.models import IssuedCode
from duly.identity.services import issue
from duly.payments.signals import money_arrived
from duly.people.approvals import approve
from duly.people.models import Circumstance
from duly.people.roles import Role
from placing import NOW, ON, agency, batch_of, late_case, loan_of, person, placed, rules

A_DAY = datetime.timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def one():
    return agency("a1")


def test_every_reason_to_leave_a_case_out_is_told(one):
    fits, paused = late_case(), late_case()
    late_case(99_00)
    late_case(due_on=ON - 60 * A_DAY)
    paused.standing.paused_on = ON
    paused.standing.save()
    kinds = read_rules(rules()).leave_out
    for kind in kinds:
        lender.circumstance(late_case().borrower, kind, NOW - A_DAY)
    over = late_case()
    lender.circumstance(over.borrower, "disputed", NOW - 9 * A_DAY, NOW - A_DAY)
    dealt = deal(read_rules(rules()), NOW)
    assert {candidate.case_id for candidate, _ in dealt.cases} == {fits.pk, over.pk}
    assert dealt.left_out == {"too little overdue": 1, "days late": 1, "paused": 1, **dict.fromkeys(kinds, 1)}


def test_shares_hold_in_every_band_of_worth(one):
    agency("a2")
    for number in range(40):
        late_case(worth=1_000 - number)
    text = rules(shares='[{agency = "a1", share = 750000}, {agency = "a2", share = 250000}]')
    dealt = deal(read_rules(text), NOW)
    for band in range(0, 40, 8):
        codes = [code for _, code in dealt.cases[band : band + 8]]
        assert (codes.count("a1"), codes.count("a2")) == (6, 2)
    assert dealt.by_agency() == {"a1": (30, 3_000_000), "a2": (10, 1_000_000)}


def test_who_had_a_case_lately_does_not_get_it_again(one):
    agency("a2")
    case = late_case()
    first = placed(case, one)
    recall([first], "by_hand", "rotation", NOW + A_DAY)
    assert [code for _, code in deal(read_rules(rules()), NOW + 2 * A_DAY).cases] == ["a2"]
    text = rules(not_again_for_days=0)
    assert [code for _, code in deal(read_rules(text), NOW + 2 * A_DAY).cases] == ["a1"]


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"version": '"x"'}, "/version"),
        ({"through_days_late": 1}, "/through_days_late"),
        ({"leave_out": '["tired"]'}, "/leave_out"),
        ({"shares": '[{agency = "a1", share = 5}]'}, "/shares"),
        ({"whatever": 1}, "/whatever"),
    ],
)
def test_rules_that_cannot_be_are_refused(changed, where):
    with pytest.raises(InputError) as refused:
        read_rules(rules(**changed))
    assert refused.value.where == where


def test_a_batch_is_placed_by_two_people_and_what_changed_meanwhile_is_passed_over(one):
    kept, protected = late_case(), late_case()
    maker, other = person("maker", Role.LEGAL), person("other", Role.LEGAL)
    batch, dealt = prepare_batch(rules(), maker, NOW)
    assert len(dealt.cases) == 2
    assert Placement.objects.count() == 0
    lender.circumstance(protected.borrower, "disputed", NOW)
    with pytest.raises(PermissionDenied):
        approve(ask_to_place(batch, maker), maker)
    made = place(batch, other, NOW)
    assert [one.case for one in made] == [kept]
    with pytest.raises(InputError):
        place(batch, other, NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        type(batch).objects.filter(pk=batch.pk).update(placed_by=maker)


def test_the_agency_waits_for_the_notice_and_its_days(one):
    case = late_case()
    agent = person("agent", Role.AGENCY)
    made = placed(case, one)
    with pytest.raises(InputError, match="not been told"):
        begin_call(case.borrower, agent, "reminder", NOW, agency=one)
    send_due(NOW)
    (mail,) = lender.mails()
    body = mail.get_content()
    for said in ("Agency a1", "L-a1", "M-a1", "3 days"):
        assert said in body
    for at in (NOW + 2 * A_DAY, NOW + 3 * A_DAY - datetime.timedelta(seconds=1)):
        with pytest.raises(InputError, match="days of notice"):
            begin_call(case.borrower, agent, "reminder", at, agency=one)
    assert begin_call(case.borrower, agent, "reminder", NOW + 3 * A_DAY, agency=one).mandate == made.mandate


def test_an_agency_contacts_nobody_else(one):
    mine, others = late_case(), late_case()
    two = agency("a2")
    placed(mine, one)
    placed(others, two)
    send_due(NOW)
    later = NOW + 4 * A_DAY
    known = borrowers_refused(one.pk, [mine.borrower_id, others.borrower_id], later)
    assert known == {others.borrower_id: "the case is not placed with this agency"}
    with pytest.raises((InputError, Refused)):
        begin_call(others.borrower, person("agent", Role.AGENCY), "reminder", later, agency=one)


def planned_by(agency, case, at):
    loans = [loan_of(case).pk]
    proposal = Proposal(f"x:{case.pk}", case.borrower_id, loans, "agency_reminder", at, at + A_DAY, 80, agency=agency)
    (made,) = plan_contacts([proposal], at)
    return made


def test_a_payment_takes_the_case_back_at_once_with_all_that_was_planned(one):
    case = late_case()
    made = placed(case, one)
    send_due(NOW)
    contact = planned_by(one, case, NOW + 4 * A_DAY)
    assert contact.status == PlannedContact.Status.PLANNED, contact.why
    issue(case.borrower, "voice", "reminder", NOW, agency=one, mandate=made.mandate)
    assert stops.stopped([case.borrower_id], ON)
    loan = loan_of(case)
    lender.pay(loan, ON, 1_00)
    money_arrived.send(None, loan_ids=frozenset([loan.pk]))
    assert list(placed_now(one)) == [made]
    lender.pay(loan, ON)
    money_arrived.send(None, loan_ids=frozenset([loan.pk]))
    assert list(placed_now(one)) == []
    contact.refresh_from_db()
    assert contact.status == PlannedContact.Status.CANCELLED
    assert IssuedCode.objects.get(agency=one).revoked_at is not None
    made.refresh_from_db()
    assert made.ended == "paid"
    kinds = list(CaseEvent.objects.filter(case=case).values_list("kind", flat=True))
    assert {"placed", "recalled"} <= set(kinds)


def test_protection_takes_the_case_back_at_once(one):
    made = placed(late_case(), one)
    Circumstance.objects.create(borrower=made.borrower, kind="disputed", since=NOW)
    made.refresh_from_db()
    assert (made.ended, made.because) == ("complaint", "disputed")


def test_protection_for_some_days_takes_the_case_back_as_well(one):
    (made,) = place(batch_of([late_case()], one, person("maker")), person("other"), NOW)
    until = NOW + datetime.timedelta(days=9000)
    Circumstance.objects.create(borrower=made.borrower, kind="hardship", since=NOW, until=until)
    made.refresh_from_db()
    assert made.ended == "complaint"


def test_suspended_or_without_a_mandate_nothing_of_the_agency_goes_on(one):
    lawyer = person("lawyer", Role.LEGAL)
    case = late_case()
    made = placed(case, one)
    send_due(NOW)
    contact = planned_by(one, case, NOW + 4 * A_DAY)
    suspend(one, "threats", lawyer, NOW + 4 * A_DAY)
    contact.refresh_from_db()
    assert contact.status == PlannedContact.Status.CANCELLED
    made.refresh_from_db()
    assert made.ended_at is None
    revoke_mandate(made.mandate, "resold", lawyer, NOW + 5 * A_DAY)
    made.refresh_from_db()
    assert made.ended == "mandate"


def test_after_a_close_what_is_over_comes_back(one):
    expired, closed, going = placed(late_case(), one), placed(late_case(), one), placed(late_case(), one)
    Placement.objects.filter(pk=expired.pk).update(expires_on=ON)
    closed.case.closed_on = ON
    closed.case.save()
    work_day(ON + A_DAY, NOW + A_DAY)
    ended = dict(Placement.objects.values_list("pk", "ended"))
    assert ended == {expired.pk: "expired", closed.pk: "closed", going.pk: ""}


def test_a_loan_that_becomes_late_joins_the_placement(one):
    case = late_case()
    made = placed(case, one)
    more = lender.loan(case.borrower, ON - A_DAY)
    from duly.collection.services import open_cases

    open_cases({case.borrower_id: [more.pk]}, ON, "late too")
    work_day(ON, NOW)
    work_day(ON, NOW)
    assert set(made.placed.values_list("loan", flat=True)) == {loan_of_first(case, more), more.pk}


def loan_of_first(case, more):
    return case.loans.exclude(pk=more.pk).get().pk


def test_hundreds_cost_no_more_queries_than_a_few(one):
    maker, other = person("maker", Role.LEGAL), person("other", Role.LEGAL)

    def queries(number: int) -> int:
        cases = [late_case() for _ in range(number)]
        batch = batch_of(cases, one, maker)
        with CaptureQueriesContext(connection) as captured:
            assert len(place(batch, other, NOW)) == number
        return len(captured)

    few = queries(2)
    assert queries(60) <= few + 6
