"""Policies: the starter is sound, each fault is named with its JSON pointer, and the digest is that of the text."""

import hashlib
import re

import pytest

from duly.engine.errors import InputError
from duly.risk.policy import parse_policy, shipped_names, shipped_text
from duly.risk.policy_faults import faults_of

TEXT = shipped_text("starter")


def rule(**changes: str) -> str:
    """A knock-out as TOML, with some of its lines changed; None leaves one out."""
    lines = {
        "code": '"mine"',
        "field": '"lenders_owed"',
        "is": '"above"',
        "value": "3",
        "outcome": '"refuse"',
        "unknown": '"refer"',
        "title": '{ en = "a", zh = "甲" }',
        "reason": '{ en = "a", zh = "甲" }',
    } | changes
    return "[[knock_outs]]\n" + "\n".join(f"{name} = {value}" for name, value in lines.items() if value) + "\n\n"


def with_rule(**changes: str) -> str:
    """The starter policy with such a rule before its others."""
    return TEXT.replace("[[knock_outs]]", rule(**changes) + "[[knock_outs]]", 1)


@pytest.mark.parametrize("name", shipped_names())
def test_every_policy_of_ours_is_sound_and_has_the_digest_of_its_text(name):
    assert parse_policy(shipped_text(name)).digest == hashlib.sha256(shipped_text(name).encode()).hexdigest()


def test_a_rule_of_ones_own_goes_in():
    assert [one.code for one in parse_policy(with_rule()).knock_outs][:2] == ["mine", "too_young"]


@pytest.mark.parametrize(
    ("changes", "where", "what"),
    [
        ({"field": '"sex"'}, "field", "nobody is judged by 'sex'"),
        ({"field": '"married"', "is": '"equal_to"', "value": "true"}, "field", "nobody is judged by 'married'"),
        ({"field": '"lender_owed"'}, "field", "there is no field 'lender_owed'"),
        ({"field": '"age_years"', "value": "60"}, "field", "age may be asked only where the law does"),
        ({"times": '"age_years"', "value": '"2"'}, "times", "age may not be a measure of anything else"),
        ({"legal_capacity": '"none"'}, "legal_capacity", "legal_capacity is for a rule about age"),
        ({"is": '"one_of"', "value": '["a"]'}, "is", "lenders_owed cannot be one_of"),
        ({"value": "true"}, "value", "True is not a whole number"),
        ({"value": '"3"'}, "value", "'3' is not a whole number"),
        ({"field": '"is_student"', "is": '"equal_to"', "value": "1"}, "value", "1 is not true or false"),
        ({"field": '"total_debt"', "value": '"1.005"'}, "value", "more decimals than the currency"),
        ({"field": '"total_debt"', "value": '"2"', "times": '"lenders_owed"'}, "times", "cannot be compared"),
        ({"field": '"purpose"', "is": '"one_of"', "value": '"a"'}, "value", "will not do with one_of"),
        ({"is": '"over"'}, "is", "'over' is not one of"),
        ({"value": "1.5"}, "value", "1.5 is not valid"),
        ({"outcome": '"approve"'}, "outcome", "'approve' is not one of"),
        ({"unknown": ""}, "", "'unknown' is a required property"),
        ({"colour": '"x"'}, "", "'colour' was unexpected"),
    ],
)
def test_a_faulty_rule_is_named_with_its_place(changes, where, what):
    with pytest.raises(InputError, match=re.escape(what)) as refused:
        parse_policy(with_rule(**changes))
    assert refused.value.where == "/knock_outs/0" + (f"/{where}" if where else "")


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('currency = "CNY"', 'currency = "ABC"', "/currency"),
        ('code = "student"', 'code = "too_young"', "/knock_outs"),
        ('least = "1000.00"', 'least = "200000.00"', "/limit/least"),
        ('step = "100.00"', 'step = "0.00"', "/limit/step"),
        ('share_of_income = "0.5"', 'share_of_income = "1.5"', "/affordability/share_of_income"),
        ('rate_stress = "0.03"', 'rate_stress = "0.0000001"', "/affordability/rate_stress"),
        ("from_score = 580", "from_score = 620", "/grades"),
        ('unknown = "N"', 'unknown = "Z"', "/score/unknown"),
        ('unknown = "N"', 'unknown = "A"', "/grades"),
        ("from_score = 600\n", "", "/grades"),
        ('annual_rate = "0.108"', 'annual_rate = "200"', "/grades/0/annual_rate"),
        ('annual_rate = "0.108"\n', "", "/grades/0"),
        ('name = "E"\noutcome = "refuse"', 'name = "E"\noutcome = "refuse"\ncap = "1"', "/grades/4/cap"),
        ("[affordability]", "[affordable]", ""),
    ],
)
def test_a_faulty_policy_is_named_with_its_place(old, new, where):
    assert old in TEXT
    with pytest.raises(InputError) as refused:
        parse_policy(TEXT.replace(old, new, 1))
    assert refused.value.where == where


def test_fields_of_ones_own_are_asked_like_the_others_and_may_not_be_forbidden():
    own = '[[fields]]\nname = "fraud_index"\nkind = "ratio"\ntitle = { en = "fraud index", zh = "欺诈指数" }\n\n'
    text = with_rule(field='"fraud_index"', value='"0.8"').replace("[[knock_outs]]", own + "[[knock_outs]]", 1)
    policy = parse_policy(text)
    assert (policy.knock_outs[0].value, policy.fields["fraud_index"].title.zh) == (800_000, "欺诈指数")
    with pytest.raises(InputError, match="nobody is judged by 'religion'") as refused:
        parse_policy(text.replace("fraud_index", "religion"))
    assert refused.value.where == "/fields/0/name"


def test_a_policy_without_a_scorecard_has_one_grade():
    head, grades = TEXT.split("# A score of 600", 1)
    one = "[[grades]]" + grades.split("[[grades]]")[-1]
    assert [grade.name for grade in parse_policy(head + one).grades] == ["N"]
    with pytest.raises(InputError, match="without a score there is one grade"):
        parse_policy(head + one + "\n" + one.replace('"N"', '"M"'))


def test_what_is_not_toml_is_refused():
    with pytest.raises(InputError, match="not TOML"):
        parse_policy("code = ")


def test_every_fault_is_listed():
    import tomllib

    document = tomllib.loads(with_rule(field='"sex"').replace('unknown = "N"', 'unknown = "Z"'))
    assert {fault.where for fault in faults_of(document)} >= {"/knock_outs/0/field", "/score/unknown"}
