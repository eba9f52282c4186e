"""Payments in columns: posted at once, refused by row, never twice; the same as each recorded by lending alone."""

import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_bank import DUE, PAID_OUT, arrivals, loan

from duly.engine.errors import InputError
from duly.engine.position import position
from duly.lending import services as lending
from duly.lending.models import Fact, Loan
from duly.lending.on_record import contract_of, fact_of
from duly.payments.arrivals import Arrivals, Details
from duly.payments.bulk import receive_many
from duly.payments.conservation import unbalanced_payments
from duly.payments.incoming import receive, take_back
from duly.payments.models import IncomingPayment, PaymentDetails, Suspense
from duly.payments.models.incoming import payment_id_of
from duly.payments.signals import money_arrived

pytestmark = pytest.mark.django_db


def folded(one: Loan, on: datetime.date = DUE):
    return position(contract_of(one), [fact_of(fact, "CNY") for fact in one.facts.order_by("pk")], on)


def test_a_payment_becomes_a_fact_of_its_loan_at_once():
    one = loan()
    (receipt,) = receive_many(arrivals(("A1", one.reference, 400_00)))
    assert (receipt.state, receipt.known, receipt.error) == ("posted", False, None)
    fact = Fact.objects.get(pk=receipt.fact_id)
    assert (fact.kind, fact.amount, fact.value_date, fact.loan_id) == ("paid", 400_00, DUE, one.pk)
    assert payment_id_of(fact.idempotency_key) == receipt.payment_id
    assert folded(one).outstanding["principal"] == 600_00


def test_the_same_number_again_changes_nothing_and_with_other_content_is_refused():
    one, other = loan(), loan()
    (first,) = receive_many(arrivals(("A1", one.reference, 400_00)))
    again, more, elsewhere = (
        receive_many(arrivals(row))[0]
        for row in (("A1", one.reference, 400_00), ("A1", one.reference, 401_00), ("A1", other.reference, 400_00))
    )
    assert (again.state, again.known, again.payment_id, again.fact_id) == (
        "posted",
        True,
        first.payment_id,
        first.fact_id,
    )
    assert more.state == elsewhere.state == "refused"
    assert "amount" in str(more.error)
    assert "loan" in str(elsewhere.error)
    assert IncomingPayment.objects.count() == 1
    assert Fact.objects.filter(kind="paid").count() == 1


def test_twice_in_one_batch_counts_once():
    one = loan()
    first, again, other = receive_many(
        arrivals(("A1", one.reference, 400_00), ("A1", one.reference, 400_00), ("A1", one.reference, 5_00))
    )
    assert [first.known, again.known, other.state] == [False, True, "refused"]
    assert (again.payment_id, again.fact_id) == (first.payment_id, first.fact_id)
    assert IncomingPayment.objects.count() == Fact.objects.filter(kind="paid").count() == 1


def test_one_wrong_row_never_spoils_the_others():
    one, euros = loan(), loan(currency="EUR")
    rows = [
        ("A1", one.reference, 400_00),
        ("A2", "nobody's", 400_00),
        ("A3", euros.reference, 400_00),
        ("A4", one.reference, 0),
        ("", one.reference, 1_00),
        ("A6", one.reference, 10**13 + 1),
        ("A7", one.reference, 1_00),
    ]
    found = receive_many(arrivals(*rows))
    assert [receipt.state for receipt in found] == ["posted", *["refused"] * 5, "posted"]
    assert [receipt.error.where for receipt in found if receipt.error] == [
        "/loan",
        "/currency",
        "/amount",
        "/source_id",
        "/amount",
    ]
    assert IncomingPayment.objects.count() == 2


def test_before_the_disbursement_is_refused_or_waits():
    one = loan()
    early = arrivals(("A1", one.reference, 400_00), on=PAID_OUT - datetime.timedelta(days=1))
    assert receive_many(early)[0].error.where == "/value_date"
    assert IncomingPayment.objects.count() == 0
    (receipt,) = receive_many(early, may_wait=True)
    assert receipt.state == "suspense"
    assert Suspense.objects.get().reason == "too_early"


def test_money_without_a_loan_waits_with_what_was_told():
    (receipt,) = receive_many(
        arrivals(("A1", "", 400_00), details=[Details(payer_name="Borrower 1", payer_account="NL77 ABNA 1234")])
    )
    assert receipt.state == "suspense"
    waiting = Suspense.objects.get()
    assert (waiting.payment_id, waiting.amount, waiting.reason) == (receipt.payment_id, 400_00, "no_reference")
    told = PaymentDetails.objects.get()
    assert (told.payer_name, told.payer_account) == ("Borrower 1", "NL77 ABNA 1234")
    assert receive_many(arrivals(("A1", "", 400_00)))[0].known


def test_on_a_loan_written_off_it_is_a_recovery_unless_that_was_taken_back():
    lost, found_again, later = loan(), loan(), loan()
    lending.write_off(lost.reference, DUE, key="w1")
    lending.write_off(found_again.reference, DUE, key="w2")
    lending.reverse_fact("w2", DUE, key="w2 back")
    lending.write_off(later.reference, DUE + datetime.timedelta(days=1), key="w3")
    rows = [(one.reference, one.reference, 1_00) for one in (lost, found_again, later)]
    receipts = receive_many(arrivals(*rows))
    kinds = [Fact.objects.get(pk=receipt.fact_id).kind for receipt in receipts]
    assert kinds == ["recovered", "paid", "paid"]


