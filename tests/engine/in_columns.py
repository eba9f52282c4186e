"""Random loans as the engine's columns, folded: what the tests compare with the reference and with each other."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from duly.engine import dates
from duly.engine.columns import Facts, arrange_facts, pack_contracts
from duly.engine.contract import Contract, parse_contract
from duly.engine.fact_reading import parse_facts
from duly.engine.facts import pack_facts
from duly.engine.fold import Positions, fold
from duly.engine.records import NONE

Case = dict[str, Any]  # the JSON document of `duly position`


def fold_cases(found: Sequence[Case], as_of: date) -> Positions:
    contracts = [parse_contract(case["contract"]) for case in found]
    return fold(pack_contracts(contracts), facts_of(found, contracts), dates.days(as_of))


def facts_of(found: Sequence[Case], contracts: Sequence[Contract]) -> Facts:
    """The facts of all cases as columns, mixed as a book holds them: the first of each, then the second."""
    told = [
        pack_facts(parse_facts(case["facts"], contract), None, contract)
        for case, contract in zip(found, contracts, strict=True)
    ]
    place = np.concatenate([np.arange(len(one.kind)) for one in told])
    loan = np.repeat(np.arange(len(told)), [len(one.kind) for one in told])
    order = np.lexsort((loan, place))
    row_of = np.empty(len(order), np.int64)
    row_of[order] = np.arange(len(order))
    starts = np.concatenate([[0], np.cumsum([len(one.kind) for one in told])])
    reverses = np.concatenate(
        [np.where(one.reverses >= 0, one.reverses + starts[at], NONE) for at, one in enumerate(told)]
    )
    known = np.concatenate([[0], np.cumsum([len(one.details) for one in told])])
    detail = np.concatenate(
        [
            np.where(one.detail >= 0, one.detail + known[at], NONE) if len(one.detail) else np.full(len(one.kind), NONE)
            for at, one in enumerate(told)
        ]
    )
    return arrange_facts(
        len(found),
        loan[order],
        *(np.concatenate([getattr(one, name) for one in told])[order] for name in ("kind", "value_date", "amount")),
        np.concatenate([one.component for one in told])[order],
        np.where(reverses[order] >= 0, row_of[reverses[order]], NONE),
        detail[order],
        np.concatenate([one.details for one in told]),
    )


def position_of(case: Case) -> dict[str, int]:
    """Every column of the position of one case, folded alone."""
    folded = fold_cases([case], date.fromisoformat(case["as_of"]))
    return {name: int(column[0]) for name, column in folded._asdict().items()}


def without(case: Case, *ids: str) -> Case:
    """The case as if the facts with `ids` had never been recorded."""
    return case | {"facts": [fact for fact in case["facts"] if fact.get("id") not in ids]}


def with_fact(case: Case, kind: str, on: date, amount: str | None = None, **more: Any) -> Case:
    """The case with one more fact on record, by the id "new" where none is given."""
    fact = {"id": "new", "kind": kind, "value_date": on.isoformat()} | more
    return case | {"facts": [*case["facts"], fact if amount is None else fact | {"amount": amount}]}
