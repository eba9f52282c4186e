"""Stands for what a lender finds out from outside: whether the income was verified, by what the applicant is called."""

from collections.abc import Mapping
from typing import Any

from duly.borrowing.models import Application


def income_checked(application: Application, answers: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """The income is verified, unless the name says otherwise."""
    name = answers.get("identity", {}).get("name", "")
    return {"income_verified": None if "unchecked" in name else True}