def test_prepaying_reduces_the_principal():
    one = loan(installments=4, annual_rate=120_000)
    receive("test", "A1", 600_00, "CNY", DUE, method="api", loan=one.reference, prepays=True)
    assert one.facts.get(kind="paid").details == {"prepays": True}


def test_more_than_owed_is_a_credit_balance():
    one = loan()
    receive("test", "A1", 1_200_00, "CNY", DUE, method="api", loan=one.reference)
    found = folded(one)
    assert (found.status, found.credit_balance) == ("settled", 200_00)


def test_the_rooms_above_hear_of_it_after_the_commit(django_capture_on_commit_callbacks):
    one, heard = loan(), []

    def listen(loan_ids: frozenset[int], **_: object) -> None:
        heard.append(loan_ids)

    money_arrived.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            receive_many(arrivals(("A1", one.reference, 1_00), ("A2", "", 1_00)))
            assert heard == []
    finally:
        money_arrived.disconnect(listen)
    assert heard == [{one.pk}]


def test_a_small_batch_takes_few_statements(django_assert_max_num_queries):
    one = loan()
    rows = [(f"A{number}", one.reference, 1_00) for number in range(50)]
    with django_assert_max_num_queries(9):  # savepoints among them
        receive_many(arrivals(*rows))


def test_taken_back_reverses_the_fact_and_again_changes_nothing():
    one = loan()
    receipt = receive("test", "A1", 400_00, "CNY", DUE, method="bank", loan=one.reference)
    for _ in range(2):
        take_back(receipt.payment_id, DUE + datetime.timedelta(days=3), why="bounced")
    assert folded(one, DUE + datetime.timedelta(days=3)).outstanding["principal"] == 1_000_00
    assert Suspense.objects.count() == 0
    assert unbalanced_payments() == []


def test_columns_must_be_of_one_length_and_the_source_named():
    with pytest.raises(ValueError, match="length"):
        Arrivals("test", "api", ["A1"], [], [1], ["CNY"], [DUE])
    with pytest.raises(InputError, match="source"):
        Arrivals("", "api", [], [], [], [], [])
    with pytest.raises(InputError, match="method"):
        Arrivals("test", "barter", [], [], [], [], [])


LOANS = 4
DAYS = st.integers(-3, 60).map(lambda days: PAID_OUT + datetime.timedelta(days=days))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    payments=st.lists(
        st.tuples(st.integers(0, 12), st.integers(0, LOANS), st.integers(0, 700_00), DAYS, st.booleans()), max_size=14
    ),
    lost=st.sets(st.integers(0, LOANS - 1), max_size=2),
)
def test_in_bulk_as_each_recorded_by_lendings_own_services(payments, lost):
    """Loans in pairs: one gets its money in bulk, its twin by `lending.services`; both end the same, row for row."""
    pairs = [
        (loan(installments=3, annual_rate=180_000), loan(installments=3, annual_rate=180_000)) for _ in range(LOANS)
    ]
    for index in lost:
        for one in pairs[index]:
            lending.write_off(one.reference, PAID_OUT + datetime.timedelta(days=40), key=f"lost {one.reference}")
    prefix = pairs[0][0].reference
    rows = [(f"{prefix}/{number:02d}", *rest) for number, *rest in payments]
    there = [(one.reference, other.reference) for one, other in pairs] + [("no-such", "no-such")]
    receipts = receive_many(
        Arrivals(
            source="bulk",
            method="api",
            source_id=[row[0] for row in rows],
            loan=[there[row[1]][0] for row in rows],
            amount=[row[2] for row in rows],
            currency=["CNY"] * len(rows),
            value_date=[row[3] for row in rows],
            prepays=[row[4] for row in rows],
        )
    )
    taken: dict[str, tuple[object, ...]] = {}
    for place in sorted(range(len(rows)), key=lambda place: rows[place][0]):
        number, index, amount, on, prepays = rows[place]
        refused = receipts[place].state == "refused"
        if number in taken and not refused:
            assert receipts[place].known
            assert taken[number] == (index, amount, on)
            continue
        if number in taken:
            continue
        try:
            lending.record_payment(there[index][1], amount, on, key=f"one {number}", prepays=prepays)
        except InputError:
            assert refused
        else:
            if not refused:
                taken[number] = (index, amount, on)
            else:
                # Another row of this batch with the same number came first.
                lending.reverse_fact(f"one {number}", on, key=f"undo {number}")
    for index, (one, other) in enumerate(pairs):
        mine = sorted((f.value_date, f.amount) for f in one.facts.filter(kind__in=["paid", "recovered"]))
        theirs = sorted((f.value_date, f.amount) for f in other.facts.filter(kind="paid", reversed_by__isnull=True))
        assert mine == theirs
        ours, alike = (
            folded(one, PAID_OUT + datetime.timedelta(days=90)),
            folded(other, PAID_OUT + datetime.timedelta(days=90)),
        )
        if index not in lost:
            assert (ours.outstanding, ours.credit_balance, ours.status) == (
                alike.outstanding,
                alike.credit_balance,
                alike.status,
            )
    assert unbalanced_payments() == []
