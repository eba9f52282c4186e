"""Affordability: the largest installment a month that income, spending and debts leave room for, and the limit from it.

income counted   = income where it is verified, else its share `unverified_income_counts`, rounded down
spending counted = the greater of what was said and `least_spending`
room             = income counted − spending counted − payments on debts − `buffer`
share            = income counted × `share_of_income`, rounded down, − payments on debts
affordable       = the lesser of room and share, and not below nothing
"""

from dataclasses import dataclass

import numpy as np

from duly.risk.columns import Columns, Flags, Int64
from duly.risk.exact import annuity_millionths, times_millionths
from duly.risk.policy import Affordability, Limits

NEEDS = ("monthly_income", "monthly_spending", "monthly_debt_payments")
ASKS = ("monthly_income", "income_verified", "monthly_spending", "monthly_debt_payments")


@dataclass(frozen=True)
class Afforded:
    """Columns of minor units a month, (n,); all zero where the figures are not `known`."""

    known: Flags
    income_counted: Int64
    spending_counted: Int64
    debts: Int64
    room: Int64
    share: Int64
    affordable: Int64


def affordable(columns: Columns, rules: Affordability) -> Afforded:
    """What each application can afford. Income that is not known to be verified counts as not verified."""
    known = np.logical_and.reduce([columns[name].known for name in NEEDS])
    income, spending, debts = (np.where(known, columns[name].values, 0) for name in NEEDS)
    verified = columns["income_verified"]
    sure = verified.known & verified.values
    income = np.where(sure, income, times_millionths(income, rules.unverified_income_counts))
    spending = np.where(known, np.maximum(spending, rules.least_spending), 0)
    room = np.where(known, income - spending - debts - rules.buffer, 0)
    share = times_millionths(income, rules.share_of_income) - debts
    return Afforded(known, income, spending, debts, room, share, np.maximum(np.minimum(room, share), 0))


def repays(installment: Int64, annual_rate: int, rules: Affordability, limits: Limits) -> Int64:
    """The amount that `installment` a month repays over the longest term, at the rate with its stress added."""
    return times_millionths(
        installment, annuity_millionths(annual_rate + rules.rate_stress, limits.longest_term_months)
    )
