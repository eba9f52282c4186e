"""`duly risk`: the commands as somebody uses them, from a table to a scorecard to a decision and back."""

import json
import subprocess
import sys

import pytest
from risk_applications import SOUND
from sample_tables import card_table
from typer.testing import CliRunner

from duly.cli import app
from duly.risk.policy import parse_policy, shipped_text
from duly.risk.review import review
from duly.risk.scorecard import parse_scorecard, shipped_scorecard_text

run = CliRunner().invoke
STATEMENTS = {
    "recent_lateness": 0,
    "payment_to_wage": 200_000,
    "months_late_now": 0,
    "headroom_to_wage": 2_000_000,
    "spending_to_limit": 100_000,
    "least_payment_ratio": 300_000,
    "months_carried_in_order": 3,
    "months_paid_in_part": 5,
}


def refused(*arguments: str, given: str = "") -> dict:
    done = run(app, ["risk", *arguments], input=given)
    assert done.exit_code == 2, done.output
    return json.loads(done.stderr)


def test_a_review_is_that_of_the_library():
    application = SOUND | STATEMENTS
    done = run(app, ["risk", "review", "--scorecard", "card_holders"], input=json.dumps(application))
    policy, card = parse_policy(shipped_text("starter")), parse_scorecard(shipped_scorecard_text("card_holders"))
    assert json.loads(done.stdout) == review(application, policy, card).as_json()
    assert json.loads(done.stdout)["outcome"] == "approved"


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "The limit is set by your income."), ("zh", "额度按您的收入确定。")]
)
def test_an_explanation_tells_every_check_in_words(lang, words):
    done = run(app, ["risk", "explain", "--lang", lang], input=json.dumps(SOUND), env={"COLUMNS": "200"})
    assert done.exit_code == 0
    assert words in done.stdout
    for rule in parse_policy(shipped_text("starter")).knock_outs:
        assert getattr(rule.title, lang) in done.stdout


def test_a_decision_is_made_again_the_same(tmp_path):
    application = SOUND | STATEMENTS
    made = json.loads(run(app, ["risk", "review", "--scorecard", "card_holders"], input=json.dumps(application)).stdout)
    kept = {"application": application, "review": made}
    assert run(app, ["risk", "replay"], input=json.dumps(kept)).stdout == "the same: approved\n"
    # A figure that was changed afterwards shows.
    told = refused("replay", given=json.dumps({**kept, "review": {**made, "limit": made["limit"] + 1}}))
    assert told["where"] == "/review/limit"
    told = refused("replay", given=json.dumps({**kept, "application": application | {"monthly_income": 910_000}}))
    assert told["what"] == "the decision comes out otherwise"
    # Under another text it is refused to begin with.
    policy = tmp_path / "mine.toml"
    policy.write_text(shipped_text("starter") + "# a later text\n", encoding="utf-8")
    told = refused("replay", "--policy", str(policy), given=json.dumps(kept))
    assert told["where"] == "/review/policy/digest"


