"""The slow, obvious reference: one loan's schedule and position from their definitions, in dates and exact fractions.

Shares no code and no data layout with the engine, and is meant to be read beside docs/engine/semantics.md. Every sum is
worked again from what happened so far: nothing is carried along that could drift.
"""

import calendar
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

COMPONENTS = ("principal", "interest", "penalty", "fee")
DECIMALS = {"CNY": 2, "EUR": 2, "JPY": 0, "KWD": 3}


@dataclass(frozen=True)
class Event:
    """A fact, in order of record. `amount` in minor units; `reverses` is the place of another fact in the list."""

    kind: str
    on: date
    amount: int = 0
    component: str = ""
    reverses: int | None = None


def rounded(value: Fraction, mode: str) -> int:
    """`value`, not negative, as a whole number."""
    if mode == "half_even":
        return round(value)
    if mode == "half_up":
        return math.floor(value + Fraction(1, 2))
    return math.ceil(value) if mode == "up" else math.floor(value)


def year_part(start: date, end: date, day_count: str, days: str = "[start,end)") -> Fraction:
    """The part of a year between two dates: 2006 ISDA Definitions, section 4.16 (b), (d), (e), (f), (g)."""
    if day_count == "act/365":
        return Fraction((end - start).days, 365)
    if day_count == "act/360":
        return Fraction((end - start).days, 360)
    if day_count == "act/act":
        first = start if days == "[start,end)" else start + timedelta(days=1)
        beyond = end if days == "[start,end)" else end + timedelta(days=1)
        total = Fraction(0)
        while first < beyond:
            until = min(beyond, date(first.year + 1, 1, 1))
            total += Fraction((until - first).days, 366 if calendar.isleap(first.year) else 365)
            first = until
        return total
    day1, day2 = start.day, end.day
    if day_count == "30e/360":
        day1, day2 = min(day1, 30), min(day2, 30)
    else:
        if day1 == 31:
            day1 = 30
        if day2 == 31 and day1 == 30:
            day2 = 30
    return Fraction(360 * (end.year - start.year) + 30 * (end.month - start.month) + day2 - day1, 360)


def moved(day: date, periods: int, every: str, month_end: str) -> date:
    """`day` moved by so many periods ("1 month", "2 week", "10 day")."""
    number, unit = every.split()
    step = periods * int(number)
    if unit != "month":
        return day + timedelta(days=step * (7 if unit == "week" else 1))
    year, month = divmod(day.year * 12 + day.month - 1 + step, 12)
    longest = calendar.monthrange(year, month + 1)[1]
    if day.day <= longest:
        return date(year, month + 1, day.day)
    last = date(year, month + 1, longest)
    return last if month_end == "clamp" else last + timedelta(days=1)


@dataclass
class Row:
    """One installment: what it asks for, and everything that was ever taken off it, as (date, component, amount)."""

    due_on: date
    principal: int
    interest: int
    fee: int
    taken: list[tuple[date, str, int]] = field(default_factory=list)
    waived_interest: int = 0  # of what was taken off

    def off(self, component: str) -> int:
        return sum(amount for _, name, amount in self.taken if name == component)

    def principal_before(self, day: date) -> int:
        return self.principal - sum(amount for on, name, amount in self.taken if name == "principal" and on < day)


class Loan:
    """The terms of one contract of the JSON form, and its schedule."""

    def __init__(self, contract: Mapping[str, Any]) -> None:
        minor = 10 ** DECIMALS[contract["currency"]]
        conventions = contract.get("conventions", {})
        rounding = contract.get("rounding", {})
        penalty = contract.get("penalty", {})
        self.principal = int(Fraction(contract["principal"]) * minor)
        self.rate = Fraction(contract["annual_rate"])
        self.method = contract["method"]
        self.count = contract["installments"]
        self.every = contract.get("every", "1 month")
        self.day_count = contract.get("day_count", "30/360")
        self.mode = rounding.get("mode", "half_even")
        self.unit = int(Fraction(rounding.get("installment_to") or Fraction(1, minor)) * minor)
        self.fee = int(sum(Fraction(fee["amount"]) for fee in contract.get("fees", [])) * minor)
        self.penalty_rate = Fraction(penalty.get("annual_rate", "0.105"))
        self.grace_days = penalty.get("grace_days", 0)
        self.penalty_day_count = penalty.get("day_count", "act/365")
        self.order = contract.get("allocation", {}).get("order", ["penalty", "fee", "interest", "principal"])
        self.days = conventions.get("days", "[start,end)")
        self.month_end = conventions.get("month_end", "clamp")
        self.dpd_on_due_day = conventions.get("dpd_on_due_day", 0)
        self.to_next_due = conventions.get("payoff_interest", "to_date") == "to_next_due"
        self.start = date.fromisoformat(contract["disbursed_on"])
        second = moved(self.start, 1, self.every, self.month_end)
        self.first_due = date.fromisoformat(contract["first_due_on"]) if contract.get("first_due_on") else second
        self.regular = self.first_due == second
        self.installment = self._installment()
        self.rows = self._rows()

    def due(self, number: int) -> date:
        if self.regular:
            return moved(self.start, number, self.every, self.month_end)
        return moved(self.first_due, number - 1, self.every, self.month_end)

    def interest(self, balance: int, start: date, end: date) -> int:
        return rounded(balance * self.rate * year_part(start, end, self.day_count, self.days), self.mode)

    def _installment(self) -> int:
        # The level amount whose present value, each period discounted by its own growth, is the principal.
        discount, annuity = Fraction(1), Fraction(0)
        for number in range(1, self.count + 1):
            part = year_part(self.due(number - 1), self.due(number), self.day_count, self.days)
            discount /= 1 + self.rate * part
            annuity += discount
        return rounded(self.principal / annuity / self.unit, self.mode) * self.unit

    def _rows(self) -> list[Row]:
        count = 1 if self.method == "bullet" else self.count
        share = self.fee // count
        rows: list[Row] = []
        for number in range(1, count + 1):
            last = number == count
            balance = self.principal - sum(row.principal for row in rows)
            start = rows[-1].due_on if rows else self.start
            due_on = self.due(self.count if last else number)
            if last:
                principal = balance
            elif self.method == "equal_installment":
                regular_interest = self.interest(balance, self.due(number - 1), due_on)
                principal = max(0, min(balance, self.installment - regular_interest))
            elif self.method == "equal_principal":
                each = rounded(Fraction(self.principal, count * self.unit), self.mode) * self.unit
                principal = min(balance, each)
            else:
                principal = 0
            fee = self.fee - share * (count - 1) if last else share
            rows.append(Row(due_on, principal, self.interest(balance, start, due_on), fee))
        return rows


