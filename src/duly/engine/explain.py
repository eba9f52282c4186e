"""Why a loan stands where it stands: every movement of every cent, in order, each with its formula and its cause.

    for one in explain(contract, facts, as_of):
        print(one.date, one.component, one.amount, one.because)

A movement is the difference between two positions of the same fold, one step apart; so movements add up to the position
exactly, and `adds_up` says by how much where they would not. docs/engine/explain.md names every kind.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from duly.engine import dates, explain_en, explain_zh, money
from duly.engine.columns import pack_contracts
from duly.engine.contract import Contract
from duly.engine.errors import InputError
from duly.engine.explain_formulas import (
    Formula,
    formula_text,
    interest_by_day,
    money_text,
    penalty_of_row,
    scheduled_interest,
)
from duly.engine.facts import Fact, pack_facts
from duly.engine.position import COMPONENTS, Position, position
from duly.engine.records import OPEN, SETTLED, Record, Records
from duly.engine.terms import COMPONENT
from duly.engine.trace import ASKED, BEGUN, GLANCED, TOOK, Trace, trace

LANGUAGES = {"en": explain_en, "zh": explain_zh}
BEARING = ("interest", "penalty", "fee")
# Facts that make a loan another one: interest is told up to their day.
_STRUCTURAL = {"disbursed", "rescheduled", "rate_changed", "accelerated", "cancelled", "written_off"}


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


@dataclass(frozen=True)
class _Told:
    # A movement before it has words: `sentence` names a template.
    day: int
    component: str
    movement: str
    amount: int
    sentence: str
    fact: Fact | None = None
    number: int | None = None
    due_on: int | None = None
    formula: Formula | None = None
    name: str = ""


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
    told = _Teller(contract, _in_order(facts, known_at, contract), watched).tell()
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
    fees = [Fact("fee_charged", contract.disbursed_on, fee, due_on=day) for day, fee in contract.dated_fees]
    drawn = next((place for place, fact in enumerate(known, 1) if fact.kind == "disbursed"), 0)
    known[drawn:drawn] = fees
    return sorted(known, key=lambda fact: fact.value_date)


class _Teller:
    """Goes through a trace and tells each difference between one step and the next."""

    def __init__(self, contract: Contract, facts: list[Fact], watched: Trace) -> None:
        self.facts, self.watched = facts, watched
        self.days, self.whats, self.taken = (watched.steps[name].tolist() for name in ("day", "what", "fact"))
        self.counts = watched.loans["count"].tolist()
        self.terms: Record = pack_contracts([contract]).terms[0]
        columns = {name: column.tolist() for name, column in watched.positions._asdict().items()}
        self.columns = columns
        suspended = {"interest": columns["interest_suspended"], "penalty": columns["penalty_suspended"]}
        none = [0] * len(watched.steps)
        self.earned = {
            component: [
                a + b for a, b in zip(columns[f"{component}_earned"], suspended.get(component, none), strict=True)
            ]
            for component in BEARING
        }
        self.told_earned = dict.fromkeys(BEARING, 0)
        self.counted = 0  # interest told of the running period
        order = int(self.terms["allocation_order"])
        names = {code: name for name, code in COMPONENT.items()}
        self.order = [names[(order >> (4 * place)) & 15] for place in range(4)]

    def tell(self) -> list[_Told]:
        """All movements, without words."""
        told: list[_Told] = []
        before = 0
        for at in range(1, len(self.watched.steps)):
            what = self.whats[at]
            told += self._earnings(before, at)
            if what == GLANCED:
                continue
            told += self._changes(before, at)
            told += self._suspensions(before, at)
            before = at
        told += self._to_come(before)
        return told

    def _rows(self, at: int) -> Records:
        return self.watched.rows[at][: self.counts[at]]

    def _fact(self, at: int) -> Fact | None:
        row = self.taken[at]
        return self.facts[row] if row >= 0 else None

    def _moved(self, name: str, before: int, at: int) -> int:
        return int(self.columns[name][at] - self.columns[name][before])

    # Earned: interest, penalty, fees.

    def _earnings(self, before: int, at: int) -> Iterator[_Told]:
        glanced = self.whats[at] == GLANCED
        if not glanced or not self.terms["daily"]:
            yield from self._interest(before, at)
        yield from self._fees(before, at)
        if not glanced:
            yield from self._penalty(before, at)

    def _interest(self, before: int, at: int) -> Iterator[_Told]:
        day, what = self.days[at], self.whats[at]
        fact, to_day = self._fact(at), self.earned["interest"][at]
        if what == TOOK:
            # What the fact itself does to interest comes after what had accrued to its day.
            as_it_was = self.earned["interest"][before]
            assert fact is not None
            other = self._moved("status", before, at) or fact.kind in _STRUCTURAL or fact.prepays
            if to_day != as_it_was or other:
                yield from self._accrued(before, before, day, as_it_was)
                yield from self._brought("interest", day, to_day - as_it_was, fact)
                self.told_earned["interest"] = to_day
            if fact.kind in ("rescheduled", "accelerated"):
                self.counted = 0
            return
        falls_due = bool((self._rows(before)["due_on"] == day).any())
        if self.terms["daily"] or falls_due or what == ASKED:
            yield from self._accrued(before, at, day, to_day)

    def _accrued(self, before: int, at: int, day: int, to_day: int) -> Iterator[_Told]:
        amount = to_day - self.told_earned["interest"]
        self.told_earned["interest"] = to_day
        if amount == 0:
            return
        loan, rows = self.watched.loans[before], self._rows(before)
        formula, row = None, None
        if self.terms["daily"]:
            formula = interest_by_day(self.terms, loan, rows, self.watched.pauses, day, amount)
        else:
            formula, row = scheduled_interest(self.terms, rows, day, amount, self.counted)
            due = row is not None and int(rows[row]["due_on"]) == day
            self.counted = 0 if due else self.counted + amount
            row = row if due else None
        sentence = "interest_days" if formula else "interest_plain"
        if row is not None:
            sentence = "interest_due" if formula else "interest_due_plain"
        yield self._of_row(_Told(day, "interest", "accrued", amount, sentence, formula=formula), rows, row)

    def _penalty(self, before: int, at: int) -> Iterator[_Told]:
        day, fact = self.days[at], self._fact(at)
        left = self.earned["penalty"][at] - self.told_earned["penalty"]
        self.told_earned["penalty"] += left
        if left and fact is None:
            rows, after = self._rows(before), self._rows(at)
            grown = after["penalty"][: len(rows)] - rows["penalty"]
            if int(grown.sum()) == left and (grown >= 0).all():
                for index in np.flatnonzero(grown):
                    amount = int(grown[index])
                    formula = penalty_of_row(self.terms, rows[index], self.watched.pauses, day, amount)
                    sentence = "penalty" if formula else "penalty_plain"
                    one = _Told(day, "penalty", "accrued", amount, sentence, formula=formula)
                    yield self._of_row(one, rows, int(index))
                return
            yield _Told(day, "penalty", "accrued", left, "penalty_plain")
        elif left:
            yield from self._brought("penalty", day, left, fact)

    def _fees(self, before: int, at: int) -> Iterator[_Told]:
        day, fact = self.days[at], self._fact(at)
        left = self.earned["fee"][at] - self.told_earned["fee"]
        self.told_earned["fee"] += left
        if left <= 0 or (fact is not None and fact.kind not in ("disbursed", "fee_charged", "paid")):
            yield from self._brought("fee", day, left, fact)
            return
        if fact is not None:
            names = {"disbursed": "fee_upfront", "fee_charged": "fee_charged", "paid": "fee_early"}
            settles = fact.kind == "paid" and self._moved("status", before, at) != 0
            yield _Told(day, "fee", "charged", left, "fee_settling" if settles else names[fact.kind], fact)
            return
        rows, after = self._rows(before), self._rows(at)
        late = after["fee"][: len(rows)] - rows["fee"]
        for index in np.flatnonzero((late > 0) & (rows["due_on"] <= day)):
            amount = min(int(late[index]), left)
            left -= amount
            if amount:
                yield self._of_row(_Told(day, "fee", "charged", amount, "fee_late"), rows, int(index))
        due = np.flatnonzero((rows["due_on"] == day) & (rows["fee"] > 0))
        for index in due:
            amount = left if index == due[-1] else min(int(rows["fee"][index]), left)
            left -= amount
            if amount:
                yield self._of_row(_Told(day, "fee", "charged", amount, "fee_due"), rows, int(index))
        if left:
            yield _Told(day, "fee", "charged", left, "fee_charged")

    def _brought(self, component: str, day: int, amount: int, fact: Fact | None) -> Iterator[_Told]:
        if amount:
            sentence = "fell_away" if amount < 0 else "brought"
            if component == "fee" and amount < 0 and fact is not None and fact.kind == "rescheduled":
                sentence = "carried"
            yield _Told(day, component, "fell_away", amount, sentence, fact)

    # What became of it: received, waived, written off, capitalised; credit.

    def _changes(self, before: int, at: int) -> Iterator[_Told]:
        day, fact = self.days[at], self._fact(at)
        told_before, principal = [], 0
        disbursed = self._moved("disbursed", before, at)
        if disbursed:
            first = self.whats[before] == BEGUN
            told_before.append(_Told(day, "principal", "disbursed", disbursed, "disbursed" if first else "drawn", fact))
        for component in BEARING:
            joined = self._moved(f"{component}_capitalised", before, at)
            if joined:
                words = ("capitalised", "capitalised_in") if joined > 0 else ("capitalised_undone",) * 2
                told_before.append(_Told(day, component, "capitalised", -joined, words[0], fact))
                told_before.append(_Told(day, "principal", "capitalised", joined, words[1], fact, name=component))
        told_before += self._gone("written_off", before, at)
        told_before += self._gone("waived", before, at)
        told_before += self._gone("received", before, at)
        for one in told_before:
            principal += one.amount if one.component == "principal" else 0
        yield from told_before
        yield from self._brought("principal", day, self._moved("principal_outstanding", before, at) - principal, fact)
        yield from self._held(before, at)

    def _gone(self, movement: str, before: int, at: int) -> Iterator[_Told]:
        day, fact = self.days[at], self._fact(at)
        gone = {component: self._moved(f"{component}_{movement}", before, at) for component in COMPONENTS}
        if not any(gone.values()):
            return
        statuses = [int(self.columns["status"][step]) for step in (before, at)]
        if fact is not None and fact.kind == "cancelled":
            for component, amount in gone.items():
                if amount:
                    words = {"received": "moved" if amount < 0 else "moved_in", "waived": "waived_undone"}
                    sentence = words.get(movement, "written_off")
                    yield _Told(day, component, movement, -amount, sentence, fact)
            return
        if movement != "written_off" and fact is not None and fact.kind in ("paid", "waived", "recovered"):
            for one in self._by_row(movement, gone, before, at, fact):
                gone[one.component] += one.amount
                yield one
        for component in self.order:
            if gone[component]:
                sentence = self._whole(movement, component, statuses, fact)
                yield _Told(day, component, movement, -gone[component], sentence, fact)

    def _whole(self, movement: str, component: str, statuses: list[int], fact: Fact | None) -> str:
        if movement != "received":
            return "written_off" if movement == "written_off" else "waived_whole"
        if fact is not None and fact.kind == "disbursed":
            return "withheld"
        if statuses == [OPEN, SETTLED]:
            return "received_settling"
        return "received_whole" if component in ("penalty", "fee") else "received_ahead"

    def _by_row(self, movement: str, gone: dict[str, int], before: int, at: int, fact: Fact) -> list[_Told]:
        # What went to rows that had fallen due, row by row; the rows ahead too, where that says it all.
        rows, after, day = self._rows(before), self._rows(at), self.days[at]
        if len(after) < len(rows):
            return []
        taken = {
            component: rows[f"{component}_left"] - after[f"{component}_left"][: len(rows)] for component in COMPONENTS
        }
        whole = all(int(taken[component].sum()) == gone[component] for component in COMPONENTS)
        whole = whole and all((part >= 0).all() for part in taken.values())
        chosen = np.arange(len(rows)) if whole else np.flatnonzero(rows["due_on"] <= day)
        if self.terms["daily"]:
            chosen = chosen[chosen < int(self.watched.loans[before]["running"])]
        found = []
        for index in chosen:
            for component in self.order:
                part = int(taken[component][index])
                if part > 0:
                    one = _Told(day, component, movement, -part, movement, fact)
                    found.append(self._of_row(one, rows, int(index)))
        for component in COMPONENTS:
            if -sum(one.amount for one in found if one.component == component) > gone[component]:
                return []
        return found

    def _held(self, before: int, at: int) -> Iterator[_Told]:
        day, fact = self.days[at], self._fact(at)
        refunded, credit = self._moved("refunded", before, at), self._moved("credit_balance", before, at)
        if refunded:
            yield _Told(day, "credit", "refunded", -refunded, "refunded", fact)
        held = credit + refunded
        if held:
            movement = "overpaid" if held > 0 else "credit_used"
            yield _Told(day, "credit", movement, held, movement, fact)
        recovered = self._moved("recovered", before, at)
        if recovered:
            yield _Told(day, "recovered", "recovered", recovered, "recovered", fact)

    def _suspensions(self, before: int, at: int) -> Iterator[_Told]:
        for component in ("interest", "penalty"):
            amount = self._moved(f"{component}_suspended", before, at)
            if amount:
                movement = "suspended" if amount > 0 else "resumed"
                day = self.days[at]
                yield _Told(day, f"suspended_{component}", movement, amount, movement, self._fact(at), name=component)

    def _to_come(self, at: int) -> Iterator[_Told]:
        # What the rows shown ask for beyond what is earned: so the sum is what is outstanding.
        day, rows = self.days[at], self.watched.shown
        for component in ("interest", "fee"):
            gone = ("received", "waived", "written_off", "capitalised")
            settled = sum(self.columns[f"{component}_{movement}"][at] for movement in gone)
            left = self.columns[f"{component}_outstanding"][at] - (self.earned[component][at] - settled)
            lefts = rows[f"{component}_left"].tolist()
            ahead = [index for index in range(len(rows)) if rows["due_on"][index] > day and lefts[index]]
            rest = left - sum(lefts[index] for index in ahead)
            for place, index in enumerate(ahead):
                amount = lefts[index] + (rest if place == 0 else 0)
                if amount:
                    sentence = "to_come_ahead" if place == 0 and rest else "to_come"
                    yield self._of_row(_Told(day, component, "to_come", amount, sentence), rows, index)
            if rest and not ahead:
                yield _Told(day, component, "to_come", rest, "fell_away" if rest < 0 else "brought")

    def _of_row(self, one: _Told, rows: Records, index: int | None) -> _Told:
        if index is None:
            return one
        return replace(one, number=index + 1, due_on=int(rows[index]["due_on"]))


def _with_words(told: Sequence[_Told], contract: Contract, facts: Sequence[Fact], language: str) -> list[Movement]:
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
