"""The review of an application, against a slow reference, by its properties, and by the words a person reads."""

import json
import re
import tomllib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_applications import SOUND, STARTER, any_application, near_sound
from slow_review import slow_review

from duly.engine.door import schedule_json
from duly.engine.errors import InputError
from duly.risk.exact import annuity_millionths, times_millionths
from duly.risk.fields import FIELDS
from duly.risk.judge import OUTCOMES, review_many
from duly.risk.policy import parse_policy, shipped_text
from duly.risk.review import review, told
from duly.risk.scorecard import parse_scorecard

TEXT = shipped_text("starter")
CARD = {
    "code": "card_holders",
    "version": 7,
    "title": {"en": "For the tests", "zh": "测试"},
    "target": {"en": "default", "zh": "违约"},
    "scaling": {"points": 600, "good_to_bad_odds": 15, "points_to_double_the_odds": 20},
    "base_points": 560,
    "characteristics": [
        {
            "name": name,
            "kind": "whole",
            "title": {"en": name, "zh": name},
            "reason": {"en": f"About {name}.", "zh": f"关于 {name}。"},
            "bins": [
                {"below": below, "points": points, "share": share}
                for below, points, share in zip([1, 3, None], rungs, [0.6, 0.3, 0.1], strict=True)
            ],
            "unknown": unknown,
            "neutral_points": neutral,
        }
        for name, rungs, neutral, unknown in (
            ("late_months", [12, -9, -30], 2, None),
            ("inquiries", [5, 0, -8], 2, None),
            ("cards", [6, 3, -4], 4, None),
            ("moves", [9, 1, -6], 5, None),
            ("gaps", [3, 2, -2], 2, {"below": None, "points": -1, "share": 0.0}),
        )
    ],
}
CARD_TEXT = json.dumps(CARD)
SCORECARD = parse_scorecard(CARD_TEXT)
CHARACTERISTICS = [one["name"] for one in CARD["characteristics"]]


def scored() -> st.SearchStrategy[dict[str, int | None]]:
    values = st.one_of(st.none(), st.integers(0, 5), st.integers(0, 5), st.integers(0, 5))
    return st.fixed_dictionaries({}, optional=dict.fromkeys(CHARACTERISTICS, values))


def as_told(found) -> dict:
    return {
        name: getattr(found, name) for name in ("outcome", "limit", "annual_rate", "grade", "score", "proposed_limit")
    }


# Against the reference.


@given(st.one_of(any_application(), near_sound()), scored())
@settings(max_examples=300, deadline=None)
def test_every_application_gets_what_the_slow_reference_says(application, characteristics):
    assert as_told(review(application, STARTER)) == slow_review(application, TEXT)
    both = application | characteristics
    assert as_told(review(both, STARTER, SCORECARD)) == slow_review(both, TEXT, CARD)


