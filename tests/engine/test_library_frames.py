"""Frames in, frames out: the same positions as one loan at a time, and every wrong row told."""

import datetime
import json
from decimal import Decimal

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from reference.random_loans import random_case

from duly.engine import InputError, TableError, fold, parse_contract, parse_facts
from duly.engine.money import decimals, parse_money, parse_rate
from duly.engine.position import position

JAN_1 = datetime.date(2024, 1, 1)
MIDNIGHT = datetime.datetime.combine(JAN_1, datetime.time())
TERMS = {"currency": "EUR", "method": "equal_installment"}
CONTRACTS = pl.DataFrame(
    {
        "loan_id": ["a", "b"],
        "principal": [100_00, 200_00],
        "annual_rate": [70_000, 180_000],
        "disbursed_on": [JAN_1, JAN_1],
        "installments": [6, 12],
    }
)
AS_OF = datetime.date(2024, 3, 11)


def facts(*rows):
    """A frame of facts; each row a dict, silent where it says nothing."""
    columns = dict.fromkeys(name for row in rows for name in row)
    return pl.DataFrame({name: [row.get(name) for row in rows] for name in columns}, strict=False)


def paid(loan_id="a", value_date=datetime.date(2024, 2, 1), amount=17_01, **more):
    return {"loan_id": loan_id, "kind": "paid", "value_date": value_date, "amount": amount} | more


def faults(contracts=CONTRACTS, told=None, **options):
    """The faults found, as (table, row, column, what)."""
    told = facts(paid()) if told is None else told
    _, found = fold(contracts, told, AS_OF, errors="collect", **{"terms": TERMS} | options)
    assert all(found["remedy"])
    return found.select("table", "row", "column", "what").rows()


def the_fault(*rows, **options):
    """Column and words of the only fault of a frame of facts."""
    ((table, row, column, what),) = faults(told=facts(*rows), **options)
    assert (table, row) == ("facts", len(rows) - 1)
    return column, what


# The same positions


def document(contract):
    """A contract's JSON form as a row: figures in minor units, everything else as `terms`."""
    exponent = decimals(contract["currency"])
    own = ("principal", "disbursed_on", "annual_rate", "installments", "first_due_on")
    return {
        "principal": parse_money(contract["principal"], exponent, ""),
        "annual_rate": parse_rate(contract["annual_rate"], ""),
        "disbursed_on": datetime.date.fromisoformat(contract["disbursed_on"]),
        "first_due_on": contract.get("first_due_on") and datetime.date.fromisoformat(contract["first_due_on"]),
        "installments": contract["installments"],
        "terms": json.dumps({name: value for name, value in contract.items() if name not in own}),
    }


def test_a_book_of_random_loans_has_the_positions_of_its_loans():
    kinds = "paid reversed waived written_off methods periods day_counts penalty rounding currencies first_due grace"
    found = [random_case(seed, set(kinds.split())) for seed in range(150)]
    as_of = max(datetime.date.fromisoformat(case["as_of"]) for case in found)
    contracts, told = [], []
    for loan_id, case in enumerate(found):
        contracts.append({"loan_id": loan_id} | document(case["contract"]))
        exponent = decimals(case["contract"]["currency"])
        told += [
            {
                "loan_id": loan_id,
                "id": fact["id"],
                "kind": fact["kind"],
                "value_date": datetime.date.fromisoformat(fact["value_date"]),
                "amount": parse_money(fact["amount"], exponent, "") if "amount" in fact else None,
                "component": fact.get("component"),
                "reverses": fact.get("reverses"),
            }
            for fact in case["facts"]
        ]
    book, wrong = fold(
        pl.DataFrame(contracts, infer_schema_length=None),
        pl.DataFrame(told, infer_schema_length=None),
        as_of,
        errors="collect",
    )
    assert len(wrong) == 0
    compared = 0
    for row in book.iter_rows(named=True):
        case = found[row["loan_id"]]
        contract = parse_contract(case["contract"])
        try:
            one = position(contract, parse_facts(case["facts"], contract), as_of)
        except InputError:  # it waives more than is owed, which a book takes for what it can
            continue
        compared += 1
        for name in ("status", "days_past_due", "payoff", "received", "credit_balance", "oldest_unpaid_due_on"):
            assert row[name] == getattr(one, name)
        for name, by_component in (("outstanding", one.outstanding), ("overdue", one.overdue), ("waived", one.waived)):
            assert {component: row[f"{component}_{name}"] for component in by_component} == by_component
    assert compared > 80


