"""`duly explain`: the sentences as a person reads them, in both languages, and sums that are the position's."""

import json
import re
from pathlib import Path

import pytest
from reference.random_loans import random_case
from typer.testing import CliRunner

from duly.cli import app
from duly.engine import InputError, parse_contract, parse_facts
from duly.engine.dates import parse_date
from duly.engine.door import explain_json
from duly.engine.explain import LANGUAGES, adds_up, explain
from duly.engine.facts import parse_instant
from duly.engine.position import position

CONTRACT = {
    "currency": "EUR",
    "principal": "10000.00",
    "disbursed_on": "2024-01-01",
    "annual_rate": "0.15",
    "method": "equal_installment",
    "installments": 3,
    "day_count": "act/365",
}
PAID = {"id": "first", "kind": "paid", "value_date": "2024-02-01", "amount": "500.00"}
run = CliRunner().invoke


def rows(*facts, as_of, lang="en", **contract):
    found = explain_json({"contract": CONTRACT | contract, "facts": list(facts), "as_of": as_of}, lang)
    return found["rows"]


def sentences(*facts, as_of, component=None, lang="en", **contract):
    found = rows(*facts, as_of=as_of, lang=lang, **contract)
    return [row["because"] for row in found if component in (None, row["component"]) and row["movement"] != "to_come"]


def read(case):
    contract = parse_contract(case["contract"])
    known_at = case.get("known_at")
    known = None if known_at is None else parse_instant(known_at, "")
    return contract, parse_facts(case["facts"], contract), parse_date(case["as_of"], ""), known


# What a person reads


def test_an_installment_paid_in_part_and_what_its_lateness_costs():
    assert sentences(PAID, as_of="2024-02-15") == [
        "10,000.00 is paid out.",
        "Interest of installment 1, due 2024-02-01, for 2024-01-01 to 2024-02-01: "
        "10,000.00 × 15% × 31/365 = 127.40 (rounded half to even).",
        "Paid: 127.40 goes to the interest of installment 1, due 2024-02-01.",
        "Paid: 372.60 goes to the principal of installment 1, due 2024-02-01.",
        "Penalty on installment 1, due 2024-02-01, for 2024-02-01 to 2024-02-15: "
        "2,916.78 × 10.5% × 14/365 = 11.75 (rounded half to even).",
        "Interest for 2024-02-01 to 2024-02-15: 6,710.62 × 15% × 14/365 = 38.61 (rounded half to even).",
    ]


def test_the_same_in_chinese():
    assert sentences(PAID, as_of="2024-02-01", lang="zh") == [
        "发放贷款 10,000.00。",
        "第 1 期（2024-02-01 到期）利息，2024-01-01 至 2024-02-01："
        "10,000.00 × 15% × 31/365 = 127.40（四舍六入五成双）。",
        "还款：127.40 冲抵第 1 期（2024-02-01 到期）利息。",
        "还款：372.60 冲抵第 1 期（2024-02-01 到期）本金。",
    ]


def test_each_row_says_what_is_behind_it_and_what_is_left():
    found = rows(PAID, as_of="2024-02-01")
    (row,) = (row for row in found if (row["movement"], row["component"]) == ("received", "principal"))
    assert row == {
        "date": "2024-02-01",
        "component": "principal",
        "movement": "received",
        "amount": "-372.60",
        "because": "Paid: 372.60 goes to the principal of installment 1, due 2024-02-01.",
        "fact": "/facts/0",
        "fact_id": "first",
        "installment": 1,
        "due_on": "2024-02-01",
        "balance": "9627.40",
        "total": "9627.40",
    }


def test_daily_interest_stretch_by_stretch():
    assert sentences(PAID, as_of="2024-02-11", component="interest", interest="daily")[2:] == [
        "Interest for 2024-02-01 to 2024-02-11: 9,627.40 × 15% × 10/365 = 39.56 (rounded half to even).",
    ]


def test_penalty_that_joins_its_own_base():
    found = sentences(as_of="2024-03-10", component="penalty", penalty={"annual_rate": "0.1825", "compound": True})
    assert found == [
        "Penalty on installment 1, due 2024-02-01, for 2024-02-01 to 2024-03-10: "
        "3,289.38 × 18.25% × 29/365 = 47.70 (rounded half to even); "
        "3,337.08 × 18.25% × 9/365 = 15.02 (rounded half to even); together 62.72.",
        "Penalty on installment 2, due 2024-03-01, for 2024-03-01 to 2024-03-10: "
        "3,336.80 × 18.25% × 9/365 = 15.02 (rounded half to even).",
    ]


def test_a_penalty_that_a_cap_cuts_says_so():
    (found,) = sentences(as_of="2024-02-21", component="penalty", penalty={"cap": {"amount": "5.00"}})
    assert found.endswith("; 5.00 is what the cap leaves.")


def test_fees_at_disbursement_with_installments_and_for_being_late():
    fees = [
        {"name": "a", "on": "disbursement", "amount": "10.00"},
        {"name": "b", "on": "installments", "amount": "3.00"},
    ]
    late_fee = {"amount": "5.00", "after_days": 3}
    assert sentences(as_of="2024-02-10", component="fee", fees=fees, late_fee=late_fee) == [
        "Fee of 10.00 taken at disbursement.",
        "10.00 of fees is kept back from what is paid out.",
        "Fee of installment 1 falls due on 2024-02-01: 1.00.",
        "Late fee of 5.00: installment 1, due 2024-02-01, is unpaid.",
    ]


