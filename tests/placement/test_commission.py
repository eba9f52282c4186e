"""Commission by payment: by age, once, back to the cent when a payment comes back; statements, corrections."""

import datetime
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import small_lender as lender
from duly.agencies.commission_terms import commission_terms
from duly.collection.placement import statements
from duly.collection.placement.commission import book_commission
from duly.collection.placement.models import CommissionLine, LineDispute
from duly.collection.placement.services import recall
from duly.engine.errors import InputError
from duly.lending.models import Fact
from duly.people.approvals import approve
from duly.people.roles import Role
from placing import NOW, ON, TERMS, agency, late_case, loan_of, person, placed

A_DAY = datetime.timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def one():
    return agency("a1")


def amounts() -> list[tuple[str, int, int]]:
    return list(CommissionLine.objects.order_by("pk").values_list("kind", "base", "amount"))


def bounce(payment: Fact, on: datetime.date) -> Fact:
    return Fact.objects.create(
        loan=payment.loan, kind="reversed", value_date=on, reverses=payment, idempotency_key=f"back-{payment.pk}"
    )


def test_a_payment_earns_by_the_age_of_the_debt_on_its_day_and_only_while_placed(one):
    case = late_case()
    loan = loan_of(case)
    lender.pay(loan, ON - A_DAY, 10_00)
    made = placed(case, one)
    lender.pay(loan, ON - A_DAY, 5_00)  # paid before, learnt of later
    lender.pay(loan, ON, 100_05)  # 77 days: 10%
    lender.pay(loan, ON + 14 * A_DAY, 100_00)  # 91 days: 20%
    recall([made], "by_hand", "enough", NOW + 20 * A_DAY)
    lender.pay(loan, ON + 20 * A_DAY, 1_00)
    lender.pay(loan, ON + 21 * A_DAY, 50_00)
    assert book_commission() == 3
    assert book_commission() == 0
    assert amounts() == [("earned", 100_05, 10_00), ("earned", 100_00, 20_00), ("earned", 1_00, 20)]


def test_two_agencies_never_earn_by_one_payment(one):
    two, case = agency("a2"), late_case()
    loan = loan_of(case)
    first = placed(case, one)
    recall([first], "by_hand", "rotation", NOW)
    placed(case, two, NOW + datetime.timedelta(seconds=1))
    lender.pay(loan, ON, 100_00)
    book_commission()
    assert [line.placement.agency for line in CommissionLine.objects.all()] == [two]


def test_what_comes_back_takes_back_what_it_earned_to_the_cent(one):
    case = late_case()
    placed(case, one)
    payment = lender.pay(loan_of(case), ON, 33_33)
    book_commission()
    bounce(payment, ON + 30 * A_DAY)  # older by then: the tier is that of the payment
    book_commission()
    assert amounts() == [("earned", 33_33, 3_33), ("taken_back", -33_33, -3_33)]


def test_a_refund_takes_back_no_more_than_was_earned(one):
    case = late_case()
    placed(case, one)
    payment = lender.pay(loan_of(case), ON, 100_00)
    lender.record(loan_of(case), "refunded", ON + A_DAY, 30_00)
    book_commission()
    bounce(payment, ON + 2 * A_DAY)
    book_commission()
    assert amounts() == [("earned", 100_00, 10_00), ("taken_back", -30_00, -3_00), ("taken_back", -70_00, -7_00)]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    story=st.lists(
        st.tuples(st.integers(-5, 60), st.integers(1, 300_00), st.booleans(), st.booleans()), min_size=1, max_size=8
    )
)
def test_lines_agree_with_a_slow_reckoning_whatever_happens_in_whatever_order(story):
    with transaction.atomic():
        case = late_case()
        loan = loan_of(case)
        placed(case, agency("h1"))
        terms, due = commission_terms(TERMS), (ON - datetime.date(2026, 3, 16)).days
        expected = Fraction(0)
        for after, amount, comes_back, book_between in story:
            payment = lender.pay(loan, ON + after * A_DAY, amount)
            if book_between:
                book_commission([loan.pk])
            if comes_back:
                bounce(payment, ON + 61 * A_DAY)
            elif after >= 0:
                expected += round(Fraction(amount * terms.rate_at(due + after), 1_000_000))
        book_commission()
        lines = CommissionLine.objects.filter(loan=loan)
        assert sum(line.amount for line in lines) == expected
        assert statements.reconcile(lines[0].placement.agency, timezone.localdate()) == [] if lines else True
        transaction.set_rollback(True)


def next_month() -> datetime.datetime:
    return (timezone.localtime().replace(day=1) + 32 * A_DAY).replace(day=1)


def test_a_statement_is_issued_once_its_lines_stay_and_later_ones_go_to_the_next(one):
    case = late_case()
    placed(case, one)
    payment = lender.pay(loan_of(case), ON, 100_00)
    this_month = timezone.localdate().replace(day=1)
    with pytest.raises(InputError, match="not over"):
        statements.issue_statement(one, this_month, timezone.now())
    issued = statements.issue_statement(one, this_month, next_month())
    assert issued.totals == {
        "CNY": {"base": 100_00, "earned": 10_00, "taken_back": 0, "corrected": 0, "payable": 10_00}
    }
    bounce(payment, ON + A_DAY)
    book_commission()
    assert statements.issue_statement(one, this_month, next_month()) == issued
    assert [line.amount for line in statements.lines_of(one, this_month)] == [10_00]
    assert [line.amount for line in statements.lines_of(one, next_month().date())] == [-10_00]
    for language in ("en", "zh"):
        assert statements.statement_pdf(issued, language).startswith(b"%PDF")
    (header, row) = statements.statement_csv(one, this_month).splitlines()
    assert header.split(",")[-3:] == ["base", "rate", "amount"]
    assert row.split(",")[-3:] == ["100.00", "0.100000", "10.00"]
    with pytest.raises(IntegrityError), transaction.atomic():
        CommissionLine.objects.update(amount=1)


def test_reconciling_finds_a_payment_that_has_no_line(one):
    case = late_case()
    placed(case, one)
    lender.pay(loan_of(case), ON, 100_00)
    assert statements.reconcile(one, timezone.localdate()) == ["1 payments have no line"]
    book_commission()
    assert statements.reconcile(one, timezone.localdate()) == []


def test_an_objection_is_answered_and_a_correction_needs_two_people(one):
    case = late_case()
    placed(case, one)
    lender.pay(loan_of(case), ON, 100_00)
    book_commission()
    line = CommissionLine.objects.get()
    dispute = statements.dispute_line(line, "the tier is wrong", person("agent", Role.AGENCY), NOW)
    with pytest.raises(InputError):
        statements.dispute_line(line, "again", person("agent2", Role.AGENCY), NOW)
    finance, other = person("finance", Role.FINANCE), person("other finance", Role.FINANCE)
    with pytest.raises(InputError):
        approve(statements.ask_to_correct(dispute, -10_01, "too much", finance), other)
    approve(statements.ask_to_correct(dispute, 2_00, "you are right", finance), other)
    assert LineDispute.objects.get().answer == "you are right"
    assert amounts()[-1] == ("corrected", 0, 2_00)
    bounce(line.fact, ON + A_DAY)
    book_commission()
    assert sum(amount for _, _, amount in amounts()) == 0
