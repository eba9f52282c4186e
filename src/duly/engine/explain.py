"""Why a loan stands where it stands: every movement of every cent, in order, each with its formula and its cause.

    for one in explain(contract, facts, as_of):
        print(one.date, one.component, one.amount, one.because)

A movement is the difference between two positions of the same fold, one step apart; so movements add up to the position
exactly, and `adds_up` says by how much where they would not. docs/engine/explain.md names every kind.
"""

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from duly.engine import dates, explain_en, explain_zh, money
from duly.engine.columns import pack_contracts
from duly.engine.contract import Contract
from duly.engine.errors import InputError
from duly.engine.explain_formulas import formula_text, money_text
from duly.engine.explain_telling import BEARING, Told, tell
from duly.engine.facts import Fact, from_disbursement, pack_facts
from duly.engine.position import COMPONENTS, Position, position
from duly.engine.trace import trace

LANGUAGES = {"en": explain_en, "zh": explain_zh}


@dataclass(frozen=True)
class Movement:
    """One movement of money. Amounts in minor units, signed: above zero where more is owed, or held.

    `component`: principal, interest, penalty, fee: what is owed; credit: held for the customer; recovered; and what is
    not counted as income, suspended_interest and suspended_penalty. `balance` is the component's
    after the movement, `total` that of the four components owed. `fact` is the place of the fact behind it among those
    given, `installment` the number of the row it is about, as the schedule of that day counts them; None without one.
    """

    date: datetime.date
    component: str
    movement: str
    amount: int
    because: str
    fact: int | None
    installment: int | None
    due_on: datetime.date | None
    balance: int
    total: int


def explain(
    contract: Contract,
    facts: Sequence[Fact],
    as_of: datetime.date,
    known_at: datetime.datetime | None = None,
    language: str = "en",
) -> list[Movement]:
    """Every movement of money of one loan up to `as_of`, in order; with `known_at`, as it was known then.

    Raises InputError as `position` does, and for a language that is not there.
    """
    if language not in LANGUAGES:
        raise InputError(f"there is no language {language!r}", "", f"use {' or '.join(LANGUAGES)}")
    standing = position(contract, facts, as_of, known_at)
    watched = trace(pack_contracts([contract]), pack_facts(facts, known_at, contract), dates.days(as_of))
    told = tell(contract, _in_order(facts, known_at, contract), watched)
    found = _with_words(told, contract, facts, language)
    wrong = adds_up(found, standing)
    if wrong:
        raise ArithmeticError(f"the movements do not add up to the position: {wrong}")
    return found


def adds_up(movements: Sequence[Movement], standing: Position) -> dict[str, int]:
    """By how much the movements miss each total of the position, in minor units: empty when they add up to all."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for one in movements:
        sums[one.component, one.movement] += one.amount
        sums[one.component, ""] += one.amount

    def earned(component: str) -> int:
        kinds = sums[component, "accrued"] + sums[component, "charged"] + sums[component, "fell_away"]
        return kinds - sums[f"suspended_{component}", ""]

    refunded = -sums["credit", "refunded"]
    expected = {"credit_balance": (sums["credit", ""], standing.credit_balance)}
    expected["refunded"] = refunded, standing.refunded
    expected["recovered"] = sums["recovered", ""], standing.recovered
    expected["disbursed"] = sums["principal", "disbursed"], standing.disbursed
    received = -sum(sums[component, "received"] for component in COMPONENTS)
    expected["received"] = received + sums["credit", ""] + refunded, standing.received
    for component in COMPONENTS:
        expected[f"outstanding {component}"] = sums[component, ""], standing.outstanding[component]
        expected[f"waived {component}"] = -sums[component, "waived"], standing.waived[component]
        expected[f"written_off {component}"] = -sums[component, "written_off"], standing.written_off[component]
    for component in BEARING:
        expected[f"earned {component}"] = earned(component), standing.earned[component]
        expected[f"capitalised {component}"] = -sums[component, "capitalised"], standing.capitalised[component]
    for component, amount in standing.suspended.items():
        expected[f"suspended {component}"] = sums[f"suspended_{component}", ""], amount
    return {name: found - wanted for name, (found, wanted) in expected.items() if found != wanted}


def _in_order(facts: Sequence[Fact], known_at: datetime.datetime | None, contract: Contract) -> list[Fact]:
    # The facts as pack_facts orders them: by value date, then by order of record, with the contract's dated fees.
    known = [fact for fact in facts if known_at is None or fact.recorded_at is None or fact.recorded_at <= known_at]
    known.sort(key=lambda fact: fact.recorded_at or datetime.datetime.min.replace(tzinfo=datetime.UTC))
    return sorted(from_disbursement(known, contract), key=lambda fact: fact.value_date)


def _with_words(told: Sequence[Told], contract: Contract, facts: Sequence[Fact], language: str) -> list[Movement]:
    words = LANGUAGES[language]
    exponent = money.decimals(contract.terms.currency)
    places = {id(fact): place for place, fact in enumerate(facts)}
    balances: dict[str, int] = defaultdict(int)
    found = []
    for one in told:
        balances[one.component] += one.amount
        name = one.name or one.component.removeprefix("suspended_")
        due_on = None if one.due_on is None else dates.date(one.due_on)
        formula, span = "", ""
        if one.formula is not None:
            formula = formula_text(one.formula, one.amount, exponent, words)
            start, end = one.formula.span
            span = words.SPAN.format(start=dates.date(start), end=dates.date(end))
        because = words.SENTENCES[one.sentence].format(
            amount=money_text(abs(one.amount), exponent),
            name=words.NAMES.get(name, name),
            number=one.number,
            due_on=due_on,
            formula=formula,
            span=span,
        )
        found.append(
            Movement(
                date=dates.date(one.day),
                component=one.component,
                movement=one.movement,
                amount=one.amount,
                because=because,
                fact=None if one.fact is None else places.get(id(one.fact)),
                installment=one.number,
                due_on=due_on,
                balance=balances[one.component],
                total=sum(balances[component] for component in COMPONENTS),
            )
        )
    return found
