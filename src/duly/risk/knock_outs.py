"""Knock-outs: the rules that refuse, or send to a person, whatever the score."""

import numpy as np

from duly.risk.columns import Columns, Flags, Int64
from duly.risk.exact import times_millionths
from duly.risk.policy import KnockOut


def strikes(rule: KnockOut, columns: Columns) -> tuple[Flags, Flags]:
    """For each application: whether the rule strikes, and whether that is unknown because a field is. Never both."""
    asked = columns[rule.field]
    known = asked.known if rule.times is None else asked.known & columns[rule.times].known
    return known & _holds(rule, columns), ~known


def asks(rule: KnockOut) -> list[str]:
    """The fields that a rule asks about."""
    return [rule.field] if rule.times is None else [rule.field, rule.times]


def _holds(rule: KnockOut, columns: Columns) -> Flags:
    values = columns[rule.field].values
    if rule.operator in ("one_of", "none_of"):
        found: Flags = np.isin(values, np.array(rule.value))
        return found if rule.operator == "one_of" else ~found
    if rule.operator == "equal_to":
        equal: Flags = values == rule.value
        return equal
    floor, ceiling = _bounds(rule, columns)
    result: Flags
    if rule.operator == "below":
        result = values < ceiling
    elif rule.operator == "at_most":
        result = values <= floor
    elif rule.operator == "above":
        result = values > floor
    else:
        result = values >= ceiling
    return result


def _bounds(rule: KnockOut, columns: Columns) -> tuple[Int64, Int64]:
    """The bound, rounded down and up: whole numbers compare with these as they do with the exact bound."""
    if rule.times is None:
        bound = np.asarray(rule.value, np.int64)
        return bound, bound
    of = columns[rule.times].values
    factor = int(rule.value)  # type: ignore[arg-type]
    return times_millionths(of, factor), times_millionths(of, factor, up=True)