class Story:
    """What became of a loan: its facts taken in, day after day."""

    def __init__(self, loan: Loan) -> None:
        self.loan = loan
        self.rows = loan.rows
        self.status = "not_disbursed"
        self.ended_on: date | None = None
        self.marks: list[date] = []  # days on which facts came, where the pieces of penalty end
        self.received = self.credit = 0
        self.received_of = dict.fromkeys(COMPONENTS, 0)
        self.waived_of = dict.fromkeys(COMPONENTS, 0)
        self.written_off_of = dict.fromkeys(COMPONENTS, 0)
        self.accrued_at_end = 0

    # What is owed

    def penalty(self, row: Row, day: date) -> int:
        """Penalty that accrued on one row, piece by piece; none while the grace days last."""
        day = min(day, self.ended_on or day)
        total, start = 0, row.due_on
        for mark in [*self.marks, day]:
            if row.due_on + timedelta(days=self.loan.grace_days) < mark <= day:
                part = year_part(start, mark, self.loan.penalty_day_count, self.loan.days)
                total += rounded(row.principal_before(mark) * self.loan.penalty_rate * part, self.loan.mode)
                start = mark
        return total

    def left(self, row: Row, component: str, day: date) -> int:
        asked = self.penalty(row, day) if component == "penalty" else getattr(row, component)
        return asked - row.off(component)

    def all_left(self, day: date, component: str) -> int:
        return sum(self.left(row, component, day) for row in self.rows)

    def accrued(self, day: date, to_next_due: bool = False) -> tuple[int, int]:
        """Interest of the periods that are over, and of the one that runs."""
        over = sum(row.interest for row in self.rows if row.due_on <= day)
        future = [row for row in self.rows if row.due_on > day]
        if not future:
            return over, 0
        if to_next_due:
            return over, future[0].interest
        past = [row for row in self.rows if row.due_on <= day]
        balance = self.loan.principal - sum(row.principal for row in past)
        start = past[-1].due_on if past else self.loan.start
        return over, min(future[0].interest, self.loan.interest(balance, start, day) if day > start else 0)

    def payoff(self, day: date) -> int:
        """What settles the loan: all principal, interest to the day less what was paid ahead, penalty, every fee."""
        return (
            self.all_left(day, "principal")
            + self.interest_to_settle(day)
            + self.all_left(day, "penalty")
            + self.all_left(day, "fee")
        )

    def interest_to_settle(self, day: date) -> int:
        """What is due and left, and what has accrued since: less what was waived of it, never below zero, less what
        was paid ahead. A waiver of interest that falls away pays for nothing else."""
        due = sum(self.left(row, "interest", day) for row in self.rows if row.due_on <= day)
        ahead = [row for row in self.rows if row.due_on > day]
        waived = sum(row.waived_interest for row in ahead)
        paid = sum(row.off("interest") - row.waived_interest for row in ahead)
        return due + max(0, self.accrued(day, self.loan.to_next_due)[1] - waived) - paid

    # What happened

    def take_in(self, event: Event) -> None:
        if event.kind == "disbursed":
            self.status = "open"
        elif event.kind == "paid":
            self.received += event.amount
            if self.status == "open":
                self._pay(event.on, event.amount)
            else:
                self.credit += event.amount
        elif self.status == "open" and event.kind == "waived":
            self.marks.append(event.on)
            rest = event.amount
            for row in self.rows:
                part = self._take(row, event.component, rest, event.on, self.waived_of)
                row.waived_interest += part if event.component == "interest" else 0
                rest -= part
            self._end_if_nothing_is_left(event.on)
        elif self.status == "open" and event.kind == "written_off":
            self._write_off(event.on)

    def _take(self, row: Row, component: str, most: int, day: date, totals: dict[str, int]) -> int:
        part = min(most, self.left(row, component, day))
        row.taken.append((day, component, part))
        totals[component] += part
        return part

    def _pay(self, day: date, amount: int) -> None:
        self.marks.append(day)
        payoff = self.payoff(day)
        if amount >= payoff:
            before = sum(self.received_of.values())
            for component in ("principal", "penalty", "fee"):
                self.received_of[component] += self.all_left(day, component)
            self.received_of["interest"] += self.interest_to_settle(day)
            assert sum(self.received_of.values()) - before == payoff
            self.credit += amount - payoff
            self._end("settled", day)
            return
        rest = amount
        for row in self.rows:
            for component in self.loan.order:
                rest -= self._take(row, component, rest, day, self.received_of)
        self.credit += rest
        self._end_if_nothing_is_left(day)

    def _end_if_nothing_is_left(self, day: date) -> None:
        if all(self.all_left(day, component) == 0 for component in COMPONENTS):
            self._end("settled", day)

    def _write_off(self, day: date) -> None:
        self.marks.append(day)
        self.accrued_at_end = sum(self.accrued(day))
        lost = self.accrued_at_end - self.received_of["interest"] - self.waived_of["interest"]
        self.written_off_of = {
            "principal": self.all_left(day, "principal"),
            "interest": max(0, lost),
            "penalty": self.all_left(day, "penalty"),
            "fee": sum(self.left(row, "fee", day) for row in self.rows if row.due_on <= day),
        }
        self._end("written_off", day)

    def _end(self, status: str, day: date) -> None:
        self.status, self.ended_on = status, day


