"""Random loans, a test each: what `benchmarks.mutants` kills most mutants with.

Each is folded alone, scheduled, and folded in columns,
and every figure must be the slow reference's, which works out each loan once.
"""

import datetime
import hashlib
import json
from pathlib import Path

import pytest
from reference.answers import position, schedule
from reference.fold import fold as slow_fold
from reference.random_loans import EVERYTHING, minor, random_case
from reference.shrinking import differences
from test_focused_loans import MANY as FOCUSED
from test_focused_loans import focused_case

import reference
from duly.engine import dates
from duly.engine.columns import pack_contracts
from duly.engine.contract import parse_contract
from duly.engine.dates import NO_DATE
from duly.engine.door import position_json, schedule_json
from duly.engine.explain import LANGUAGES, adds_up, explain
from duly.engine.fact_reading import parse_facts
from duly.engine.facts import pack_facts, parse_instant
from duly.engine.fold import STATUS, fold
from duly.engine.position import position as single_position

SORTS = {
    "everything": " ".join(sorted(EVERYTHING)),
    "plain": "paid payoff methods periods day_counts penalty rounding currencies huge reversed backdated known_at",
    "shapes": "methods first_due month_end balloon rounding days day_counts periods",
    "fees": "paid methods fees fee_charged daily waived open margin rate_changed",
    "late": "paid methods daily penalty compound instead penalty_cap non_accrual allocation tolerance days",
}
MIXED = [(sort, seed) for sort, count in zip(SORTS, (150, 30, 30, 30, 30), strict=True) for seed in range(count)]
SEEDS = MIXED + FOCUSED
COMPONENTS = ("principal", "interest", "penalty", "fee")


# The reference's answers, worked out once and kept beside the copy, as long as the reference stays as it is.
SLOW = Path(reference.__file__).parent
KEPT = Path(
    f"golden-{hashlib.sha256(b''.join(p.read_bytes() for p in sorted(SLOW.glob('*.py')))).hexdigest()[:16]}.json"
)


def answer(sort, seed):
    """The case, and what the reference says of it."""
    focused = (sort, seed) in FOCUSED
    case = focused_case(sort, seed) if focused else random_case(seed, set(SORTS[sort].split()))
    return case, position(case), schedule(case["contract"]), dict(slow_fold(case).received)


def answers():
    """All answers, by sort and seed."""
    found = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    missing = [one for one in SEEDS if f"{one[0]} {one[1]}" not in found]
    found |= {f"{sort} {seed}": answer(sort, seed) for sort, seed in missing}
    if missing:
        KEPT.write_text(json.dumps(found))
    return found


ANSWERS = answers()


def known(sort, seed):
    """As `answer`, worked out before."""
    return ANSWERS[f"{sort} {seed}"]


@pytest.mark.parametrize(("sort", "seed"), MIXED)
def test_schedule(sort, seed):
    case, _, planned, _ = known(sort, seed)
    found = schedule_json(case["contract"])
    del found["apr"]
    assert not differences(planned, found)


@pytest.mark.parametrize(("sort", "seed"), SEEDS)
def test_alone(sort, seed):
    case, wanted, _, _ = known(sort, seed)
    assert not differences(wanted, position_json(case))


@pytest.mark.parametrize(("sort", "seed"), MIXED)
def test_in_columns(sort, seed):
    case, wanted, _, received = known(sort, seed)
    contract = parse_contract(case["contract"])
    at = case.get("known_at")
    told = pack_facts(parse_facts(case["facts"], contract), None if at is None else parse_instant(at, ""), contract)
    positions = fold(pack_contracts([contract]), told, day(case["as_of"]))
    found = {name: int(column[0]) for name, column in positions._asdict().items()}
    expected = columns(case["contract"], wanted) | {f"{name}_received": received[name] for name in COMPONENTS}
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize("seed", range(80))
def test_explained(seed):
    case, *_ = known("everything", seed)
    contract = parse_contract(case["contract"])
    at = case.get("known_at")
    known_at = None if at is None else parse_instant(at, "")
    facts, as_of = parse_facts(case["facts"], contract), datetime.date.fromisoformat(case["as_of"])
    told = explain(contract, facts, as_of, known_at, sorted(LANGUAGES)[seed % 2])
    assert not adds_up(told, single_position(contract, facts, as_of, known_at))


def columns(contract, wanted):
    """A position's document as columns."""
    found = {
        "status": STATUS[wanted["status"]],
        "days_past_due": wanted["days_past_due"],
        "oldest_unpaid_due_on": day(wanted["oldest_unpaid_due_on"]),
        "settled_on": day(wanted["settled_on"]),
        "next_due_on": day((wanted["next_due"] or {}).get("on")),
        "next_due_amount": minor(contract, (wanted["next_due"] or {}).get("amount", "0")),
    }
    for name in ["credit_balance", "payoff", "accrued_interest", "received", "refunded", "recovered", "disbursed"]:
        found[name] = minor(contract, wanted[name])
    for what in ["outstanding", "due", "overdue", "earned", "suspended", "waived", "written_off", "capitalised"]:
        for component in COMPONENTS:
            if component in wanted[what]:
                found[f"{component}_{what}"] = minor(contract, wanted[what][component])
    return found


def day(text):
    return NO_DATE if text is None else dates.days(datetime.date.fromisoformat(text))
