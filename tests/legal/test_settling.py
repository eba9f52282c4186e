"""Settlement for less: two people offer it, the payment makes it so, its day ends it, a bounced payment undoes it."""

import datetime

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from duly.collection import stops
from duly.collection.legal import settling
from duly.collection.legal.models import Settlement
from duly.collection.models import Case
from duly.engine.errors import InputError
from duly.lending import services as lending
from duly.lending.models import Loan
from duly.lending.positions import position_on
from duly.people import approvals

A_DAY = datetime.timedelta(days=1)
State = Settlement.State


@pytest.fixture
def offered(case: Case, loan: Loan, lawyer: User, cashier: User, now, today) -> Settlement:
    """500.00 for all that is owed, within ten days, agreed by two."""
    asked = settling.ask_to_settle(loan, 500_00, today + 10 * A_DAY, lawyer, now)
    approvals.approve(asked.approval, cashier)
    asked.refresh_from_db()
    return asked


def fresh(loan: Loan) -> Loan:
    """The loan read anew, with its facts."""
    return Loan.objects.get(pk=loan.pk)


def test_one_person_offers_nothing(case: Case, loan: Loan, lawyer: User, now, today) -> None:
    asked = settling.ask_to_settle(loan, 500_00, today + 10 * A_DAY, lawyer, now)
    assert settling.open_settlement([loan.pk], today) == {}
    with pytest.raises(PermissionDenied):
        approvals.approve(asked.approval, lawyer)
    lending.record_payment("L1", 500_00, today, key="p")
    assert settling.settle_what_was_paid(frozenset({loan.pk})) == 0
    settling.withdraw_settlement(asked, "lawyer", now)
    with pytest.raises(InputError, match="may rely"):
        settling.withdraw_settlement(asked, "lawyer", now)


@pytest.mark.parametrize("amount", [0, -1, 10_000_00])
def test_it_is_for_less_and_for_something(loan: Loan, case: Case, lawyer: User, now, today, amount: int) -> None:
    with pytest.raises(InputError, match="for less"):
        settling.ask_to_settle(loan, amount, today, lawyer, now)
    with pytest.raises(InputError, match="day is over"):
        settling.ask_to_settle(loan, 1_00, today - A_DAY, lawyer, now)
    assert not Settlement.objects.exists()


def test_while_it_stands_nobody_is_chased(offered: Settlement, lawyer: User, loan: Loan, today, now) -> None:
    borrower = loan.borrower_id
    assert [one.name for one in stops.stopped([borrower], today)[borrower]] == ["settlement"]
    assert stops.stopped([borrower], today + 11 * A_DAY) == {}
    with pytest.raises(InputError, match="open already"):
        settling.ask_to_settle(loan, 400_00, today + A_DAY, lawyer, now)


def test_the_payment_waives_the_rest(offered: Settlement, loan: Loan, today: datetime.date) -> None:
    owed = sum(position_on(fresh(loan), today).outstanding.values())
    lending.record_payment("L1", 200_00, today, key="p1")
    assert settling.settle_what_was_paid(frozenset({loan.pk})) == 0
    lending.record_payment("L1", 300_00, today, key="p2")
    assert settling.settle_what_was_paid(frozenset({loan.pk})) == 1
    offered.refresh_from_db()
    standing = position_on(fresh(loan), today)
    assert (offered.state, offered.kept_on, standing.status) == (State.KEPT, today, "settled")
    assert sum(standing.outstanding.values()) == 0
    assert sum(standing.waived.values()) == owed - 500_00
    assert settling.settle_what_was_paid(frozenset({loan.pk})) == 0


def test_it_lapses_when_its_day_is_over(offered: Settlement, loan: Loan, today: datetime.date, now) -> None:
    settling.settlements_after_close(offered.pay_by, now)
    offered.refresh_from_db()
    assert offered.state == State.OFFERED
    settling.settlements_after_close(offered.pay_by + A_DAY, now)
    offered.refresh_from_db()
    assert offered.state == State.LAPSED
    assert not loan.facts.filter(kind="waived").exists()


def test_money_in_time_counts_however_late_it_is_recorded(offered: Settlement, loan: Loan, now) -> None:
    lending.record_payment("L1", 500_00, offered.pay_by, key="p1")
    settling.settlements_after_close(offered.pay_by + 3 * A_DAY, now)
    offered.refresh_from_db()
    assert offered.state == State.KEPT


def test_money_after_its_day_does_not(offered: Settlement, loan: Loan, now) -> None:
    lending.record_payment("L1", 500_00, offered.pay_by + A_DAY, key="p1")
    assert settling.settle_what_was_paid(frozenset({loan.pk})) == 0


def test_a_payment_that_bounces_undoes_it(offered: Settlement, loan: Loan, today: datetime.date, now) -> None:
    lending.record_payment("L1", 500_00, today, key="p1")
    settling.settle_what_was_paid(frozenset({loan.pk}))
    settling.settlements_after_close(today, now)
    assert position_on(fresh(loan), today).status == "settled"
    before = sum(position_on(fresh(loan), today).waived.values())
    assert before > 0
    lending.reverse_fact("p1", today, key="p1 bounced")
    settling.settlements_after_close(today, now)
    offered.refresh_from_db()
    standing = position_on(fresh(loan), today)
    assert (offered.state, standing.status, sum(standing.waived.values())) == (State.UNDONE, "open", 0)
