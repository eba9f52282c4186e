"""Tables read column by column: each Arrow type that may hold a value, each edge, and each wrong row told of."""

import datetime
import json
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from reference.random_loans import random_case

from duly.engine import fold
from duly.engine.columns import pack_contracts
from duly.engine.contract import parse_contract
from duly.engine.contract_sheet import TERM_COLUMNS, read_contracts
from duly.engine.dates import NO_DATE, days
from duly.engine.door import position_json
from duly.engine.errors import InputError
from duly.engine.money import decimals, parse_money
from duly.engine.sheets import Faults, Sheet, arrow_table, grouped, money_column

DAY = datetime.date
CENTS = np.array([2, 2, 2, 2], np.int64)


def sheet(values, type_=None, name="x"):
    """A sheet of one column, and the faults it is going to have."""
    found = Faults()
    return Sheet("t", pa.table({name: pa.array(values, type_)}), ["x", "y"], found), found


def told(found):
    """Row and words of every fault."""
    return [(row["row"], row["what"]) for row in found.listed().to_pylist()]


def where(call, *arguments, **named):
    with pytest.raises(InputError) as raised:
        call(*arguments, **named)
    return raised.value.where


# One column


def test_whole_numbers():
    for type_ in (pa.int8(), pa.int64(), pa.uint32(), pa.float64()):
        one, found = sheet([1, 10, 0, 11, None], type_)
        assert one.whole("x", 1, 10, needed=True).tolist() == [1, 10, 0, 0, 0]
        assert told(found) == [(2, "0 is out of range"), (3, "11 is out of range"), (4, "x is missing")]
    one, found = sheet([1.0, 1.5, float("nan"), float("inf")])
    assert one.whole("x", 1, 10).tolist() == [1, 0, 0, 0]
    assert [row for row, _ in told(found)] == [1, 2, 3]
    assert where(sheet(["1"])[0].whole, "x", 1, 10) == "/t/x"


def test_a_column_that_is_not_there():
    one, found = sheet([1, 2])
    assert one.whole("y", 1, 10).tolist() == [0, 0]
    assert one.money("y", CENTS[:2]).tolist() == [0, 0]
    assert one.rate("y").tolist() == [0, 0]
    assert one.day("y").tolist() == [NO_DATE] * 2
    assert one.instant("y") is None
    assert one.choice("y", {"a": 1}).tolist() == [0, 0]
    assert told(found) == []
    for read in (one.rate, one.day):
        assert where(read, "y", needed=True) == "/t/y"
    assert where(one.money, "y", CENTS, needed=True) == "/t/y"
    assert where(Sheet, "t", pa.table({"z": [1]}), ["x"], found) == "/t/z"


def test_a_column_of_nothing():
    one, found = sheet([None, None])
    assert one.whole("x", 1, 10).tolist() == [0, 0]
    assert one.money("x", CENTS[:2]).tolist() == [0, 0]
    assert one.day("x").tolist() == [NO_DATE] * 2
    assert one.instant("x") is None
    assert told(found) == []
    one.choice("x", {"a": 1}, needed=True)
    assert told(found) == [(0, "x is missing"), (1, "x is missing")]


def test_money_in_whole_minor_units():
    one, found = sheet([0, 10**13, 10**13 + 1, -1])
    assert one.money("x", CENTS).tolist() == [0, 10**13, 0, 0]
    assert told(found) == [(2, "it is too large"), (3, "-1 is negative")]


def test_money_as_decimals():
    values = ["17.01", "100000000000.00", "100000000000.01", "0.001"]
    one, found = sheet([Decimal(text) for text in values])
    assert one.money("x", CENTS).tolist() == [17_01, 10**13, 0, 0]
    assert told(found) == [(2, "it is too large"), (3, "it has more decimals than the currency")]
    one, _ = sheet([Decimal("1.5"), Decimal("2.0"), None, Decimal("-0.5")], pa.decimal128(20, 1))
    assert one.money("x", np.array([1, 0, 2, 3])).tolist() == [15, 2, 0, 0]
    one, found = sheet([Decimal(10**30)], pa.decimal128(38, 0))
    assert one.money("x", CENTS[:1]).tolist() == [0]
    assert told(found) == [(0, "it is too large")]
    assert where(sheet([Decimal("0.1")], pa.decimal128(38, 19))[0].money, "x", CENTS[:1]) == ""


