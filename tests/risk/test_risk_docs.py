"""The pages about risk say what the code and the files say."""

import re
from pathlib import Path

import pytest

from duly.risk.fields import FIELDS
from duly.risk.policy import parse_policy
from duly.risk.scorecard import parse_scorecard, shipped_scorecard_text

DOCS = Path(__file__).parents[2] / "docs" / "risk"


@pytest.mark.parametrize("field", FIELDS.values(), ids=lambda field: field.name)
def test_every_field_is_on_the_page_of_fields(field):
    line = next(line for line in (DOCS / "fields.md").read_text().splitlines() if f"`{field.name}`" in line)
    assert field.title.en in line
    assert field.title.zh in line


def test_the_model_card_is_of_the_scorecard_that_comes_with_duly():
    page = (DOCS / "card_holders.md").read_text()
    card = parse_scorecard(shipped_scorecard_text("card_holders"))
    assert card.digest in page
    assert card.scaling.points == 600
    for one in card.characteristics:
        assert f"`{one.name}`" in page


def test_the_knock_out_on_the_page_is_one_that_a_policy_can_have():
    page = (DOCS / "policies.md").read_text()
    rule = re.search(r"    \[\[knock_outs\]\]\n(    .*\n)+", page)
    text = re.sub(r"^    ", "", rule.group(), flags=re.MULTILINE)
    starter = (DOCS.parents[1] / "src" / "duly" / "risk" / "policies" / "starter.toml").read_text()
    assert text.strip() in starter
    assert parse_policy(starter).code == "starter"
