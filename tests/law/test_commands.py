"""The terminal: tables of contacts decided, packs listed, shown, checked, explained, and their pages written."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from test_packs import HOUSE, question
from typer.testing import CliRunner

from duly.cli import app
from duly.law.pack import shipped_names
from duly.law.pages import pages

run = CliRunner().invoke
DAY, NIGHT = question("2026-03-16T02:00:00Z", "cn"), question("2026-03-16T15:30:00Z", "cn")


def test_a_table_of_contacts_is_decided_into_another(tmp_path: Path) -> None:
    asked = tmp_path / "contacts.parquet"
    known = {"refused_channels": ["sms"]}  # a Parquet file cannot hold an empty struct
    rows = [one | {"person": one["person"] | {"preferences": known}} for one in (DAY, NIGHT)]
    pq.write_table(pa.Table.from_pylist(rows), asked)
    done = run(app, ["decide", "--many", str(asked)])
    assert (done.exit_code, done.stderr) == (0, "")
    assert "2 contacts decided, 1 allowed" in done.stdout
    answers = pq.read_table(tmp_path / "contacts.decided.parquet").to_pylist()
    assert [one["failed"] for one in answers] == [[], ["cn.hours"]]


def test_a_table_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "contacts.parquet").write_text("no table")
    done = run(app, ["decide", "--many", str(tmp_path / "contacts.parquet")])
    assert done.exit_code == 2
    assert set(json.loads(done.stderr)) == {"what", "where", "remedy"}


def test_a_house_pack_is_a_file_of_the_lenders(tmp_path: Path) -> None:
    (tmp_path / "house.toml").write_text(HOUSE)
    nine = question("2026-03-16T01:00:00Z", "cn,house")
    done = run(app, ["decide", "--house", str(tmp_path / "house.toml")], input=json.dumps(nine))
    assert json.loads(done.stdout)["allowed"] is False
    assert run(app, ["law", "check", str(tmp_path / "house.toml")]).exit_code == 0


def test_reasons_in_chinese() -> None:
    done = run(app, ["decide", "--lang", "zh"], input=json.dumps(NIGHT))
    assert "夜间不得催收" in done.stdout


def test_the_packs_are_listed_with_what_nobody_has_verified() -> None:
    listed = json.loads(run(app, ["law", "list", "--json"]).stdout)
    assert [one["pack"] for one in listed] == shipped_names()
    assert "cn.hours" in next(one for one in listed if one["pack"] == "cn")["unverified"]


def test_a_pack_is_shown_as_its_page_has_it() -> None:
    shown = run(app, ["law", "show", "us"]).stdout
    assert shown.strip() == pages()["us.md"].strip()
    assert "**unverified**" in shown
    assert run(app, ["law", "show", "atlantis"]).exit_code == 2


def test_the_check_names_every_fault(tmp_path: Path) -> None:
    assert run(app, ["law", "check"]).exit_code == 0
    (tmp_path / "house.toml").write_text(HOUSE.replace('close = "24:00"', 'close = "9"'))
    done = run(app, ["law", "check", str(tmp_path / "house.toml")])
    assert done.exit_code == 2
    assert "house.hours" in done.stderr


def test_a_decision_is_explained_rule_by_rule() -> None:
    said = run(app, ["law", "explain"], input=json.dumps(NIGHT)).stdout
    assert "forbidden" in said
    assert "cn.hours" in said
    assert "Next allowed: 2026-03-17T00:00:00+00:00" in said


def test_the_pages_are_written(tmp_path: Path) -> None:
    assert run(app, ["law", "docs", str(tmp_path)]).exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == set(pages())