def test_slices_of_a_table_are_read_from_where_they_begin():
    column = pa.array([Decimal("1.00"), Decimal("2.00"), Decimal("3.00")])
    one = Sheet("t", pa.table({"x": column}).slice(1), ["x"], Faults())
    assert one.money("x", CENTS[:2]).tolist() == [200, 300]
    chunks = pa.table({"x": pa.chunked_array([[1, 2], [3]])})
    assert Sheet("t", chunks, ["x"], Faults()).money("x", CENTS[:3]).tolist() == [1, 2, 3]
    coded = pa.table({"x": pa.array(["b", "a", "b"]).dictionary_encode()})
    assert Sheet("t", coded, ["x"], Faults()).choice("x", {"a": 1, "b": 2}).tolist() == [2, 1, 2]


def test_money_as_floats_is_not_exact():
    one, found = sheet([1.0, float("nan"), None])
    assert one.money("x", CENTS[:3], needed=True).tolist() == [0, 0, 0]
    assert told(found) == [(0, "a float is not exact"), (1, "NaN is not an amount"), (2, "x is missing")]
    assert where(sheet(["1.00"])[0].money, "x", CENTS[:1]) == "/t/x"


def test_rates():
    one, found = sheet([0, 100_000_000, 100_000_001, -1, None])
    assert one.rate("x", needed=True).tolist() == [0, 100_000_000, 0, 0, 0]
    assert told(found) == [
        (2, "the rate is out of range"),
        (3, "the rate is out of range"),
        (4, "x is missing"),
    ]
    one, found = sheet([0.07, 100.0, 100.000001, -0.000001, 0.0000001, float("inf"), None, 0.1 + 0.2])
    assert one.rate("x").tolist() == [70_000, 100_000_000, 0, 0, 0, 0, 0, 300_000]
    assert [row for row, _ in told(found)] == [2, 3, 4, 5]
    one, found = sheet([Decimal(text) for text in ("0.0700000", "100.0000000", "100.0000010", "0.0000001")])
    assert one.rate("x").tolist() == [70_000, 100_000_000, 0, 0]
    assert told(found) == [(2, "the rate is out of range"), (3, "it is finer than a millionth")]
    assert where(sheet(["0.07"])[0].rate, "x") == "/t/x"


def test_days():
    edges = [DAY(1900, 1, 1), DAY(2200, 12, 31), DAY(1899, 12, 31), DAY(2201, 1, 1), None]
    for type_ in (pa.date32(), pa.date64(), pa.timestamp("ms"), pa.timestamp("us")):
        one, found = sheet(pa.array(edges, pa.date32()).cast(type_))
        assert one.day("x", needed=True).tolist() == [days(edges[0]), days(edges[1]), NO_DATE, NO_DATE, NO_DATE]
        assert [row for row, _ in told(found)] == [2, 3, 4]
    one, found = sheet(["1900-01-01", "2200-12-31", "2201-01-01", "soon", None, "soon"])
    assert one.day("x").tolist() == [days(edges[0]), days(edges[1]), NO_DATE, NO_DATE, NO_DATE, NO_DATE]
    assert [row for row, _ in told(found)] == [2, 3, 5]
    noon = datetime.datetime.combine(DAY(2024, 1, 1), datetime.time(12))
    one, found = sheet([noon, noon.replace(hour=0)])
    assert one.day("x").tolist() == [NO_DATE, days(DAY(2024, 1, 1))]
    assert told(found) == [(0, "it is a time of day, not a date")]
    assert where(sheet([1])[0].day, "x") == "/t/x"
    assert where(sheet([noon], pa.timestamp("us", "UTC"))[0].day, "x") == "/t/x"


def test_instants():
    second = datetime.datetime(1970, 1, 1, 0, 0, 1, tzinfo=datetime.UTC)
    for unit in ("s", "ms", "us", "ns"):
        one, _ = sheet([second, None], pa.timestamp(unit, "Asia/Shanghai"))
        assert one.instant("x").tolist() == [1_000_000, np.iinfo(np.int64).min]
    assert where(sheet([second.replace(tzinfo=None)])[0].instant, "x") == "/t/x"
    assert where(sheet([1])[0].instant, "x") == "/t/x"


def test_choices():
    one, found = sheet(["b", None, "c", "a", "c"])
    assert one.choice("x", {"": 0, "a": 1, "b": 2}, needed=True).tolist() == [2, 0, 0, 1, 0]
    assert told(found) == [(1, "x is missing"), (2, "'c' is not a x here"), (4, "'c' is not a x here")]
    assert found.listed()["remedy"].to_pylist()[1] == "use a, b"
    assert where(sheet([1])[0].choice, "x", {"a": 1}) == "/t/x"


