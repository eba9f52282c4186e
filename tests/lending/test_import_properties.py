"""Whatever the rows: exactly the wrong ones are reported, exactly the others go in, and again changes nothing.

What is wrong with a loan is known by how its row was made; for facts the engine's own check says it, a loan at a time.
"""

import datetime
import tempfile
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from written_files import FACTS, LOANS, imported, refused

from duly.engine.contract import Contract, Terms
from duly.engine.errors import InputError
from duly.engine.facts import Fact, check_facts
from duly.lending.models import Fact as Recorded
from duly.lending.models import Loan

pytestmark = pytest.mark.usefixtures("book")
few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
START = datetime.date(2024, 1, 1)
_runs = count(1)  # one book for all examples: each has a source and references of its own

right = st.tuples(st.integers(1, 10**9), st.integers(0, 100), st.integers(0, 5000), st.integers(1, 600))
wrongs = st.sampled_from(["-1", "0", "1.234", "ten", "", "1e5", "99999999999999"])
LOAN_HEADER = "customer,loan,lent,rate,out,months"
FACT_HEADER = "id,loan,what,on,amount,of,back"


def named(mapping: str, run: int) -> str:
    return mapping.replace('name = "old"', f'name = "run{run}"')


@few
@given(st.lists(st.tuples(right, st.none() | wrongs), min_size=1, max_size=12))
def test_exactly_the_wrong_loans_are_reported_and_exactly_the_others_go_in(rows):
    run = next(_runs)
    lines = []
    for number, ((cents, rate, days, months), wrong) in enumerate(rows):
        lent = f"{cents // 100}.{cents % 100:02d}" if wrong is None else wrong
        lines.append(f"C{run},L{run}-{number},{lent},{rate},{START + datetime.timedelta(days=days)},{months}")
    with tempfile.TemporaryDirectory() as folder:
        first, second = (
            imported(Path(folder), named(LOANS, run), loans="\n".join([LOAN_HEADER, *lines])) for _ in range(2)
        )
    assert set(refused(first)) == {number + 2 for number, (_, wrong) in enumerate(rows) if wrong is not None}
    there = dict(Loan.objects.filter(borrower__reference=f"C{run}").values_list("reference", "principal"))
    assert there == {f"L{run}-{number}": cents for number, ((cents, *_), wrong) in enumerate(rows) if wrong is None}
    assert sum(second.new.values()) == 0
    assert refused(second) == refused(first)


happenings = st.lists(
    st.tuples(
        st.sampled_from(["PMT", "BACK", "WAIVE", "LOST"]),
        st.integers(-3, 12),  # days after disbursement
        st.sampled_from(["5.00", "0", "-1"]),
        st.integers(0, 7),  # the fact that a reversal takes back
    ),
    max_size=8,
)


@few
@given(happenings)
def test_the_facts_taken_are_those_that_the_engine_lets_stand(rows):
    run = next(_runs)
    words = {"PMT": "paid", "BACK": "reversed", "WAIVE": "waived", "LOST": "written_off"}
    lines, facts = [], []
    for number, (what, day, amount, back) in enumerate(rows):
        on = START + datetime.timedelta(days=day)
        has_amount = what in ("PMT", "WAIVE")
        lines.append(
            f"{number},L{run},{what},{on},{amount if has_amount else ''},{'fee' if what == 'WAIVE' else ''},"
            f"{back if what == 'BACK' else ''}"
        )
        cents = round(float(amount) * 100) if has_amount else 0
        facts.append(Fact(words[what], on, cents, id=str(number), reverses=str(back) if what == "BACK" else ""))
    with tempfile.TemporaryDirectory() as folder:
        outcome = imported(
            Path(folder),
            named(LOANS + FACTS, run),
            loans=f"{LOAN_HEADER}\nC{run},L{run},100,7,{START},6",
            facts="\n".join([FACT_HEADER, *lines]),
        )
    keys = Recorded.objects.filter(loan__reference=f"L{run}").exclude(kind="disbursed")
    taken = {key.split(":")[1] for key in keys.values_list("idempotency_key", flat=True)}
    standing = [fact for fact in facts if fact.id in taken]
    assert sorted(number - 2 for number in refused(outcome)) == sorted(
        int(fact.id) for fact in facts if fact.id not in taken
    )
    assert stands(standing)
    for fact in facts:
        if fact.id not in taken:
            assert not stands(sorted([*standing, fact], key=lambda one: int(one.id))), fact


def stands(facts: list[Fact]) -> bool:
    """Whether the engine has nothing against these facts of one loan."""
    if any(fact.kind in ("paid", "waived") and fact.amount <= 0 for fact in facts):
        return False
    try:
        check_facts(facts, Contract(Terms("EUR"), 100_00, 70_000, START, datetime.date(2024, 2, 1), 6))
    except InputError:
        return False
    return True
