"""Applications for the tests: one that passes every rule of the starter policy, and ways to draw others at random."""

from typing import Any

from hypothesis import strategies as st

from duly.risk.fields import FIELDS
from duly.risk.policy import parse_policy, shipped_text

STARTER = parse_policy(shipped_text("starter"))
SOUND = {
    "age_years": 30,
    "is_student": False,
    "id_verified": True,
    "face_matched": True,
    "documents_altered": False,
    "on_blocklist": False,
    "people_on_device": 0,
    "applications_30_days": 1,
    "monthly_income": 900_000,
    "income_verified": True,
    "monthly_spending": 300_000,
    "monthly_debt_payments": 50_000,
    "total_debt": 100_000,
    "lenders_owed": 1,
    "days_past_due_now": 0,
    "debt_written_off": False,
    "late_with_us": False,
    "purpose": "consumption",
}
_VALUES = {
    "money": st.one_of(st.integers(0, 3_000_000), st.integers(0, 10**13)),
    "whole": st.one_of(st.integers(0, 40), st.integers(0, 10**9)),
    "flag": st.booleans(),
    "word": st.sampled_from(["consumption", "house", "investment", "travel"]),
}


def any_application() -> st.SearchStrategy[dict[str, Any]]:
    """Applications with every field known or not, of any value that a field may have."""
    return st.fixed_dictionaries(
        {}, optional={name: st.one_of(st.none(), _VALUES[field.kind]) for name, field in FIELDS.items()}
    )


def near_sound() -> st.SearchStrategy[dict[str, Any]]:
    """The sound application with another income and up to two fields changed, so that every outcome is common."""
    changes = st.fixed_dictionaries(
        {}, optional={name: st.one_of(st.none(), _VALUES[FIELDS[name].kind]) for name in SOUND}
    )
    few = st.lists(st.sampled_from(sorted(set(SOUND) - {"monthly_income"})), max_size=2, unique=True)
    incomes = st.integers(0, 5_000_000)
    return st.builds(
        lambda given, names, income: (
            SOUND | {"monthly_income": income} | {name: given[name] for name in names if name in given}
        ),
        changes,
        few,
        incomes,
    )
