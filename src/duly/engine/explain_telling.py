"""Telling a trace: each difference between one step of the fold and the next, as a movement that has no words yet."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from duly.engine.columns import pack_contracts
from duly.engine.contract import Contract
from duly.engine.explain_formulas import Formula, interest_by_day, penalty_of_row, scheduled_interest
from duly.engine.facts import Fact
from duly.engine.position import COMPONENTS
from duly.engine.records import OPEN, SETTLED, Record, Records
from duly.engine.terms import COMPONENT
from duly.engine.trace import ASKED, BEGUN, GLANCED, TOOK, Trace

BEARING = ("interest", "penalty", "fee")
# Facts that make a loan another one: interest is told up to their day.
_STRUCTURAL = {"disbursed", "rescheduled", "rate_changed", "accelerated", "cancelled", "written_off"}


@dataclass(frozen=True)
class Told:
    """A movement before it has words: `sentence` names a template."""

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


def tell(contract: Contract, facts: list[Fact], watched: Trace) -> list[Told]:
    """All movements of a trace, in order; `facts` are those of the trace, in its order."""
    return _Teller(contract, facts, watched).tell()


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

    def tell(self) -> list[Told]:
        """All movements, without words."""
        told: list[Told] = []
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

    def _earnings(self, before: int, at: int) -> Iterator[Told]:
        glanced = self.whats[at] == GLANCED
        if not glanced or not self.terms["daily"]:
            yield from self._interest(before, at)
        yield from self._fees(before, at)
        if not glanced:
            yield from self._penalty(before, at)

    def _interest(self, before: int, at: int) -> Iterator[Told]:
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

    def _accrued(self, before: int, at: int, day: int, to_day: int) -> Iterator[Told]:
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
        yield self._of_row(Told(day, "interest", "accrued", amount, sentence, formula=formula), rows, row)

    def _penalty(self, before: int, at: int) -> Iterator[Told]:
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
                    one = Told(day, "penalty", "accrued", amount, sentence, formula=formula)
                    yield self._of_row(one, rows, int(index))
                return
            yield Told(day, "penalty", "accrued", left, "penalty_plain")
        elif left:
            yield from self._brought("penalty", day, left, fact)

    def _fees(self, before: int, at: int) -> Iterator[Told]:
        day, fact = self.days[at], self._fact(at)
        left = self.earned["fee"][at] - self.told_earned["fee"]
        self.told_earned["fee"] += left
        if left <= 0 or (fact is not None and fact.kind not in ("disbursed", "fee_charged", "paid")):
            yield from self._brought("fee", day, left, fact)
            return
        if fact is not None:
            names = {"disbursed": "fee_upfront", "fee_charged": "fee_charged", "paid": "fee_early"}
            settles = fact.kind == "paid" and self._moved("status", before, at) != 0
            yield Told(day, "fee", "charged", left, "fee_settling" if settles else names[fact.kind], fact)
            return
        rows, after = self._rows(before), self._rows(at)
        late = after["fee"][: len(rows)] - rows["fee"]
        for index in np.flatnonzero((late > 0) & (rows["due_on"] <= day)):
            amount = min(int(late[index]), left)
            left -= amount
            if amount:
                yield self._of_row(Told(day, "fee", "charged", amount, "fee_late"), rows, int(index))
        due = np.flatnonzero((rows["due_on"] == day) & (rows["fee"] > 0))
        for index in due:
            amount = left if index == due[-1] else min(int(rows["fee"][index]), left)
            left -= amount
            if amount:
                yield self._of_row(Told(day, "fee", "charged", amount, "fee_due"), rows, int(index))
        if left:
            yield Told(day, "fee", "charged", left, "fee_charged")

    def _brought(self, component: str, day: int, amount: int, fact: Fact | None) -> Iterator[Told]:
        if amount:
            sentence = "fell_away" if amount < 0 else "brought"
            if component == "fee" and amount < 0 and fact is not None and fact.kind == "rescheduled":
                sentence = "carried"
            yield Told(day, component, "fell_away", amount, sentence, fact)

    # What became of it: received, waived, written off, capitalised; credit.

    def _changes(self, before: int, at: int) -> Iterator[Told]:
        day, fact = self.days[at], self._fact(at)
        told_before, principal = [], 0
        disbursed = self._moved("disbursed", before, at)
        if disbursed:
            first = self.whats[before] == BEGUN
            told_before.append(Told(day, "principal", "disbursed", disbursed, "disbursed" if first else "drawn", fact))
        for component in BEARING:
            joined = self._moved(f"{component}_capitalised", before, at)
            if joined:
                words = ("capitalised", "capitalised_in") if joined > 0 else ("capitalised_undone",) * 2
                told_before.append(Told(day, component, "capitalised", -joined, words[0], fact))
                told_before.append(Told(day, "principal", "capitalised", joined, words[1], fact, name=component))
        told_before += self._gone("written_off", before, at)
        told_before += self._gone("waived", before, at)
        told_before += self._gone("received", before, at)
        for one in told_before:
            principal += one.amount if one.component == "principal" else 0
        yield from told_before
        yield from self._brought("principal", day, self._moved("principal_outstanding", before, at) - principal, fact)
        yield from self._held(before, at)

    def _gone(self, movement: str, before: int, at: int) -> Iterator[Told]:
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
                    yield Told(day, component, movement, -amount, sentence, fact)
            return
        if movement != "written_off" and fact is not None and fact.kind in ("paid", "waived", "recovered"):
            for one in self._by_row(movement, gone, before, at, fact):
                gone[one.component] += one.amount
                yield one
        for component in self.order:
            if gone[component]:
                sentence = self._whole(movement, component, statuses, fact)
                yield Told(day, component, movement, -gone[component], sentence, fact)

    def _whole(self, movement: str, component: str, statuses: list[int], fact: Fact | None) -> str:
        if movement != "received":
            return "written_off" if movement == "written_off" else "waived_whole"
        if fact is not None and fact.kind == "disbursed":
            return "withheld"
        if statuses == [OPEN, SETTLED]:
            return "received_settling"
        return "received_whole" if component in ("penalty", "fee") else "received_ahead"

    def _by_row(self, movement: str, gone: dict[str, int], before: int, at: int, fact: Fact) -> list[Told]:
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
                    one = Told(day, component, movement, -part, movement, fact)
                    found.append(self._of_row(one, rows, int(index)))
        for component in COMPONENTS:
            if -sum(one.amount for one in found if one.component == component) > gone[component]:
                return []
        return found

    def _held(self, before: int, at: int) -> Iterator[Told]:
        day, fact = self.days[at], self._fact(at)
        refunded, credit = self._moved("refunded", before, at), self._moved("credit_balance", before, at)
        if refunded:
            yield Told(day, "credit", "refunded", -refunded, "refunded", fact)
        held = credit + refunded
        if held:
            movement = "overpaid" if held > 0 else "credit_used"
            yield Told(day, "credit", movement, held, movement, fact)
        recovered = self._moved("recovered", before, at)
        if recovered:
            yield Told(day, "recovered", "recovered", recovered, "recovered", fact)

    def _suspensions(self, before: int, at: int) -> Iterator[Told]:
        for component in ("interest", "penalty"):
            amount = self._moved(f"{component}_suspended", before, at)
            if amount:
                movement = "suspended" if amount > 0 else "resumed"
                day = self.days[at]
                yield Told(day, f"suspended_{component}", movement, amount, movement, self._fact(at), name=component)

    def _to_come(self, at: int) -> Iterator[Told]:
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
                    yield self._of_row(Told(day, component, "to_come", amount, sentence), rows, index)
            if rest and not ahead:
                yield Told(day, component, "to_come", rest, "fell_away" if rest < 0 else "brought")

    def _of_row(self, one: Told, rows: Records, index: int | None) -> Told:
        if index is None:
            return one
        return replace(one, number=index + 1, due_on=int(rows[index]["due_on"]))
