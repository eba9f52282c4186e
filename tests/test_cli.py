"""The command `duly`: doors that other programs call, and the way of a book from a file to a closed day."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from duly.cli import app

CONTRACT = {
    "currency": "EUR",
    "principal": "100.00",
    "disbursed_on": "2024-01-01",
    "annual_rate": "0.07",
    "method": "equal_installment",
    "installments": 6,
}
run = CliRunner().invoke


def test_a_schedule_comes_out_as_json_and_pays_back_the_principal():
    done = run(app, ["schedule"], input=json.dumps(CONTRACT))
    assert done.exit_code == 0
    assert done.stderr == ""
    installments = json.loads(done.stdout)["installments"]
    assert [one["total"] for one in installments[:5]] == ["17.01"] * 5
    assert sum(round(float(one["principal"]) * 100) for one in installments) == 10_000
    assert installments[-1]["balance_after"] == "0.00"


def test_a_file_and_standard_input_say_the_same(tmp_path):
    file = tmp_path / "contract.json"
    file.write_text(json.dumps(CONTRACT))
    assert run(app, ["schedule", str(file)]).stdout == run(app, ["schedule"], input=json.dumps(CONTRACT)).stdout


def test_a_position_counts_what_was_paid():
    case = {
        "contract": CONTRACT,
        "facts": [{"kind": "paid", "value_date": "2024-02-01", "amount": "17.01"}],
        "as_of": "2024-02-15",
    }
    found = json.loads(run(app, ["position"], input=json.dumps(case)).stdout)
    assert (found["status"], found["days_past_due"], found["received"]) == ("open", 0, "17.01")
    assert found["installments"][0]["paid_on"] == "2024-02-01"


WRONG = [
    ("schedule", "{", ""),
    ("schedule", "[]", ""),
    ("schedule", json.dumps(CONTRACT | {"principal": "-1.00"}), "/principal"),
    ("schedule", json.dumps(CONTRACT | {"method": "balloon"}), "/method"),
    ("schedule", json.dumps(CONTRACT | {"colour": "red"}), "/colour"),
    ("position", json.dumps({"facts": [], "as_of": "2024-02-15"}), "/contract"),
    ("position", json.dumps({"contract": CONTRACT, "facts": [], "as_of": "soon"}), "/as_of"),
    (
        "position",
        json.dumps({"contract": CONTRACT, "facts": [{"kind": "gift"}], "as_of": "2024-03-01"}),
        "/facts/0/kind",
    ),
    ("decide", "{", ""),
    ("decide", "[]", ""),
]


@pytest.mark.parametrize(("door", "text", "where"), WRONG)
def test_wrong_input_gives_status_2_and_one_json_error_that_says_where(door, text, where):
    done = run(app, [door], input=text)
    assert (done.exit_code, done.stdout) == (2, "")
    error = json.loads(done.stderr)
    assert set(error) == {"what", "where", "remedy"}
    assert error["what"]
    assert error["remedy"]
    assert error["where"] == where


def test_the_gate_says_which_rules_forbid_a_call_at_night():
    contact = {
        "pack": "cn",
        "contact": {
            "at": "2026-03-16T15:30:00Z",
            "channel": "voice",
            "by": {"kind": "in_house", "name": "A Lender"},
            "to": {"relation": "debtor"},
            "purpose": "reminder",
        },
        "person": {"time_zones": ["Asia/Shanghai"], "circumstances": [], "consents": [], "preferences": {}},
        "debt": {"id": "1", "days_past_due": 3, "status": "open"},
        "history": [],
    }
    found = json.loads(run(app, ["decide"], input=json.dumps(contact)).stdout)
    assert found["allowed"] is False
    assert [rule["citation"] for rule in found["rules"] if rule["result"] == "fail"]
    assert found["next_allowed_at"]
    by_day = contact | {"contact": contact["contact"] | {"at": found["next_allowed_at"]}}
    assert json.loads(run(app, ["decide"], input=json.dumps(by_day)).stdout)["allowed"] is True


def test_a_file_that_is_not_there_is_wrong_input(tmp_path):
    done = run(app, ["position", str(tmp_path / "none.json")])
    assert done.exit_code == 2
    assert "none.json" in json.loads(done.stderr)["what"]


def test_a_door_starts_without_django():
    program = (
        "import sys; from duly.cli import app; sys.argv = ['duly', 'schedule']\n"
        "try: app()\n"
        "finally: print('django' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(CONTRACT), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "False\n")
