"""Plans from being offered to being kept or broken: what is signed is asked, what breaks leaves no trace."""

import datetime
from dataclasses import replace

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from plan_stories import (
    A_DAY,
    DRAWN,
    LATE,
    NEXT_MONTH,
    PORTAL,
    agrees,
    at,
    closes,
    late_loan,
    offered,
    pays,
    person,
    standing,
)

from duly.collection.models import Case
from duly.collection.plans.agreeing import agree_to_plans, ask_code, start_those_paid
from duly.collection.plans.models import Offer, Plan
from duly.collection.plans.money_in import start_plans
from duly.collection.plans.offering import loans_to_plan, offer_plans, offers_waiting, propose_plan
from duly.collection.plans.offers import Proposal
from duly.collection.plans.watching import watch_plans
from duly.collection.stops import stopped
from duly.contact.models import PlannedContact
from duly.engine.errors import InputError
from duly.lending.models import Fact
from duly.lending.services import reverse_fact


def test_forty_days_late_counters_once_accepts_keeps_every_installment_and_is_cured(book, code_sent) -> None:
    of = person()
    loan = late_loan(of)
    closes(LATE)
    assert Case.objects.get().closed_on is None
    offers = offered(of, 800_00)
    assert len(offers) == 3
    assert all(one.monthly <= 800_00 for one in offers)
    # "Nothing at once": no, five per cent of what is overdue; the nearest plan keeps the four months.
    found = propose_plan(loan, Proposal(4, NEXT_MONTH, 0), PORTAL, on=LATE, at=at(LATE))
    assert [one.code for one in found.answer.reasons] == ["down_payment"]
    assert found.offer.kind == Offer.Kind.NEAREST
    (plan,) = agrees([found.offer], code_sent)
    assert plan.state == Plan.State.WAITING
    assert standing(loan, LATE).due["penalty"] == 0
    assert stopped([of.pk], LATE)[of.pk][0].name == "plan"
    pays(loan, found.offer.down_payment, LATE)
    closes(LATE + A_DAY)
    plan.refresh_from_db()
    assert (plan.state, plan.started_on) == (Plan.State.KEPT, LATE + A_DAY)
    closes(LATE + 2 * A_DAY)
    assert Case.objects.get().closed_on is not None
    asked = [(row.due_on, row.outstanding) for row in standing(loan, LATE + A_DAY).installments if row.outstanding]
    promised = [(datetime.date.fromisoformat(day), amount) for day, amount in found.offer.dues]
    assert [day for day, _ in asked] == [day for day, _ in promised]
    assert all(amount <= most for (_, amount), (_, most) in zip(asked, promised, strict=True))
    for day, amount in asked:
        pays(loan, amount, day)
    closes(asked[-1][0])
    plan.refresh_from_db()
    assert plan.state == Plan.State.DONE
    assert [one.state for one in plan.events.order_by("pk")] == ["waiting", "kept", "done"]
    assert standing(loan, asked[-1][0]).status == "settled"


def test_another_breaks_and_everything_reverts_to_the_cent(book, code_sent) -> None:
    of = person()
    loan, twin = late_loan(of), late_loan(person())
    offer = offered(of, 800_00)[0]
    (plan,) = agrees([offer], code_sent)
    for one in (loan, twin):
        pays(one, offer.down_payment, LATE)
    start_those(loan, LATE)
    pays(loan, 300_00, NEXT_MONTH)
    pays(twin, 300_00, NEXT_MONTH)
    for day, state in ((1, "kept"), (3, "at_risk"), (15, "at_risk"), (16, "broken")):
        closes(NEXT_MONTH + day * A_DAY)
        plan.refresh_from_db()
        assert plan.state == state, day
    gone = Fact.objects.filter(loan=loan, kind="reversed")
    assert gone.count() == plan.facts.count() == Fact.objects.filter(loan=loan, source="plan").count()
    on = NEXT_MONTH + 20 * A_DAY
    assert standing(loan, on) == standing(twin, on)
    assert stopped([of.pk], on) == {}
    assert Case.objects.filter(borrower=of, closed_on=None).exists()
    told = {one.template: one.words for one in PlannedContact.objects.filter(borrower=of) if one.words}
    assert told["plan_agreed"]["first_due_on"] == "26 April 2026"
    assert told["plan_ended"]["why"] == "an installment stayed unpaid for too long"


def start_those(loan, on) -> None:
    (plan,) = start_those_paid({loan.pk}, on, at(on))
    assert plan.state == Plan.State.KEPT


def test_a_plan_whose_first_payment_does_not_come_lapses_and_nothing_is_let_go_of(book, code_sent) -> None:
    of = person()
    loan, twin = late_loan(of), late_loan(person())
    (plan,) = agrees(offered(of, 800_00)[:1], code_sent)
    assert plan.first_payment_by == LATE + 7 * A_DAY
    closes(LATE + 7 * A_DAY)
    plan.refresh_from_db()
    assert plan.state == "waiting"
    closes(LATE + 8 * A_DAY)
    plan.refresh_from_db()
    assert (plan.state, plan.ended_on) == ("lapsed", LATE + 8 * A_DAY)
    assert standing(loan, LATE + 9 * A_DAY) == standing(twin, LATE + 9 * A_DAY)
    assert loan in loans_to_plan(of, "CNY", LATE + 9 * A_DAY)