def test_what_goes_in_as_decimals_in_major_units_comes_out_so():
    decimal = CONTRACTS.with_columns(principal=pl.Series([Decimal("100.00"), Decimal("200.00")]))
    book = fold(decimal, facts(paid(amount=Decimal("17.01"))), AS_OF, terms=TERMS)
    whole = fold(CONTRACTS, facts(paid()), AS_OF, terms=TERMS)
    assert book["payoff"].to_list() == [Decimal(amount).scaleb(-2) for amount in whole["payoff"]]
    assert book["received"].to_list() == [Decimal("17.01"), Decimal("0.00")]


def test_decimals_are_of_each_loans_own_currency():
    contracts = CONTRACTS.with_columns(
        principal=pl.Series([Decimal("100"), Decimal("200.001")]), currency=pl.Series(["JPY", "BHD"])
    )
    book = fold(contracts, facts(paid(amount=Decimal(17))), AS_OF, terms={"method": "bullet"})
    assert book["disbursed"].to_list() == [Decimal("100.000"), Decimal("200.001")]
    assert book["received"].to_list() == [Decimal("17.000"), Decimal("0.000")]


@pytest.mark.parametrize("rate", [pl.Series([0.07, 0.18]), pl.Series([Decimal("0.07"), Decimal("0.18")])])
def test_a_rate_is_a_fraction_or_whole_millionths(rate):
    assert fold(CONTRACTS.with_columns(annual_rate=rate), facts(paid()), AS_OF, terms=TERMS).equals(
        fold(CONTRACTS, facts(paid()), AS_OF, terms=TERMS)
    )


def test_terms_are_columns_or_json_or_the_same_for_all():
    for_all = fold(CONTRACTS, facts(paid()), AS_OF, terms=TERMS | {"penalty": {"annual_rate": "0.2"}})
    in_columns = CONTRACTS.with_columns(
        **{"currency": pl.lit("EUR"), "method": pl.lit("equal_installment"), "penalty.annual_rate": pl.lit(0.2)}
    )
    in_json = CONTRACTS.with_columns(terms=pl.lit('{"penalty": {"annual_rate": "0.2"}}'))
    assert fold(in_columns, facts(paid()), AS_OF).equals(for_all)
    assert fold(in_json, facts(paid()), AS_OF, terms=TERMS).equals(for_all)
    assert (
        for_all["penalty_due"].to_list() != fold(CONTRACTS, facts(paid()), AS_OF, terms=TERMS)["penalty_due"].to_list()
    )


def test_dates_may_be_texts_or_midnights():
    for column in (pl.Series(["2024-01-01"] * 2), pl.Series([MIDNIGHT] * 2)):
        again = fold(CONTRACTS.with_columns(disbursed_on=column), facts(paid()), AS_OF, terms=TERMS)
        assert again.equals(fold(CONTRACTS, facts(paid()), "2024-03-11", terms=TERMS))


def test_each_library_gets_its_own_frames_back():
    told, wanted = facts(paid()), fold(CONTRACTS, facts(paid()), AS_OF, terms=TERMS)
    arrow = fold(CONTRACTS.to_arrow(), told.to_arrow(), AS_OF, terms=TERMS)
    assert isinstance(arrow, pa.Table)
    assert pl.DataFrame(arrow).equals(wanted)
    mapping = {name: CONTRACTS[name].to_list() for name in CONTRACTS.columns}
    assert fold(mapping, told, AS_OF, terms=TERMS).equals(arrow)