def test_what_is_wrong_is_listed_by_table_and_row_and_each_row_counts_once():
    found = Faults()
    assert found.listed().num_rows == 0
    assert found.listed().column_names == ["table", "row", "column", "what", "remedy"]
    found.add("u", np.array([3, 1]), "b", "wrong", "mend")
    found.add("t", np.array([2]), "a", "odd", "even")
    found.add("u", np.array([1]), "c", "again", "do")
    found.add("u", np.array([], np.int64), "c", "never", "do")
    assert found.rows("u").tolist() == [1, 3]
    assert found.rows("v").tolist() == []
    shown = [(row["table"], row["row"], row["column"]) for row in found.listed().to_pylist()]
    assert (shown[0], sorted(shown[1:3]), shown[3]) == (("t", 2, "a"), [("u", 1, "b"), ("u", 1, "c")], ("u", 3, "b"))


def test_groups_are_of_rows_that_agree_in_every_column():
    one, other = np.array([1, 2, 1, 1]), np.array([0, 0, 5, 0])
    group, first = grouped([one, other], 4)
    assert (group[0] == group[3], len(set(group.tolist()))) == (True, 3)
    assert [(one[row], other[row]) for row in first] == [(1, 0), (1, 5), (2, 0)]
    assert [part.tolist() for part in grouped([], 3)] == [[0, 0, 0], [0]]
    assert [part.tolist() for part in grouped([], 0)] == [[], []]


def test_money_goes_out_as_it_came_in():
    amounts = np.array([1701, -5, 10**13], np.int64)
    assert money_column(amounts, None).to_pylist() == amounts.tolist()
    shown = money_column(amounts, np.array([2, 3, 0], np.int64)).to_pylist()
    assert shown == [Decimal("17.010"), Decimal("-0.005"), Decimal("10000000000000.000")]


def test_what_is_no_table():
    table = pa.table({"x": [1]})
    assert arrow_table(table, "t") is table
    assert arrow_table({"x": [1]}, "t").equals(table)
    assert where(arrow_table, {"x": [1, "a"]}, "t") == "/t"
    assert where(arrow_table, [1], "t") == "/t"


# Contracts and books of every feature


def rows_of(contract, name):
    """A contract's document as a row: figures as columns, and the rest as one of the terms."""
    exponent = decimals(contract["currency"])
    fees = dict.fromkeys(("installments", "disbursement"), 0)
    for fee in contract.get("fees", []):
        fees[fee["on"]] += parse_money(fee["amount"], exponent, "")
    terms = {field: value for field, value in contract.items() if field in NAMES}
    return {
        "loan_id": name,
        "principal": parse_money(contract["principal"], exponent, ""),
        "annual_rate": Decimal(contract["annual_rate"]).quantize(Decimal("0.000001")),
        "disbursed_on": contract["disbursed_on"],
        "first_due_on": contract.get("first_due_on"),
        "installments": contract["installments"],
        "service_fee": fees["installments"],
        "upfront_fee": fees["disbursement"],
        "balloon": parse_money(contract.get("balloon", "0"), exponent, ""),
    }, terms


NAMES = {path.partition(".")[0] for path in TERM_COLUMNS}
WITHOUT_DATED_FEES = [
    case
    for case in (random_case(seed) for seed in range(300))
    if all(fee["on"] in ("installments", "disbursement") for fee in case["contract"].get("fees", []))
][:150]


def contract_table(cases, in_columns=False):
    made = []
    for number, case in enumerate(cases):
        figures, terms = rows_of(case["contract"], f"loan {number}")
        if in_columns:
            paths = {"currency": terms["currency"], "method": terms["method"]}
            for part in ("penalty", "conventions"):
                of_part = terms.pop(part, {})
                plain = {name: value for name, value in of_part.items() if isinstance(value, str)}
                paths |= {f"{part}.{name}": value for name, value in plain.items()}
                terms[part] = {name: value for name, value in of_part.items() if name not in plain}
            figures |= paths
        made.append(figures | {"terms": json.dumps(terms)})
    names = dict.fromkeys(name for row in made for name in row)
    return pa.table({name: [row.get(name) for row in made] for name in names})