def test_settling_early_and_the_money_that_is_over():
    paid = {"kind": "paid", "value_date": "2024-01-11", "amount": "10100.00"}
    back = {"kind": "refunded", "value_date": "2024-01-12", "amount": "30.00"}
    assert sentences(paid, back, as_of="2024-02-01") == [
        "10,000.00 is paid out.",
        "Interest for 2024-01-01 to 2024-01-11: 10,000.00 × 15% × 10/365 = 41.10 (rounded half to even).",
        "Paid: 41.10 goes to interest; this settles the loan.",
        "Paid: 10,000.00 goes to principal; this settles the loan.",
        "Paid beyond what is owed: 58.90 is kept as credit.",
        "30.00 of the credit balance is paid back.",
    ]


def test_a_waiver_a_write_off_and_what_comes_after():
    waived = {"kind": "waived", "value_date": "2024-02-05", "component": "interest", "amount": "27.40"}
    lost = {"kind": "written_off", "value_date": "2024-02-05"}
    later = {"kind": "recovered", "value_date": "2024-06-01", "amount": "50.00"}
    found = sentences(waived, lost, later, as_of="2024-06-02", penalty={"annual_rate": "0"})
    assert "Waived: 27.40 of the interest of installment 1, due 2024-02-01." in found
    assert "Written off: 10,000.00 of principal." in found
    assert found[-1] == "50.00 recovered after the write-off."


def test_a_new_schedule_with_interest_joining_the_principal():
    new = {"kind": "rescheduled", "value_date": "2024-02-01", "installments": 2, "capitalise": ["interest"]}
    assert sentences(new, as_of="2024-02-01")[-2:] == ["127.40 of interest joins the principal."] * 2


def test_a_cancellation_turns_what_was_received_into_principal():
    over = {"kind": "cancelled", "value_date": "2024-02-03"}
    found = sentences(PAID, over, as_of="2024-02-03")
    assert "The loan is cancelled: 127.40 received earlier counts as principal paid back." in found
    assert "The loan is cancelled: what was received as interest, 127.40, counts as principal paid back." in found


def test_interest_that_no_longer_counts_as_earned():
    found = rows(as_of="2024-03-05", non_accrual_after_days=30)
    assert {row["component"] for row in found if row["movement"] == "suspended"} == {
        "suspended_interest",
        "suspended_penalty",
    }


def test_both_languages_know_the_same_sentences():
    english, chinese = LANGUAGES["en"], LANGUAGES["zh"]
    assert english.SENTENCES.keys() == chinese.SENTENCES.keys()
    assert english.NAMES.keys() == chinese.NAMES.keys()
    assert english.ROUNDING.keys() == chinese.ROUNDING.keys()


def test_the_documented_example_is_what_the_door_answers():
    page = (Path(__file__).parents[2] / "docs" / "engine" / "explain.md").read_text(encoding="utf-8")
    given, shown = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", page, re.S))
    assert explain_json(given) == shown
    (chinese,) = re.findall(r"```text\n(.*?)```", page, re.S)
    assert [row["because"] for row in explain_json(given, "zh")["rows"]][:3] == chinese.splitlines()


# Sums


def check_sums(case):
    """Every total of the position, added up from the movements; the running balances along the way."""
    try:
        contract, facts, as_of, known_at = read(case)
        standing = position(contract, facts, as_of, known_at)
    except InputError:
        return False
    found = explain(contract, facts, as_of, known_at)
    assert adds_up(found, standing) == {}
    running = {}
    for one in found:
        running[one.component] = running.get(one.component, 0) + one.amount
        assert one.balance == running[one.component]
        assert one.amount != 0
    assert sum(running.get(name, 0) for name in standing.outstanding) == sum(standing.outstanding.values())
    assert [one.date for one in found] == sorted(one.date for one in found)
    return True


@pytest.mark.parametrize("part", range(4))
def test_every_random_loan_adds_up(part):
    found = [random_case(seed) for seed in range(part * 500, part * 500 + 500)]
    assert sum(check_sums(case) for case in found) > 400


@pytest.mark.soak
def test_twenty_thousand_random_loans_add_up():
    found = (random_case(seed) for seed in range(10_000, 30_000))
    assert sum(check_sums(case) for case in found) > 16_000


def test_a_missing_movement_is_noticed():
    contract, facts, as_of, known_at = read({"contract": CONTRACT, "facts": [PAID], "as_of": "2024-03-15"})
    found, standing = explain(contract, facts, as_of, known_at), position(contract, facts, as_of, known_at)
    for place, one in enumerate(found):
        wrong = adds_up(found[:place] + found[place + 1 :], standing)
        assert one.component in " ".join(wrong), one


# The command


def test_the_command_speaks_the_language_it_is_asked_for():
    case = json.dumps({"contract": CONTRACT, "facts": [PAID], "as_of": "2024-02-01"})
    done = run(app, ["explain", "--lang", "zh"], input=case)
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["rows"][0]["because"] == "发放贷款 10,000.00。"
    done = run(app, ["explain"], input=case)
    assert json.loads(done.stdout)["rows"][0]["because"] == "10,000.00 is paid out."


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"as_of": "2023-01-01"}, "/as_of"),
        ({"as_of": "soon"}, "/as_of"),
        ({"facts": [{"kind": "found"}]}, "/facts/0/kind"),
        ({"until": "2024-01-01"}, "/until"),
    ],
)
def test_wrong_input_is_refused_as_position_does(change, where):
    case = {"contract": CONTRACT, "facts": [], "as_of": "2024-02-01"} | change
    done = run(app, ["explain"], input=json.dumps(case))
    assert (done.exit_code, done.stdout) == (2, "")
    assert json.loads(done.stderr)["where"] == where


def test_a_language_that_is_not_there_is_refused():
    done = run(app, ["explain", "--lang", "tlh"], input="{}")
    assert (done.exit_code, done.stdout) == (2, "")
    assert json.loads(done.stderr)["remedy"] == "use en or zh"