def test_from_a_table_to_a_scorecard_to_a_decision(tmp_path):
    table = card_table()
    data = tmp_path / "cards.csv"
    table.write_csv(data)
    done = run(app, ["risk", "train", str(data), "--plan", "card_holders", "--out", str(tmp_path / "made")])
    assert done.exit_code == 0, done.output
    made = tmp_path / "made"
    assert {path.name for path in made.iterdir()} == {"card_holders.json", "card_holders.md", "card_holders-charts"}
    card = str(made / "card_holders.json")
    assert run(app, ["risk", "check", card]).exit_code == 0
    characteristics = [one["name"] for one in json.loads((made / "card_holders.json").read_text())["characteristics"]]
    done = run(
        app, ["risk", "review", "--scorecard", card], input=json.dumps(SOUND | dict.fromkeys(characteristics, 0))
    )
    assert json.loads(done.stdout)["score"] is not None

    same = run(app, ["risk", "watch", str(data), "--plan", "card_holders", "--scorecard", card])
    assert same.exit_code == 0, same.output
    assert "shifted" not in same.stdout
    worse = tmp_path / "worse.csv"
    table.with_columns(table["PAY_0"].abs() + 2, *(table[f"PAY_AMT{month}"] * 0 for month in range(1, 7))).write_csv(
        worse
    )
    moved = run(app, ["risk", "watch", str(worse), "--plan", "card_holders", "--scorecard", card, "--json"])
    assert moved.exit_code == 1
    assert {one["name"]: one["level"] for one in json.loads(moved.stdout)}["score"] == "shifted"

    groups = ["--by", "SEX", "--by", "AGE:30,50"]
    fair = run(app, ["risk", "fairness", str(data), "--plan", "card_holders", "--scorecard", card, *groups, "--json"])
    found = json.loads(fair.stdout)
    assert [one["name"] for one in found["groups"]["AGE"]] == ["0-29", "30-49", "50+"]
    assert sum(one["people"] for one in found["groups"]["SEX"]) == found["people"] == len(table)
    page = run(app, ["risk", "fairness", str(data), "--plan", "card_holders", "--scorecard", card, *groups]).stdout
    assert "不利影响比" in page
    assert "| female |" in page

    decided = tmp_path / "decided.csv"
    table.with_columns(taken=(table["SEX"] == "female").cast(int)).write_csv(decided)
    asked = ["--plan", "card_holders", "--scorecard", card, "--approved", "taken", "--by", "SEX", "--json"]
    found = json.loads(run(app, ["risk", "fairness", str(decided), *asked]).stdout)
    assert [one["approved"]["value"] for one in found["groups"]["SEX"]] == [1.0, 0.0]
    assert found["below_four_fifths"] == ["SEX: male"]


def test_without_a_plan_every_column_that_may_be_an_input_is_tried(tmp_path):
    data = tmp_path / "cards.csv"
    card_table().write_csv(data)
    assert run(app, ["risk", "train", str(data), "--split", "order:0.3", "--out", str(tmp_path)]).exit_code == 0
    made = json.loads((tmp_path / "cards.json").read_text())
    assert not {"SEX", "MARRIAGE", "AGE"} & {one["name"] for one in made["characteristics"]}
    assert made["training"]["not_used"]["AGE"] == "nobody is judged by 'AGE'"


def test_training_without_its_libraries_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "optbinning", None)
    assert refused("train", str(tmp_path / "cards.csv"))["remedy"] == "install what training needs: duly[risk]"


def test_a_review_needs_none_of_the_libraries_of_training():
    script = (
        "import sys; from duly.risk.policy import parse_policy, shipped_text; from duly.risk.review import review; "
        "from duly.risk.scorecard import parse_scorecard, shipped_scorecard_text as card; "
        "review({}, parse_policy(shipped_text('starter')), parse_scorecard(card('card_holders'))); "
        "print(sorted({'sklearn', 'optbinning', 'pandas', 'polars', 'altair', 'django'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_ours_are_sound_and_faults_are_named(tmp_path):
    assert run(app, ["risk", "check"]).stdout == "starter.toml, card_holders.json: sound\n"
    wrong = tmp_path / "mine.toml"
    wrong.write_text(shipped_text("starter").replace('field = "lenders_owed"', 'field = "race"'), encoding="utf-8")
    done = run(app, ["risk", "check", str(wrong)])
    assert done.exit_code == 2
    assert "/knock_outs/11/field: race may not be an input" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "given", "where"),
    [
        (["review"], '{"sex": "female"}', "/sex"),
        (["review"], "[]", ""),
        (["review", "--policy", "none"], "{}", "/policy"),
        (["review", "--scorecard", "none"], "{}", "/scorecard"),
        (["explain", "--lang", "fr"], "{}", ""),
        (["replay"], "{}", ""),
        (["train", "no-such.csv"], "", ""),
        (["watch", "no-such.csv"], "", ""),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_place(arguments, given, where):
    assert refused(*arguments, given=given)["where"] == where