@pytest.mark.parametrize("in_columns", [False, True])
def test_contracts_in_a_table_are_those_of_their_documents(in_columns):
    found = Faults()
    read = read_contracts(contract_table(WITHOUT_DATED_FEES, in_columns), {}, found)
    assert told(found) == []
    made = read.contracts(np.arange(len(WITHOUT_DATED_FEES)))
    wanted = pack_contracts([parse_contract(case["contract"]) for case in WITHOUT_DATED_FEES])
    for name in wanted._fields[3:]:
        assert getattr(made, name).tolist() == getattr(wanted, name).tolist(), name
    calendars = ("calendar",)
    for name in wanted.terms.dtype.names:
        if name not in calendars:
            assert made.terms[name][made.term].tolist() == wanted.terms[name][wanted.term].tolist(), name
    some = read.contracts(np.array([7, 3]))
    assert some.principal.tolist() == wanted.principal[[7, 3]].tolist()
    assert some.first_due_on.tolist() == wanted.first_due_on[[7, 3]].tolist()


OWN = ("kind", "value_date", "recorded_at", "id", "reverses", "component", "amount")


def minor(text, exponent):
    return int(Decimal(text).scaleb(exponent))


def fact_table(cases):
    made = []
    for number, case in enumerate(cases):
        exponent = decimals(case["contract"]["currency"])
        for fact in case["facts"]:
            row = {name: fact.get(name) for name in OWN} | {"loan_id": f"loan {number}"}
            row["amount"] = parse_money(fact["amount"], exponent, "") if "amount" in fact else None
            stamp = fact.get("recorded_at")
            row["recorded_at"] = stamp and datetime.datetime.fromisoformat(stamp).astimezone(datetime.UTC)
            details = {name: value for name, value in fact.items() if name not in OWN}
            made.append(row | {"details": json.dumps(details) if details else None})
    names = (*OWN, "loan_id", "details")
    types = {"amount": pa.int64(), "recorded_at": pa.timestamp("us", "UTC")}
    return pa.table({name: pa.array([row[name] for row in made], types.get(name, pa.string())) for name in names})


@pytest.mark.parametrize("part", range(8))
def test_a_book_of_loans_of_every_feature_has_the_positions_of_its_loans(part):
    as_of = "2025-06-30"
    cases, alone = [], []
    for case in WITHOUT_DATED_FEES[part::8]:
        asked = {name: value for name, value in case.items() if name != "known_at"} | {"as_of": as_of}
        try:
            alone.append(position_json(asked))
        except InputError:
            continue
        cases.append(asked)
    assert len(cases) > 10
    book, wrong = fold(contract_table(cases), fact_table(cases), as_of, errors="collect")
    told_of = {row["what"] for row in wrong.to_pylist()}
    # A book asks for the first disbursement first; alone, a later drawdown may be told of before it.
    assert told_of <= {"the first disbursement is not the contract's"}
    compared = 0
    place = {f"loan {number}": number for number in range(len(cases))}
    for row in book.to_pylist():
        case, one = cases[place[row["loan_id"]]], alone[place[row["loan_id"]]]
        exponent = decimals(case["contract"]["currency"])
        compared += 1
        for name in ("status", "days_past_due"):
            assert row[name] == one[name], (name, case)
        for name in ("oldest_unpaid_due_on", "settled_on"):
            assert (row[name] and row[name].isoformat()) == one[name], (name, case)
        for name in ("payoff", "received", "refunded", "recovered", "disbursed", "credit_balance", "accrued_interest"):
            assert row[name] == minor(one[name], exponent), (name, case)
        for what in ("outstanding", "due", "overdue", "earned", "suspended", "waived", "written_off", "capitalised"):
            for component, amount in one[what].items():
                if component != "total":
                    assert row[f"{component}_{what}"] == minor(amount, exponent), (component, what, case)
    assert compared > 7


def test_a_loan_whose_contract_or_facts_are_wrong_is_left_out_of_the_book():
    contracts = {
        "loan_id": ["a", "b", "c"],
        "principal": [100_00, 0, 100_00],
        "annual_rate": [0.07] * 3,
        "disbursed_on": ["2024-01-01"] * 3,
        "installments": [6] * 3,
    }
    facts = {"loan_id": ["c", "z"], "kind": ["paid"] * 2, "value_date": ["2024-02-01"] * 2, "amount": [-1, 1]}
    terms = {"currency": "EUR", "method": "equal_installment"}
    book, wrong = fold(contracts, facts, "2024-03-01", terms=terms, errors="collect")
    assert book["loan_id"].to_pylist() == ["a"]
    assert book["status"].to_pylist() == ["open"]
    assert [(row["table"], row["row"], row["column"]) for row in wrong.to_pylist()] == [
        ("contracts", 1, "principal"),
        ("facts", 0, "amount"),
        ("facts", 1, "loan_id"),
    ]
    assert (book["oldest_unpaid_due_on"][0].as_py(), book["settled_on"][0].as_py()) == (DAY(2024, 2, 1), None)