@given(st.lists(st.tuples(st.one_of(any_application(), near_sound()), scored()), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_many_at_once_are_what_each_is_alone(pairs):
    rows = [application | characteristics for application, characteristics in pairs]
    kinds = {name: field.kind for name, field in FIELDS.items()} | dict.fromkeys(CHARACTERISTICS, "whole")
    blanks = {"flag": False, "word": ""}
    columns = {
        name: np.ma.MaskedArray(
            [blanks.get(kind, 0) if row.get(name) is None else row[name] for row in rows],
            [row.get(name) is None for row in rows],
            dtype={"flag": bool, "word": "U20"}.get(kind, np.int64),
        )
        for name, kind in kinds.items()
    }
    judged = review_many(columns, STARTER, SCORECARD)
    assert [told(judged, row).as_json() for row in range(len(rows))] == [
        review(row, STARTER, SCORECARD).as_json() for row in rows
    ]


def test_a_column_that_is_left_out_is_unknown_throughout():
    judged = review_many({"monthly_income": np.array([900_000, 1])}, STARTER)
    assert [OUTCOMES[code] for code in judged.outcome] == ["referred", "referred"]
    assert told(judged, 1).as_json() == review({"monthly_income": 1}, STARTER).as_json()


# What must hold of every application.


@given(near_sound(), scored(), st.integers(0, 2_000_000))
@settings(max_examples=300, deadline=None)
def test_more_income_never_lowers_the_limit(application, characteristics, more):
    before = review(application | characteristics, STARTER, SCORECARD)
    richer = application | characteristics | {"monthly_income": application["monthly_income"] + more}
    after = review(richer, STARTER, SCORECARD)
    assert after.proposed_limit >= before.proposed_limit
    assert after.limit >= before.limit


@given(near_sound(), st.integers(0, 500_000), st.sampled_from(["monthly_spending", "monthly_debt_payments"]))
@settings(max_examples=150, deadline=None)
def test_more_spending_or_debt_never_raises_the_limit(application, more, what):
    if application.get(what) is None:
        return
    before = review(application, STARTER)
    after = review(application | {what: min(application[what] + more, 10**13)}, STARTER)
    assert after.proposed_limit <= before.proposed_limit


@given(near_sound(), st.sampled_from([rule for rule in STARTER.knock_outs if rule.outcome == "refuse"]))
@settings(max_examples=150, deadline=None)
def test_a_knock_out_that_refuses_always_refuses_and_says_so(application, rule):
    struck = {
        "too_young": {"age_years": 17},
        "late_elsewhere": {"days_past_due_now": 31},
        "much_debt": {"total_debt": application["monthly_income"] * 24 + 1},
        "purpose_not_allowed": {"purpose": "house"},
    }.get(rule.code, {rule.field: True})
    found = review(application | struck, STARTER)
    assert (found.outcome, found.limit) == ("refused", 0)
    assert (rule.code, rule.reason.en, rule.reason.zh) in [(one.code, one.en, one.zh) for one in found.reasons]


@given(near_sound(), st.sampled_from(sorted(SOUND)))
@settings(max_examples=150, deadline=None)
def test_what_is_not_known_is_never_approved(application, name):
    found = review(application | {name: None}, STARTER)
    assert found.outcome != "approved"
    if found.outcome == "referred":
        assert f"unknown_{name}" in [reason.code for reason in found.reasons]


@given(st.one_of(any_application(), near_sound()), scored())
@settings(max_examples=150, deadline=None)
def test_every_answer_has_reasons_checks_and_a_lawful_outcome(application, characteristics):
    found = review(application | characteristics, STARTER, SCORECARD)
    assert found.reasons
    assert all(reason.en and re.search("[一-鿿]", reason.zh) for reason in found.reasons)
    assert [check.code for check in found.checks] == [
        *(rule.code for rule in STARTER.knock_outs), "score", "affordability", "limit",
    ]  # fmt: skip
    worst = max(["pass", "refer", "refuse"].index(check.result) for check in found.checks)
    assert OUTCOMES[worst] == found.outcome
    assert (found.limit > 0) == (found.annual_rate > 0) == (found.outcome == "approved")
    json.dumps(found.as_json())


# The figures.


@pytest.mark.parametrize(("rate", "months"), [(108_000, 12), (240_000, 36), (7, 3), (0, 24), (1_000_000, 360)])
def test_the_annuity_is_the_present_value_of_a_run_of_payments(rate, months):
    monthly = rate / 12e6
    worth = months if rate == 0 else (1 - (1 + monthly) ** -months) / monthly
    assert annuity_millionths(rate, months) == pytest.approx(worth * 1e6, abs=1.01)


@pytest.mark.parametrize(("limit", "rate", "months"), [(5_000_000, "0.138", 12), (1_234_500, "0.21", 24)])
def test_the_limit_is_repaid_by_the_installment_that_is_affordable(limit, rate, months):
    # The engine's own schedule of a loan of that size, by months of 30 days, has that installment.
    contract = {
        "currency": "CNY", "principal": f"{limit / 100:.2f}", "disbursed_on": "2026-01-01", "annual_rate": rate,
        "day_count": "30/360", "method": "equal_installment", "installments": months,
    }  # fmt: skip
    installment = round(float(schedule_json(contract)["installments"][0]["total"]) * 100)
    repaid = times_millionths(np.array([installment]), annuity_millionths(round(float(rate) * 1e6), months))
    assert abs(int(repaid[0]) - limit) < months + limit / 1e6


@given(st.integers(0, 10**13), st.integers(0, 10**9))
def test_products_with_millionths_are_exact(amount, factor):
    exact, rest = divmod(amount * factor, 10**6)
    assert int(times_millionths(np.array([amount]), factor)[0]) == exact
    assert int(times_millionths(np.array([amount]), factor, up=True)[0]) == exact + (rest > 0)


def test_affordability_by_hand():
    # 9,000 − 3,000 − 500 − 300 = 5,200 left; half of 9,000 less 500 of debts is 4,000, the lesser.
    found = review(SOUND, STARTER)
    numbers = {check.code: check.numbers for check in found.checks}
    assert numbers["affordability"] == {
        "income_counted": 900_000, "spending_counted": 300_000, "debt_payments": 50_000, "room": 520_000,
        "share": 400_000, "affordable_installment": 400_000, "buffer": 30_000,
    }  # fmt: skip
    # Grade N: a month's income, 9,000; and 12 installments of 4,000 would repay 42,934 at 18% and 3 points of stress.
    assert (found.grade, found.limit, found.annual_rate) == ("N", 900_000, 180_000)
    assert numbers["limit"]["by_affordability"] == pytest.approx(4000 * (1 - 1.0175**-12) / 0.0175 * 100, abs=2)
    assert [reason.code for reason in found.reasons] == ["no_record", "limit_by_income"]


def test_income_that_is_not_verified_counts_by_half():
    found = review(SOUND | {"income_verified": False}, STARTER)
    assert {check.code: check.numbers for check in found.checks}["affordability"]["income_counted"] == 450_000
    assert (found.outcome, found.limit, found.proposed_limit) == ("referred", 0, 450_000)


def test_nobody_lives_on_less_than_the_least_spending():
    # 2,600 − 1,200 − 0 − 300 = 1,100, though only 100 of spending was said and half of 2,600 is 1,300.
    poor = SOUND | {"monthly_income": 260_000, "monthly_spending": 10_000, "monthly_debt_payments": 0}
    numbers = {check.code: check.numbers for check in review(poor, STARTER).checks}["affordability"]
    assert (numbers["spending_counted"], numbers["room"], numbers["affordable_installment"]) == (
        120_000, 110_000, 110_000,
    )  # fmt: skip


def test_the_rate_is_stressed_where_affordability_holds_the_limit():
    # 9,000 − 5,500 − 500 − 300 = 2,700 a month, repaid over a year at 10.8% and 3 points of stress.
    best = SOUND | {"monthly_spending": 550_000} | dict.fromkeys(CHARACTERISTICS, 0)
    card = parse_scorecard(CARD_TEXT.replace('"base_points": 560', '"base_points": 600'))
    found = review(best, STARTER, card)
    numbers = {check.code: check.numbers for check in found.checks}["limit"]
    monthly = (0.108 + 0.03) / 12
    assert (found.grade, found.affordable_installment) == ("A", 270_000)
    assert numbers["by_affordability"] == pytest.approx(270_000 * (1 - (1 + monthly) ** -12) / monthly, abs=2)
    assert (numbers["held_by"], found.limit) == ("income", 2_700_000)


# The reasons.


def test_a_refusal_for_the_score_names_the_four_that_lost_most_the_weightiest_first():
    found = review(SOUND | {"late_months": 5, "inquiries": 4, "cards": 3, "moves": 9, "gaps": 9}, STARTER, SCORECARD)
    # Points lost against the average applicant: 32, 10, 8, 11, 4.
    assert (found.outcome, found.grade, found.score) == ("refused", "E", 560 - 30 - 8 - 4 - 6 - 2)
    assert [(reason.code, reason.points_lost) for reason in found.reasons] == [
        ("late_months", 32), ("moves", 11), ("inquiries", 10), ("cards", 8),
    ]  # fmt: skip
    assert [reason.code for reason in found.factors] == ["late_months", "moves", "inquiries", "cards", "gaps"]


def test_points_may_be_lost_against_the_best_instead():
    policy = parse_policy(TEXT.replace('points_lost_against = "neutral"', 'points_lost_against = "best"'))
    found = review(SOUND | {"late_months": 5, "inquiries": 4, "cards": 3, "moves": 9, "gaps": 9}, policy, SCORECARD)
    assert [reason.points_lost for reason in found.reasons] == [42, 15, 13, 10]


def test_the_grey_zone_goes_to_a_person_with_a_proposal():
    found = review(SOUND | {"late_months": 2, "inquiries": 1, "cards": 2, "moves": 4, "gaps": 1}, STARTER, SCORECARD)
    assert (found.score, found.grade, found.outcome) == (560 - 9 + 0 + 3 - 6 + 2, "D", "referred")
    assert (found.limit, found.proposed_limit, found.proposed_annual_rate) == (0, 450_000, 216_000)
    assert [reason.code for reason in found.reasons] == ["grade_D"]


def test_an_unknown_characteristic_with_a_bin_of_its_own_is_scored_and_another_is_not():
    sound = SOUND | {"late_months": 0, "inquiries": 0, "cards": 0, "moves": 0}
    assert review(sound, STARTER, SCORECARD).score == 560 + 12 + 5 + 6 + 9 - 1
    without = review(SOUND | {"inquiries": 0, "cards": 0, "moves": 0, "gaps": 0}, STARTER, SCORECARD)
    assert (without.score, without.grade) == (None, "N")


def test_one_thing_that_is_not_known_is_said_once():
    found = review(SOUND | {"monthly_income": None}, STARTER)
    assert [(reason.code, reason.en, reason.zh) for reason in found.reasons] == [
        (
            "unknown_monthly_income",
            "We do not know this yet: income a month, after tax.",
            "我们尚不清楚：每月税后收入。",
        )
    ]


def test_too_little_left_is_refused_with_the_policys_reason():
    found = review(SOUND | {"monthly_spending": 880_000}, STARTER)
    assert [reason.code for reason in found.reasons] == ["affordability"]
    assert found.affordable_installment == 0
    assert {check.code: check.result for check in found.checks if check.result != "pass"} == {
        "affordability": "refuse",
        "limit": "refuse",
    }


# What cannot be read.


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("sex", "female", "nobody is judged by 'sex'"),
        ("maritalStatus", "single", "nobody is judged by 'marital'"),
        ("applicant_nationality", "x", "nobody is judged by 'nationality'"),
        ("民族", "x", "nobody is judged by '民族'"),
        ("monthly_incom", 1, "there is no field"),
        ("monthly_income", 1.5, "is not a whole number"),
        ("monthly_income", True, "is not a whole number"),
        ("monthly_income", -1, "is out of bounds"),
        ("monthly_income", 10**13 + 1, "is out of bounds"),
        ("is_student", 1, "is not true or false"),
        ("purpose", "", "is not a word"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(field, value, what):
    with pytest.raises(InputError, match=re.escape(what)) as refused:
        review(SOUND | {field: value}, STARTER)
    assert refused.value.where == f"/{field}"


def test_a_scorecard_of_another_policy_is_refused():
    other = parse_scorecard(CARD_TEXT.replace('"card_holders"', '"other"'))
    with pytest.raises(InputError, match="goes with card_holders, not other"):
        review(SOUND, STARTER, other)


@pytest.mark.parametrize(
    ("columns", "where"),
    [
        ({}, ""),
        ({"age_years": np.array([1, 2]), "total_debt": np.array([1])}, ""),
        ({"age_years": np.array([1.0])}, "/age_years"),
        ({"age_years": np.array([20, -1])}, "/age_years/1"),
        ({"is_student": np.array([0])}, "/is_student"),
        ({"sex": np.array(["x"])}, "/sex"),
    ],
)
def test_columns_that_cannot_be_read_are_refused_with_their_place(columns, where):
    with pytest.raises(InputError) as refused:
        review_many(columns, STARTER)
    assert refused.value.where == where


def test_the_starter_policy_is_toml_that_says_what_the_reference_reads():
    assert tomllib.loads(TEXT)["code"] == STARTER.code == "starter"