def test_a_first_payment_that_is_taken_back_breaks_the_plan(book, code_sent) -> None:
    of = person()
    loan = late_loan(of)
    offer = offered(of, 800_00)[0]
    (plan,) = agrees([offer], code_sent)
    paid = pays(loan, offer.down_payment, LATE)
    start_those(loan, LATE)
    reverse_fact(paid.idempotency_key, LATE + A_DAY, key="bounced")
    closes(LATE + A_DAY)
    plan.refresh_from_db()
    assert plan.state == "broken"


@pytest.mark.parametrize("days", [0, 3, 6])
def test_what_was_offered_holds_for_its_days(db, code_sent, days) -> None:
    of = person()
    loan = late_loan(of)
    offer = offered(of, 800_00)[-1]
    agrees([offer], code_sent, on=LATE + days * A_DAY)
    pays(loan, offer.down_payment, LATE + days * A_DAY)
    start_those(loan, LATE + (days + 1) * A_DAY)
    asked = [row.outstanding for row in standing(loan, LATE + 8 * A_DAY).installments if row.outstanding]
    promised = [amount for _, amount in offer.dues]
    assert all(amount <= most for amount, most in zip(asked, promised, strict=True))
    # Nothing is let go of beyond what grew since.
    assert sum(promised) - sum(asked) < 3_00 * len(asked)


def test_an_offer_is_over_after_its_days_and_a_loan_has_one_plan(db, code_sent) -> None:
    of = person()
    late_loan(of)
    first, second, _ = offered(of, 800_00)
    with pytest.raises(InputError, match="over"):
        ask_code([first], LATE + 8 * A_DAY)
    agrees([first], code_sent)
    with pytest.raises(InputError, match="has a plan"):
        ask_code([second], LATE)
    assert offers_waiting(of, LATE) == []
    with pytest.raises(InputError, match="no loan that needs"):
        offered(of, 800_00)


def test_a_code_signs_those_very_figures_and_no_others(db, code_sent) -> None:
    of = person()
    late_loan(of)
    first, second, _ = offered(of, 800_00)
    ask_code([first], LATE)
    with pytest.raises(InputError, match="something else"):
        agree_to_plans([second], code_sent(), on=LATE, at=at(LATE))
    assert not Plan.objects.exists()
    (plan,) = agree_to_plans([first], code_sent(), on=LATE, at=at(LATE))
    assert agree_to_plans([first], "000000", on=LATE, at=at(LATE)) == [plan]


def test_two_loans_are_agreed_with_one_code_each_its_share_of_what_can_be_paid(db, code_sent) -> None:
    of = person()
    loans = [late_loan(of), late_loan(of, principal=6_000_00)]
    offers = offered(of, 1_200_00)
    lightest = [max((one for one in offers if one.loan == loan), key=lambda one: one.installments) for loan in loans]
    assert sum(one.monthly for one in lightest) <= 1_200_00
    plans = agrees(lightest, code_sent)
    assert {one.loan for one in plans} == set(loans)
    with pytest.raises(InputError, match="together"):
        ask_code([offers[0], offers[1]], LATE)


def test_the_portal_is_never_worse_than_the_phone(db) -> None:
    of = person()
    late_loan(of)
    doors = {
        door: offer_plans(
            of, 700_00, NEXT_MONTH, replace(PORTAL, through=door), currency="CNY", on=LATE, at=at(LATE), key=door
        )
        for door in ("portal", "desk", "api")
    }
    figures = {
        door: [(one.monthly, one.total, one.waived, one.dues) for one in found.offers.order_by("installments")]
        for door, found in doors.items()
    }
    assert figures["portal"] == figures["desk"] == figures["api"]
    assert figures["portal"]


def test_money_that_arrives_starts_the_plan_at_once(db, code_sent, django_assert_max_num_queries) -> None:
    today = timezone.localdate()
    of = person()
    loan = late_loan(of, drawn_on=today - 100 * A_DAY)
    offer = offered(of, 900_00, on=today, first=today + 20 * A_DAY)[0]
    (plan,) = agrees([offer], code_sent, on=today)
    pays(loan, offer.down_payment - 1, today)
    assert start_plans(frozenset({loan.pk})) == 0
    pays(loan, 1, today)
    assert start_plans(frozenset({loan.pk})) == 1
    plan.refresh_from_db()
    assert plan.state == "kept"
    with django_assert_max_num_queries(1):
        assert start_plans(frozenset({loan.pk + 1})) == 0


def test_offers_stay_as_they_were_made(db) -> None:
    of = person()
    late_loan(of)
    offer = offered(of, 800_00)[0]
    with pytest.raises(DatabaseError), transaction.atomic():
        Offer.objects.filter(pk=offer.pk).update(monthly=1)


def test_watching_takes_the_same_queries_however_many_plans_there_are(
    db, code_sent, django_assert_max_num_queries
) -> None:
    for _ in range(4):
        of = person()
        late_loan(of, drawn_on=DRAWN)
        agrees(offered(of, 800_00)[:1], code_sent)
    with django_assert_max_num_queries(6):
        watch_plans(LATE, at(LATE))
