"""The conformance suite: every boundary of every rule, as the tables in tests/law/cases state them."""

from itertools import groupby

import case_table
import pytest
from case_table import cases, rows, wrong

from duly.law.compose import law_of

BY_RULE = {rule: list(some) for rule, some in groupby(sorted(cases(), key=lambda one: one.rule), lambda one: one.rule)}


@pytest.mark.parametrize("rule", BY_RULE)
def test_every_case_of_a_rule(rule: str) -> None:
    assert [fault for case in BY_RULE[rule] if (fault := wrong(case, law_of(case.pack)))] == []


@pytest.mark.parametrize("row", rows("due"), ids=lambda row: f"{row['rule']} {row['at']}")
def test_when_a_duty_is_due(row: dict[str, str]) -> None:
    assert case_table.due_wrong(row) == ""


@pytest.mark.parametrize("row", rows("kept"), ids=lambda row: f"{row['rule']} {row['at']}")
def test_until_when_a_record_is_kept(row: dict[str, str]) -> None:
    assert case_table.kept_wrong(row) == ""


@pytest.mark.parametrize("row", rows("caps"), ids=lambda row: f"{row['rule']} {row['figure']}")
def test_what_keeps_a_cap(row: dict[str, str]) -> None:
    assert case_table.cap_wrong(row) == ""


@pytest.mark.parametrize("row", rows("classes"), ids=lambda row: str(row["days_past_due"]))
def test_the_class_of_a_late_loan(row: dict[str, str]) -> None:
    assert case_table.class_wrong(row) == ""
