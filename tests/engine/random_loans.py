"""Random loans and what happens to them, from a seed: ordinary lives, and every odd turn that the fold must survive."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from reference import DECIMALS, Event, Loan, story

METHODS = ("equal_installment", "equal_installment", "equal_principal", "interest_only", "bullet")
PERIODS = ("1 month", "1 month", "1 month", "2 week", "10 day", "3 month", "1 day")


@dataclass(frozen=True)
class Case:
    """A contract in its JSON form, what happened, and the date that is asked about."""

    contract: dict[str, Any]
    events: list[Event]
    as_of: date


def cases(seed: int, count: int) -> Iterator[Case]:
    """`count` cases, the same for the same `seed`."""
    chance = random.Random(seed)
    for _ in range(count):
        yield random_case(chance)


def random_case(chance: random.Random) -> Case:
    contract = random_contract(chance)
    loan = Loan(contract)
    events = random_events(chance, contract, loan)
    return Case(contract, events, _some_day(chance, loan))


def random_contract(chance: random.Random) -> dict[str, Any]:
    currency = chance.choice(list(DECIMALS))
    decimals = DECIMALS[currency]
    disbursed_on = date(2019, 1, 1) + timedelta(days=chance.randrange(2500))
    if chance.random() < 0.25:
        disbursed_on = (disbursed_on.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    every = chance.choice(PERIODS)
    odd_first = chance.random() < 0.25
    order = ["penalty", "fee", "interest", "principal"]
    if chance.random() < 0.4:
        chance.shuffle(order)
    return {
        "currency": currency,
        "principal": major(chance.choice([chance.randrange(1, 1000), chance.randrange(1, 10**7)]), decimals),
        "disbursed_on": disbursed_on.isoformat(),
        "annual_rate": chance.choice(["0", "0.07", "0.18", "0.24", "0.365", "0.123457", "1.5", "12"]),
        "day_count": chance.choice(["30/360", "30e/360", "act/365", "act/360", "act/act"]),
        "method": chance.choice(METHODS),
        "installments": chance.choice([1, 2, 3, 6, 12, chance.randrange(1, 25)]),
        "every": every,
        "first_due_on": (disbursed_on + timedelta(days=chance.randrange(1, 60))).isoformat() if odd_first else None,
        "rounding": {
            "mode": chance.choice(["half_even", "half_up", "up", "down"]),
            "installment_to": chance.choice([None, None, "1", "10", major(1, decimals), major(5, decimals)]),
        },
        "fees": [{"on": "installments", "amount": major(chance.randrange(500), decimals)}] * chance.randrange(3),
        "penalty": {
            "annual_rate": chance.choice(["0", "0.105", "0.27", "3"]),
            "grace_days": chance.choice([0, 0, 1, 3, 15]),
            "day_count": chance.choice(["act/365", "act/360", "30/360", "act/act"]),
        },
        "allocation": {"order": order},
        "conventions": {
            "days": chance.choice(["[start,end)", "(start,end]"]),
            "month_end": chance.choice(["clamp", "roll"]),
            "dpd_on_due_day": chance.choice([0, 0, 1]),
            "payoff_interest": chance.choice(["to_date", "to_date", "to_next_due"]),
        },
    }


def random_events(chance: random.Random, contract: dict[str, Any], loan: Loan) -> list[Event]:
    """Facts in order of record: mostly a disbursement and payments; some recorded late, some taken back."""
    events = [] if chance.random() < 0.02 else [Event("disbursed", loan.start, loan.principal)]
    days = [_some_day(chance, loan) for _ in range(chance.choice([0, 1, 2, 3, 5, 8]))]
    if chance.random() < 0.8:
        days.sort()
    for day in days:
        kind = chance.choices(["paid", "waived", "reversed", "written_off"], [80, 10, 12, 2])[0]
        if kind == "reversed":
            event = _random_reversal(chance, events, day)
        elif kind == "written_off":
            event = Event(kind, day)
        else:
            component = chance.choice(["principal", "interest", "penalty", "fee"]) if kind == "waived" else ""
            event = Event(kind, day, _some_amount(chance, contract, loan, events, day), component)
        if event is not None:
            events.append(event)
    return events


def _random_reversal(chance: random.Random, events: list[Event], day: date) -> Event | None:
    gone = {event.reverses for event in events}
    places = [
        place
        for place, event in enumerate(events)
        if event.kind not in ("disbursed", "reversed") and place not in gone and event.on <= day
    ]
    return Event("reversed", day, reverses=chance.choice(places)) if places else None


def _some_day(chance: random.Random, loan: Loan) -> date:
    due_on = chance.choice(loan.rows).due_on
    length = (loan.rows[-1].due_on - loan.start).days
    day = chance.choice(
        [
            due_on,
            due_on + timedelta(days=chance.randrange(-5, 20)),
            loan.start + timedelta(days=chance.randrange(length + 60)),
            loan.rows[-1].due_on + timedelta(days=chance.randrange(200)),
        ]
    )
    return max(day, loan.start)


def _some_amount(chance: random.Random, contract: dict[str, Any], loan: Loan, events: list[Event], day: date) -> int:
    kind = chance.choice(["row", "row", "part", "any", "payoff", "payoff but one"])
    row = chance.choice(loan.rows)
    total = row.principal + row.interest + row.fee
    if kind == "row":
        amount = total
    elif kind == "part":
        amount = chance.randrange(total + 1)
    elif kind == "any":
        amount = chance.randrange(1, loan.principal * 2 + 1)
    else:
        amount = story(contract, events, day).payoff(day) - (kind == "payoff but one")
    return max(1, amount)


def major(minor: int, decimals: int) -> str:
    """Minor units as the decimal string of the JSON form."""
    return f"{Decimal(minor).scaleb(-decimals):f}"