def test_pandas_frames():
    import pandas

    contracts = CONTRACTS.to_pandas().assign(installments=[6.0, 12.0])
    book = fold(contracts, facts(paid()).to_pandas(), AS_OF, terms=TERMS)
    assert isinstance(book, pandas.DataFrame)
    assert pl.from_pandas(book)["payoff"].equals(fold(CONTRACTS, facts(paid()), AS_OF, terms=TERMS)["payoff"])


def test_an_empty_book_has_no_positions():
    assert len(fold(CONTRACTS.head(0), facts(paid()).head(0), AS_OF, terms=TERMS)) == 0
    assert len(fold(CONTRACTS, facts(paid()).head(0), AS_OF, terms=TERMS)) == 2


def test_details_say_what_only_some_kinds_do():
    told = facts(
        {"loan_id": "a", "kind": "rescheduled", "value_date": AS_OF, "details": '{"installments": 10}'},
        paid("b"),
    )
    book = fold(CONTRACTS, told, AS_OF, terms=TERMS)
    assert book["next_due_on"][0] == datetime.date(2024, 4, 11)
    assert book["days_past_due"].to_list() == [0, 39]


def test_known_at_leaves_out_what_was_recorded_later():
    def recorded(day):
        return datetime.datetime(2024, 2, day, tzinfo=datetime.UTC)

    told = facts(paid(recorded_at=recorded(1)), paid(amount=5, recorded_at=recorded(20)))
    for known_at, received in ((recorded(10), 17_01), (recorded(20), 17_06), (None, 17_06)):
        assert fold(CONTRACTS, told, AS_OF, terms=TERMS, known_at=known_at)["received"][0] == received


# Wrong rows


def test_every_wrong_row_is_told_at_once():
    told = facts(*[paid(amount=-1)] * 7)
    with pytest.raises(TableError, match="and 2 more") as raised:
        fold(CONTRACTS, told, AS_OF, terms=TERMS)
    assert raised.value.faults["row"].to_list() == list(range(7))


def test_the_rest_is_worked_out_when_asked():
    book, found = fold(CONTRACTS, facts(paid(amount=-1), paid("b")), AS_OF, terms=TERMS, errors="collect")
    assert book["loan_id"].to_list() == ["b"]
    assert found["row"].to_list() == [0]


@pytest.mark.parametrize(
    ("row", "column", "what"),
    [
        ({"loan_id": "z"}, "loan_id", "there is no loan 'z'"),
        ({"loan_id": None}, "loan_id", "loan_id is missing"),
        ({"kind": "payed"}, "kind", "'payed' is not a kind here"),
        ({"kind": None}, "kind", "kind is missing"),
        ({"value_date": "2024-02-30"}, "value_date", "'2024-02-30' is not a date"),
        ({"value_date": "2023-12-31"}, "value_date", "it happened before the disbursement"),
        ({"value_date": datetime.date(2345, 1, 1)}, "value_date", "the date is out of range"),
        ({"value_date": MIDNIGHT.replace(hour=9)}, "value_date", "it is a time of day, not a date"),
        ({"value_date": None}, "value_date", "value_date is missing"),
        ({"amount": -5}, "amount", "-5 is negative"),
        ({"amount": 0}, "amount", "the amount is missing or zero"),
        ({"amount": None}, "amount", "the amount is missing or zero"),
        ({"amount": 10**13 + 1}, "amount", "it is too large"),
        ({"amount": float("nan")}, "amount", "NaN is not an amount"),
        ({"amount": 17.01}, "amount", "a float is not exact"),
        ({"amount": Decimal("17.011")}, "amount", "it has more decimals than the currency"),
        ({"component": "fee"}, "component", "only a waiver has a component"),
        ({"kind": "waived"}, "component", "a waiver names what it waives"),
        ({"kind": "accelerated"}, "amount", "a fact of this kind has no amount"),
        ({"kind": "recovered"}, "kind", "money is recovered only after a write-off"),
        ({"kind": "disbursed", "amount": 1}, "amount", "the first disbursement is not the contract's"),
        ({"kind": "rescheduled", "amount": None}, "details", "the new terms are missing"),
        ({"details": "{"}, "details", "it is not JSON: Expecting property name enclosed in double quotes"),
        ({"details": '{"early": true}'}, "details/early", "a paid fact has no field 'early'"),
        ({"kind": "refunded", "details": '{"from": "credit"}'}, "details", "a fact of this kind has no details"),
        ({"kind": "reversed", "amount": None}, "reverses", "reverses is missing"),
    ],
)
def test_a_wrong_fact(row, column, what):
    assert the_fault(paid() | row) == (column, what)


