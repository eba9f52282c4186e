"""What was said in applications, as columns: the values of a field, and for which applications it is known.

One application is a table of one row, so that a single answer and a million come out of the same code.
"""

import difflib
import operator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from duly.engine.errors import InputError
from duly.risk.fields import BOUNDS
from duly.risk.forbidden import AGE, forbidden_part

Int64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
_BLANK: Mapping[str, Any] = {"flag": False, "word": ""}


@dataclass(frozen=True)
class Column:
    """One field of n applications: `values` (n,), meaningless where not `known` (n,)."""

    values: npt.NDArray[Any]
    known: Flags


Columns = Mapping[str, Column]


def read_one(application: Mapping[str, Any], kinds: Mapping[str, str]) -> Columns:
    """The columns of one application; every field of `kinds` that it lacks, or has as None, is unknown.

    Raises InputError for a value of another kind, and for a field that is not in `kinds`.
    """
    if not isinstance(application, Mapping):
        raise InputError("the application is not a table of fields", "", "give {field: value, …}")
    check_names(application, kinds)
    return {name: _one(application.get(name), kind, f"/{name}") for name, kind in kinds.items()}


def read_many(columns: Mapping[str, Any], kinds: Mapping[str, str]) -> Columns:
    """The columns of n applications, from NumPy arrays; masked elements of masked arrays are unknown.

    Money, whole numbers and ratios are of an integer type, flags of bool, words of str. A column that is left out is
    unknown throughout. Raises InputError naming the column, and the row of a number that is out of bounds.
    """
    check_names(columns, kinds)
    sizes = {name: np.shape(column) for name, column in columns.items()}
    if not sizes or len(set(sizes.values())) > 1 or len(next(iter(sizes.values()))) != 1:
        raise InputError(f"the columns are of shapes {sizes}", "", "give at least one, all of one length")
    count = next(iter(sizes.values()))[0]
    return {
        name: _many(columns[name], kind, name) if name in columns else unknown(kind, count)
        for name, kind in kinds.items()
    }


def unknown(kind: str, count: int) -> Column:
    """A column of which nothing is known."""
    return Column(np.full(count, _BLANK.get(kind, 0)), np.zeros(count, np.bool_))


def check_names(given: Mapping[str, Any], kinds: Mapping[str, str]) -> None:
    """Refuse what nobody may be judged by, and what no policy or scorecard asks about. Raises InputError."""
    for name in given:
        if name in kinds:
            continue
        part = None if name == AGE else forbidden_part(str(name))
        if part:
            raise InputError(f"{name} may not be an input: nobody is judged by {part!r}", f"/{name}", "leave it out")
        near = difflib.get_close_matches(str(name), kinds, n=1)
        remedy = f"did you mean {near[0]!r}?" if near else "leave it out, or describe it in the policy's [[fields]]"
        raise InputError(f"there is no field {name!r}", f"/{name}", remedy)


def _one(value: Any, kind: str, where: str) -> Column:
    if value is None:
        return unknown(kind, 1)
    if kind == "flag":
        if not isinstance(value, bool | np.bool_):
            raise InputError(
                f"{value!r} is not true or false", where, "give true, false, or null where it is not known"
            )
        return Column(np.array([bool(value)]), np.ones(1, np.bool_))
    if kind == "word":
        if not isinstance(value, str) or not value:
            raise InputError(f"{value!r} is not a word", where, "give a word, or null where it is not known")
        return Column(np.array([value]), np.ones(1, np.bool_))
    return Column(np.array([_number(value, kind, where)], np.int64), np.ones(1, np.bool_))


def _number(value: Any, kind: str, where: str) -> int:
    least, most = BOUNDS[kind]
    unit = {"money": "minor units", "ratio": "millionths"}.get(kind, "a whole number")
    try:
        number = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = None
    if number is None:
        raise InputError(f"{value!r} is not a whole number", where, f"give {unit}, or null where it is not known")
    if not least <= number <= most:
        raise InputError(f"{value!r} is out of bounds", where, f"give {unit} from {least:,} to {most:,}")
    return number


def _many(given: Any, kind: str, name: str) -> Column:
    known = ~np.ma.getmaskarray(given) if isinstance(given, np.ma.MaskedArray) else np.ones(len(given), np.bool_)
    values = np.ma.getdata(given)
    wanted = {"flag": "b", "word": "UT"}.get(kind, "iu")
    if values.dtype.kind not in wanted:
        remedy = {"flag": "bool", "word": "str"}.get(kind, "an integer type")
        raise InputError(f"{name} is of the type {values.dtype}", f"/{name}", f"give a column of {remedy}")
    if kind in BOUNDS:
        least, most = BOUNDS[kind]
        wrong = np.flatnonzero(known & ((values < least) | (values > most)))
        if len(wrong):
            row = int(wrong[0])
            raise InputError(f"{values[row]} is out of bounds", f"/{name}/{row}", f"keep from {least:,} to {most:,}")
        return Column(np.where(known, values, 0).astype(np.int64), known)
    if kind == "word":
        known = known & (values != "")
    return Column(np.where(known, values, _BLANK[kind]), known)