def story(contract: Mapping[str, Any], events: Sequence[Event], as_of: date) -> Story:
    """What became of the loan by `as_of`: facts by date, then order of record, less those that were taken back."""
    taken_back = {event.reverses for event in events if event.kind == "reversed" and event.on <= as_of}
    counted = [event for place, event in enumerate(events) if event.on <= as_of and place not in taken_back]
    told = Story(Loan(contract))
    for event in sorted(counted, key=lambda event: event.on):
        told.take_in(event)
    return told


def position(contract: Mapping[str, Any], events: Sequence[Event], as_of: date) -> dict[str, Any]:
    """Every figure of a position, by the names of the engine's columns; dates as dates, None where there is none."""
    told = story(contract, events, as_of)
    loan, rows, is_open = told.loan, told.rows, told.status == "open"
    found: dict[str, Any] = {
        "status": told.status,
        "settled_on": told.ended_on if told.status == "settled" else None,
        "received": told.received,
        "credit_balance": told.credit,
        "disbursed": 0 if told.status == "not_disbursed" else loan.principal,
    }

    def left(row: Row) -> int:
        return sum(told.left(row, component, as_of) for component in ("principal", "interest", "fee"))

    due = [row for row in rows if is_open and row.due_on <= as_of]
    overdue = [row for row in due if row.due_on < as_of or loan.dpd_on_due_day]
    for component in COMPONENTS:
        found[f"{component}_outstanding"] = told.all_left(as_of, component) if is_open else 0
        found[f"{component}_due"] = sum(told.left(row, component, as_of) for row in due)
        found[f"{component}_overdue"] = sum(told.left(row, component, as_of) for row in overdue)
        found[f"{component}_received"] = told.received_of[component]
        found[f"{component}_waived"] = told.waived_of[component]
        found[f"{component}_written_off"] = told.written_off_of[component]
    unpaid = [row for row in due if left(row) > 0]
    found["oldest_unpaid_due_on"] = unpaid[0].due_on if unpaid else None
    found["days_past_due"] = (as_of - unpaid[0].due_on).days + loan.dpd_on_due_day if unpaid else 0
    coming = [row for row in rows if is_open and row.due_on >= as_of and left(row) > 0]
    found["next_due_on"] = coming[0].due_on if coming else None
    found["next_due_amount"] = left(coming[0]) + told.left(coming[0], "penalty", as_of) if coming else 0
    found["payoff"] = max(0, told.payoff(as_of)) if is_open else 0
    settled_interest = told.received_of["interest"] + told.waived_of["interest"]
    over, running = told.accrued(as_of) if is_open else (0, 0)
    found["accrued_interest"] = max(0, running - max(0, settled_interest - over))
    if is_open:
        found["interest_earned"] = over + running
    else:
        found["interest_earned"] = max(settled_interest, told.accrued_at_end)
    disbursed = told.status != "not_disbursed"
    found["penalty_earned"] = sum(told.penalty(row, as_of) for row in rows) if disbursed else 0
    if told.status == "written_off":
        found["fee_earned"] = sum(
            row.fee if row.due_on <= min(as_of, told.ended_on or as_of) else row.off("fee") for row in rows
        )
    elif told.status == "settled":
        found["fee_earned"] = loan.fee
    else:
        found["fee_earned"] = sum(row.fee if row.due_on <= as_of else row.off("fee") for row in rows) * disbursed
    return found