@pytest.mark.parametrize(
    ("row", "column", "what"),
    [
        ({"loan_id": ["a", "a"]}, "loan_id", "the loan 'a' is there 2 times"),
        ({"principal": [100_00, 0]}, "principal", "nothing is lent"),
        ({"principal": [100_00, None]}, "principal", "principal is missing"),
        ({"annual_rate": [0.1, float("nan")]}, "annual_rate", "nan is not a rate"),
        ({"annual_rate": [0.1, 0.1234567]}, "annual_rate", "the rate 0.1234567 is finer than a millionth"),
        ({"annual_rate": [0.1, 101.0]}, "annual_rate", "the rate is out of range"),
        ({"annual_rate": [1, -1]}, "annual_rate", "the rate is out of range"),
        ({"installments": [1, 601]}, "installments", "601 is out of range"),
        ({"installments": [1.0, 1.5]}, "installments", "1.5 is not a whole number"),
        ({"first_due_on": [None, JAN_1]}, "first_due_on", "it is not after disbursement"),
        ({"every": ["1 month", "1 moon"]}, "every", "'1 moon' is not a period"),
        ({"penalty.on": ["principal", "all"]}, "penalty.on", "'all' is not a choice here"),
        ({"terms": ["{}", "[]"]}, "terms", "'[]' is not a JSON object"),
        ({"grace.principal": [0, 12]}, "grace.principal", "no installment is left after the grace"),
        ({"upfront_fee": [0, 200_01]}, "upfront_fee", "the fees exceed what is paid out"),
        ({"balloon": [0, 200_00]}, "balloon", "the balloon is not below the principal"),
        ({"balloon": [0, 5], "method": [None, "bullet"]}, "balloon", "a loan of this method has no balloon"),
        ({"every": ["1 month", "9999 month"]}, "installments", "the schedule could run past the year 2599"),
    ],
)
def test_a_wrong_contract(row, column, what):
    wrong = CONTRACTS.with_columns(**{name: pl.Series(values) for name, values in row.items()})
    found = faults(wrong, facts(paid()))
    assert found[-1] == ("contracts", 1, column, what)
    assert len(found) == (2 if column == "loan_id" else 1)


def reversal(reverses="p1", value_date=AS_OF, **more):
    return {"loan_id": "a", "kind": "reversed", "value_date": value_date, "reverses": reverses} | more


def test_a_reversal_takes_back_a_fact_of_its_own_loan_once():
    payment = paid(id="p1")
    assert faults(told=facts(payment, paid("b", id="p1"), reversal())) == []
    assert the_fault(payment, reversal("p2")) == ("reverses", "the loan has no fact 'p2'")
    assert the_fault(paid("b", id="p1"), reversal()) == ("reverses", "the loan has no fact 'p1'")
    assert the_fault(payment, reversal(), reversal()) == ("reverses", "that fact is already reversed")
    assert the_fault(payment, reversal(id="r1"), reversal("r1")) == (
        "reverses",
        "a disbursement or a reversal cannot be reversed",
    )
    assert the_fault(payment, reversal(value_date=JAN_1)) == (
        "value_date",
        "it counts from before the fact it reverses",
    )
    assert the_fault(payment, paid(id="p1")) == ("id", "the id is used twice for one loan")
    assert the_fault(reversal()) == ("reverses", "the loan has no fact 'p1'")


