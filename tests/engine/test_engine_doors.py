"""`duly schedule` and `duly position`: what they answer, what they refuse and how, and how soon."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from duly.cli import app

DOCUMENTED = Path(__file__).parents[2] / "docs" / "doors.md"
CONTRACT = {
    "currency": "EUR",
    "principal": "100.00",
    "disbursed_on": "2024-01-01",
    "annual_rate": "0.07",
    "method": "equal_installment",
    "installments": 6,
}
PAID = {"kind": "paid", "value_date": "2024-02-01", "amount": "17.01"}
run = CliRunner().invoke


def answer(door, document):
    done = run(app, [door], input=document if isinstance(document, str) else json.dumps(document))
    assert done.exit_code == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


def position(*facts, as_of="2024-03-11", contract=None, **more):
    return answer("position", {"contract": CONTRACT | (contract or {}), "facts": facts, "as_of": as_of} | more)


# The documented examples


def examples():
    """Each command of docs/doors.md with the JSON that is shown going in and coming out."""
    blocks = re.findall(r"```(\S+)\n(.*?)```", DOCUMENTED.read_text(encoding="utf-8"), re.S)
    for number, (language, text) in enumerate(blocks):
        if language == "sh":
            (_, given), (_, shown) = blocks[number + 1 : number + 3]
            yield pytest.param(text.split()[1], given, json.loads(shown), id=text.split()[1] + str(number))


@pytest.mark.parametrize(("door", "given", "shown"), list(examples()))
def test_the_documented_examples_are_what_the_doors_answer(door, given, shown):
    found = answer(door, given)
    if "apr" in found:
        rates, documented = found.pop("apr"), shown.pop("apr")
        assert {name: round(float(rate), 6) for name, rate in rates.items()} == {
            name: round(float(rate), 6) for name, rate in documented.items()
        }
    assert found == shown


# What is owed, told in cases


def test_a_loan_not_paid_at_all_is_late_from_its_first_due_date():
    assert position(as_of="2024-02-01")["days_past_due"] == 0
    assert position(as_of="2024-02-02")["days_past_due"] == 1
    assert position(as_of="2024-03-11")["oldest_unpaid_due_on"] == "2024-02-01"


def test_a_part_payment_does_not_stop_the_count():
    assert position(PAID | {"amount": "17.00"}, as_of="2024-02-15")["days_past_due"] == 14


def test_a_backdated_payment_counts_from_its_value_date():
    late = position(PAID | {"recorded_at": "2024-03-10T09:00:00Z"}, as_of="2024-03-11")
    assert late == position(PAID, as_of="2024-03-11")
    assert late["installments"][0]["penalty"] == "0.00"


def test_a_position_as_it_was_known_leaves_out_what_was_recorded_later():
    facts = [PAID | {"recorded_at": "2024-02-20T09:00:00Z"}]
    assert position(*facts, known_at="2024-02-20T08:59:59Z")["received"] == "0.00"
    assert position(*facts, known_at="2024-02-20T10:00:00+01:00")["received"] == "17.01"


def test_the_payoff_settles_and_interest_that_has_not_accrued_falls_away():
    before = position(PAID, as_of="2024-02-01")
    assert before["payoff"] == "83.57"
    after = position(PAID, PAID | {"amount": before["payoff"]}, as_of="2024-02-01")
    assert (after["status"], after["payoff"], after["earned"]["interest"]) == ("settled", "0.00", "0.58")


def test_a_reversed_payment_was_never_there():
    reversed_ = position(
        PAID | {"id": "a"}, {"kind": "reversed", "value_date": "2024-02-10", "reverses": "a"}, as_of="2024-03-11"
    )
    assert reversed_ == position(as_of="2024-03-11")


def test_money_of_a_currency_without_decimals_has_none():
    assert position(contract={"currency": "JPY", "principal": "100000"})["outstanding"]["principal"] == "100000"


# What is refused


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"principal": float("nan")}, "/principal"),
        ({"principal": 100.5}, "/principal"),
        ({"principal": True}, "/principal"),
        ({"principal": None}, "/principal"),
        ({"principal": "NaN"}, "/principal"),
        ({"principal": "Infinity"}, "/principal"),
        ({"principal": "1e3"}, "/principal"),
        ({"principal": " 1_0 "}, "/principal"),
        ({"principal": "-1.00"}, "/principal"),
        ({"principal": "0"}, "/principal"),
        ({"principal": "1.001"}, "/principal"),
        ({"principal": "1." + "0" * 30 + "1"}, "/principal"),
        ({"principal": "100000000000.01"}, "/principal"),
        ({"principal": "9" * 400}, "/principal"),
        ({"currency": "XYZ"}, "/currency"),
        ({"currency": []}, "/currency"),
        ({"disbursed_on": "2024-02-30"}, "/disbursed_on"),
        ({"disbursed_on": "20240101"}, "/disbursed_on"),
        ({"disbursed_on": "1812-01-01"}, "/disbursed_on"),
        ({"first_due_on": "2024-01-01"}, "/first_due_on"),
        ({"annual_rate": "-0.01"}, "/annual_rate"),
        ({"annual_rate": "100.000001"}, "/annual_rate"),
        ({"annual_rate": "0.0000001"}, "/annual_rate"),
        ({"installments": 0}, "/installments"),
        ({"installments": 601}, "/installments"),
        ({"installments": 6.0}, "/installments"),
        ({"installments": "6"}, "/installments"),
        ({"installments": 600, "every": "9999 month"}, "/installments"),
        ({"every": "0 month"}, "/every"),
        ({"every": "1 fortnight"}, "/every"),
        ({"day_count": "act/364"}, "/day_count"),
        ({"colour": "red"}, "/colour"),
        ({"rounding": {"mode": "bankers"}}, "/rounding/mode"),
        ({"rounding": {"installment_to": "0"}}, "/rounding/installment_to"),
        ({"rounding": []}, "/rounding"),
        ({"penalty": {"grace_days": -1}}, "/penalty/grace_days"),
        ({"penalty": {"annual_rate": "many"}}, "/penalty/annual_rate"),
        ({"allocation": {"order": ["penalty", "fee", "interest"]}}, "/allocation/order"),
        ({"allocation": {"order": ["penalty", "penalty", "interest", "principal"]}}, "/allocation/order"),
        ({"fees": {}}, "/fees"),
        ({"fees": [{"amount": "1.00"}]}, "/fees/0"),
        ({"fees": [{"on": "installments", "amount": "90000000000"}] * 2}, "/fees"),
        ({"conventions": {"days": "[]"}}, "/conventions/days"),
        ({"conventions": {"dpd_on_due_day": True}}, "/conventions/dpd_on_due_day"),
    ],
)
def test_a_contract_that_cannot_be_right_is_refused_where_it_is_wrong(change, where):
    assert refused("schedule", CONTRACT | change)["where"] == where
    case = {"contract": CONTRACT | change, "facts": [], "as_of": "2024-03-11"}
    assert refused("position", case)["where"] == "/contract" + where


@pytest.mark.parametrize("missing", CONTRACT)
def test_a_contract_must_state_what_has_no_default(missing):
    document = {name: value for name, value in CONTRACT.items() if name != missing}
    assert refused("schedule", document)["where"] == f"/{missing}"


WAIVED = {"kind": "waived", "value_date": "2024-02-01", "amount": "0.10", "component": "interest"}
REVERSED = {"kind": "reversed", "value_date": "2024-02-10", "reverses": "a"}
LOST = {"kind": "written_off", "value_date": "2024-02-05"}


@pytest.mark.parametrize(
    ("facts", "where"),
    [
        ({}, ""),
        ([1], "/0"),
        ([{"value_date": "2024-02-01"}], "/0/kind"),
        ([{"kind": "gift", "value_date": "2024-02-01"}], "/0/kind"),
        ([{"kind": ["paid"], "value_date": "2024-02-01"}], "/0/kind"),
        ([PAID | {"colour": "red"}], "/0/colour"),
        ([PAID | {"component": "interest"}], "/0/component"),
        ([PAID | {"amount": "-17.01"}], "/0/amount"),
        ([PAID | {"amount": "0.00"}], "/0/amount"),
        ([PAID | {"amount": float("nan")}], "/0/amount"),
        ([PAID | {"amount": "1.001"}], "/0/amount"),
        ([PAID | {"amount": "100000000000.01"}], "/0/amount"),
        ([PAID | {"value_date": "2023-12-31"}], "/0/value_date"),
        ([PAID | {"value_date": "yesterday"}], "/0/value_date"),
        ([PAID | {"recorded_at": "2024-02-01T10:00:00"}], "/0/recorded_at"),
        ([PAID | {"id": 7}], "/0/id"),
        ([PAID | {"id": "a"}, PAID | {"id": "a"}], "/1/id"),
        ([{"kind": "paid", "value_date": "2024-02-01"}], "/0/amount"),
        ([{"kind": "paid", "amount": "1.00"}], "/0/value_date"),
        ([WAIVED | {"component": "coffee"}], "/0/component"),
        ([WAIVED | {"component": []}], "/0/component"),
        ([WAIVED | {"component": ""}], "/0/component"),
        ([WAIVED | {"amount": "2.06"}], "/0/amount"),
        ([REVERSED], "/0/reverses"),
        ([PAID | {"id": "a"}, REVERSED, REVERSED], "/2/reverses"),
        ([PAID | {"id": "a"}, REVERSED | {"value_date": "2024-01-31"}], "/1/value_date"),
        ([PAID | {"id": "a"}, REVERSED | {"id": "b"}, REVERSED | {"reverses": "b"}], "/2/reverses"),
        ([{"kind": "disbursed", "value_date": "2024-01-01", "amount": "99.00"}], "/0"),
        ([{"kind": "recovered", "value_date": "2024-02-06", "amount": "1.00"}], "/0/kind"),
    ],
)
def test_facts_that_cannot_be_right_are_refused_where_they_are_wrong(facts, where):
    case = {"contract": CONTRACT, "facts": facts, "as_of": "2024-03-11"}
    assert refused("position", case)["where"] == "/facts" + where


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"as_of": "soon"}, "/as_of"),
        ({"as_of": None}, "/as_of"),
        ({"as_of": "2023-12-31"}, "/as_of"),
        ({"known_at": "2024-03-01"}, "/known_at"),
        ({"contract": []}, "/contract"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(change, where):
    case = {"contract": CONTRACT, "facts": [], "as_of": "2024-03-11"}
    assert refused("position", case | change)["where"] == where


def refused(door, document):
    done = run(app, [door], input=json.dumps(document))
    assert (done.exit_code, done.stdout) == (2, ""), done
    error = json.loads(done.stderr)
    assert set(error) == {"what", "where", "remedy"}
    assert error["what"]
    assert error["remedy"]
    return error


# How soon


def duly(*arguments, given, **environment):
    return subprocess.run(
        [sys.executable, "-m", "duly", *arguments],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | environment,
    )


def test_one_position_is_answered_in_seconds_because_compiled_code_is_kept():
    case = {"contract": CONTRACT, "facts": [PAID], "as_of": "2024-03-11"}
    first = duly("position", given=case)
    started = time.perf_counter()
    second = duly("position", given=case)
    assert time.perf_counter() - started < 5
    assert first.stdout == second.stdout


def test_one_position_is_answered_without_loading_what_only_others_need():
    case = {"contract": CONTRACT, "facts": [PAID], "as_of": "2024-03-11"}
    loaded = duly("position", given=case, PYTHONPROFILEIMPORTTIME="1").stderr
    assert "duly.engine.position" in loaded
    for other in ("scipy.linalg", "duly.engine.explain", "duly.engine.rates", "pandas", "django"):
        assert f" {other}\n" not in loaded, other


def test_the_engine_answers_the_same_without_its_compiler():
    case = {"contract": CONTRACT | {"installments": 3}, "facts": [PAID, WAIVED], "as_of": "2024-03-11"}
    assert json.loads(duly("position", given=case, NUMBA_DISABLE_JIT="1").stdout) == answer("position", case)
