"""What happens to the record, one thing at a time: each recorded once, and only if it can be."""

import datetime

import pytest

from duly.engine.errors import InputError
from duly.lending import services
from duly.lending.models import Fact, Loan, Product
from duly.people.models import Borrower

pytestmark = pytest.mark.django_db
MONTHLY = {"currency": "EUR", "method": "equal_installment"}
START = datetime.date(2024, 1, 1)


def day(number: int) -> datetime.date:
    return START + datetime.timedelta(days=number)


def lend(reference: str = "L1", **changes: object) -> Loan:
    Borrower.objects.get_or_create(reference="B1")
    services.add_product("monthly", MONTHLY, name_en="Monthly")
    terms: dict[str, object] = {
        "borrower": "B1",
        "product": "monthly",
        "principal": 100_00,
        "annual_rate": 70_000,
        "disbursed_on": START,
        "installments": 6,
        "key": f"out-{reference}",
    }
    return services.disburse_loan(reference, **(terms | changes))


def test_a_loan_paid_out_has_its_installment_its_first_due_date_and_its_disbursement():
    loan = lend()
    # 100.00 over 6 months at 7% a year: 17.01, as any annuity table has it.
    assert (loan.installment_amount, loan.first_due_on) == (17_01, datetime.date(2024, 2, 1))
    assert list(loan.facts.values_list("kind", "value_date", "amount")) == [("disbursed", START, 100_00)]


def test_everything_sent_twice_is_recorded_once():
    for _ in range(2):
        lend()
        services.record_payment("L1", 17_01, day(31), key="p1")
        services.waive("L1", "penalty", 1_00, day(40), key="w1")
        services.reverse_fact("p1", day(41), key="r1")
        services.write_off("L1", day(200), key="o1")
    assert Product.objects.count() == Loan.objects.count() == 1
    assert list(Fact.objects.order_by("id").values_list("kind", flat=True)) == [
        "disbursed", "paid", "waived", "reversed", "written_off"
    ]  # fmt: skip


def test_the_same_key_with_other_content_is_refused():
    lend()
    services.record_payment("L1", 17_01, day(31), key="p1")
    with pytest.raises(InputError, match="another amount") as refused:
        services.record_payment("L1", 17_02, day(31), key="p1")
    assert refused.value.where == "/key"
    with pytest.raises(InputError, match="another principal"):
        lend(principal=200_00)
    with pytest.raises(InputError, match="another kind"):
        services.write_off("L1", day(31), key="p1")
    assert Fact.objects.count() == 2


def test_other_terms_are_the_next_version_and_a_version_never_changes():
    first = services.add_product("monthly", MONTHLY, name_en="Monthly")
    weekly = MONTHLY | {"every": "1 week"}
    second = services.add_product("monthly", weekly, name_en="Monthly")
    assert (first.version, second.version) == (1, 2)
    with pytest.raises(InputError, match="other terms"):
        services.add_product("monthly", weekly, name_en="Monthly", version=1)
    assert lend().product == services.add_product("monthly", MONTHLY, name_en="Monthly")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: services.record_payment("L1", 0, day(31), key="x"), "out of range"),
        (lambda: services.record_payment("L1", 1_00, day(-1), key="x"), "before the disbursement"),
        (lambda: services.record_payment("L2", 1_00, day(31), key="x"), "no loan 'L2'"),
        (lambda: services.record_payment("L1", 1_00, day(31), key=""), "1 to 128 characters"),
        (lambda: services.waive("L1", "postage", 1_00, day(31), key="x"), "not a component"),
        (lambda: services.reverse_fact("nothing", day(31), key="x"), "no fact 'nothing'"),
        (lambda: services.reverse_fact("out-L1", day(31), key="x"), "cannot be reversed"),
        (lambda: services.reverse_fact("p1", day(30), key="x"), "before the fact it reverses"),
        (lambda: lend("L3", first_due_on=START), "not after disbursement"),
        (lambda: lend("L3", borrower="B9"), "no borrower B9"),
        (lambda: lend("L3", product="daily"), "no product 'daily'"),
        (lambda: lend("L3", installments=0), "out of range"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(wrong, said):
    lend()
    services.record_payment("L1", 17_01, day(31), key="p1")
    before = (Loan.objects.count(), Fact.objects.count())
    with pytest.raises(InputError, match=said):
        wrong()
    assert (Loan.objects.count(), Fact.objects.count()) == before


def test_a_fact_is_reversed_once_and_money_is_recovered_only_after_a_write_off():
    lend()
    services.record_payment("L1", 17_01, day(31), key="p1")
    services.reverse_fact("p1", day(33), key="r1")
    with pytest.raises(InputError, match="already reversed"):
        services.reverse_fact("p1", day(34), key="r2")
    with pytest.raises(InputError, match="only after a write-off"):
        services.record_recovery("L1", 1_00, day(201), key="b1")
    services.write_off("L1", day(200), key="o1")
    assert services.record_recovery("L1", 1_00, day(201), key="b1").amount == 1_00