def test_ids_may_be_numbers_though_nothing_is_reversed():
    assert faults(told=facts(paid(id=1), paid("b", id=1))) == []
    assert the_fault(paid(id=1), reversal(2)) == ("reverses", "the loan has no fact 2")


def test_a_payment_names_no_other_fact():
    assert the_fault(paid(id="p1"), paid(reverses="p1")) == ("reverses", "only a reversal names another fact")


def test_money_recovered_after_a_write_off_that_stands():
    written_off = {"loan_id": "a", "kind": "written_off", "value_date": JAN_1, "id": "w"}
    assert faults(told=facts(written_off, paid(kind="recovered"))) == []
    assert the_fault(written_off, reversal("w"), paid(kind="recovered"))[0] == "kind"


def test_a_cancellation_within_the_cooling_off_period():
    cancelled = {"loan_id": "a", "kind": "cancelled", "value_date": datetime.date(2024, 1, 15)}
    assert faults(told=facts(cancelled), terms=TERMS | {"cooling_off_days": 14}) == []
    assert the_fault(cancelled, terms=TERMS | {"cooling_off_days": 13}) == (
        "value_date",
        "the cooling-off period is over",
    )


def test_new_rates_and_new_terms():
    changed = {"loan_id": "a", "kind": "rate_changed", "value_date": AS_OF, "details": '{"benchmark_rate": "0.03"}'}
    assert the_fault(changed) == ("details/benchmark_rate", "the contract has no margin over a benchmark")
    assert faults(told=facts(changed), terms=TERMS | {"margin": "0.01"}) == []
    again = changed | {"kind": "rescheduled", "details": '{"installments": 3, "first_due_on": "2024-03-11"}'}
    assert the_fault(again) == ("details/first_due_on", "it is not after the day of the new terms")


@pytest.mark.parametrize(
    ("contracts", "told", "where"),
    [
        (CONTRACTS.drop("principal"), facts(paid()), "/contracts/principal"),
        (CONTRACTS.with_columns(colour=pl.lit("red")), facts(paid()), "/contracts/colour"),
        (CONTRACTS.with_columns(principal=pl.lit("100")), facts(paid()), "/contracts/principal"),
        (CONTRACTS, facts(paid()).with_columns(value_date=pl.lit(19000)), "/facts/value_date"),
        (CONTRACTS, facts(paid()).with_columns(loan_id=pl.lit([b"a"])), "/facts/loan_id"),
        (CONTRACTS, 5, "/facts"),
        ({"loan_id": [1, "a"]}, facts(paid()), "/contracts"),
    ],
)
def test_a_table_that_cannot_be_used_at_all(contracts, told, where):
    with pytest.raises(InputError) as raised:
        fold(contracts, told, AS_OF, terms=TERMS)
    assert raised.value.where == where


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"as_of": "11.3.2024"}, "/as_of"),
        ({"as_of": MIDNIGHT}, "/as_of"),
        ({"errors": "ignore"}, "/errors"),
        ({"known_at": MIDNIGHT}, "/known_at"),
    ],
)
def test_a_wrong_option(options, where):
    with pytest.raises(InputError) as raised:
        fold(CONTRACTS, facts(paid()), **{"as_of": AS_OF, "terms": TERMS} | options)
    assert raised.value.where == where


def test_a_slice_of_a_table_is_read_where_it_begins():
    decimal = pa.table({"x": pa.array([Decimal("1.00"), Decimal("100.00"), Decimal("200.00")])})["x"].slice(1)
    table = CONTRACTS.to_arrow().set_column(1, "principal", decimal)
    book = fold(table, facts(paid()).to_arrow().slice(0, 0), AS_OF, terms=TERMS)
    assert np.array_equal(book["principal_outstanding"].to_pylist(), [Decimal("100.00"), Decimal("200.00")])
