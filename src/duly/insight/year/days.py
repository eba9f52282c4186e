"""A simulated year, day by day: the post leaves, people answer, staff work, money comes in, the day is closed.

Every act goes through the service that a lender's own page, program or command would call.
"""

import datetime
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

import numpy as np
from django.contrib.auth.models import User

from duly.close.models import Position
from duly.close.services import close_day, close_through
from duly.collection import tasks
from duly.collection.after_close import work_close
from duly.collection.complaints.models import Complaint
from duly.collection.complaints.services import acknowledge, answer, receive_complaint
from duly.collection.hardship.models import HardshipApplication
from duly.collection.hardship.services import apply_for_relief, grant_relief
from duly.collection.models import Task
from duly.collection.plans.offering import Asker
from duly.collection.plans.services import agree_to_plans, ask_code, offer_plans, offers_waiting
from duly.collection.promises.services import take_promise
from duly.contact.calls import Refused, begin_call, finish_call
from duly.contact.models import Message, Outcome
from duly.contact.outbox import send_due
from duly.engine.dates import days
from duly.engine.errors import InputError
from duly.engine.fold import fold
from duly.insight.year.book import make_book, make_staff
from duly.insight.year.clock import Clock, held
from duly.insight.year.people import (
    BOUNCES,
    DISPUTING,
    GONE,
    IN_HARDSHIP,
    KEEPS_A_PROMISE,
    NEVER,
    STRAINED,
    WANTS_A_PLAN,
    Int64,
    make_people,
)
from duly.lending.arrow import arranged
from duly.lending.models import Loan
from duly.lending.services import reverse_fact
from duly.lending.some_loans import read_some
from duly.payments.arrivals import Arrivals
from duly.payments.bulk import receive_many
from duly.people import codes
from duly.people.models import Borrower

ONE_DAY = datetime.timedelta(days=1)
CURRENCY = "CNY"
CALLS_A_DAY = 50  # that one collector makes
LASTS = datetime.timedelta(minutes=4)  # a call
ANSWERED_AFTER, DECIDED_AFTER = datetime.timedelta(days=4), datetime.timedelta(days=2)
RELIEF_DAYS = 60
BORROWER = "the borrower"


@dataclass
class Lived:
    """What was done in the year, by how many."""

    paid: int = 0
    bounced: int = 0
    messages: int = 0
    calls: int = 0
    refused_calls: int = 0
    promises: int = 0
    plans: int = 0
    complaints: int = 0
    relief: int = 0
    closes: int = 0
    not_done: dict[str, int] = field(default_factory=dict)

    def could_not(self, what: str) -> None:
        """Count what a service refused, by its words."""
        self.not_done[what] = self.not_done.get(what, 0) + 1


def live_year(
    number: int, first: datetime.date, last: datetime.date, seed: int, collectors: int, progress: Callable[[], None]
) -> Lived:
    """Live from `first` through `last` with so many borrowers and collectors; `progress` is called after each day.

    The book must be empty. The same seed lives the same lives.
    """
    midnight = datetime.datetime.combine(first, datetime.time(), datetime.UTC)
    with held(midnight) as clock, _telephones() as texts:
        year = _Year(number, first, seed, collectors, clock, texts)
        close_through(first - ONE_DAY)
        day = first
        while day <= last:
            year.one_day(day)
            progress()
            day += ONE_DAY
    return year.lived


@contextmanager
def _telephones() -> Iterator[dict[str, str]]:
    """The borrowers' own telephones: the last text that came to each number."""
    texts: dict[str, str] = {}
    with patch.object(codes, "send_text", lambda address, subject, text: texts.__setitem__(address, text)):
        yield texts


class _Year:
    """The state of the simulation beside the book: the people, and what happens on which day."""

    def __init__(
        self, number: int, first: datetime.date, seed: int, collectors: int, clock: Clock, texts: dict[str, str]
    ) -> None:
        self.people = make_people(number, seed)
        self.random = self.people.random
        self.borrowers, self.loans = make_book(number, first, self.random)
        self.collectors, self.legal = make_staff(collectors)
        self.clock, self.texts = clock, texts
        self.number_of = {pk: one for one, pk in enumerate(self.borrowers)}
        self.of_loan = {pk: one for one, pk in enumerate(self.loans)}
        self.in_plan: set[int] = set()
        self.bouncing: list[tuple[datetime.date, int]] = []
        self.lived = Lived()

    def one_day(self, day: datetime.date) -> None:
        """One business day, from the morning's post to the work after its close."""
        self._fall_due(day)
        self._post(day)
        self._desk(day)
        self._staff(day)
        self._money(day)
        close_day(day)
        self.lived.closes += 1
        work_close(day, self.clock.turn_to(day + ONE_DAY, 9))

    def _fall_due(self, day: datetime.date) -> None:
        due = Position.objects.filter(status=Position.Status.OPEN, next_due_on=day).values_list("loan_id", flat=True)
        who = np.array(sorted(self.of_loan[pk] for pk in due), np.int64)
        planned = np.array([one in self.in_plan for one in who.tolist()], np.bool_)
        self.people.fall_due(who[~planned], days(day))
        keeping = who[planned]
        self.people.pays_on[keeping[self.people.keeps[keeping]]] = days(day)

    def _post(self, day: datetime.date) -> None:
        now = self.clock.turn_to(day, 10, 30)
        self.lived.messages += send_due(now).sent
        reached = Message.objects.filter(sent_at=now).exclude(planned__template="due_soon")
        who = np.array(sorted({self.number_of[pk] for pk in reached.values_list("planned__borrower_id", flat=True)}))
        if len(who):
            self.people.are_reminded(who, days(day))
            read_at = self.clock.turn_to(day, 10, 45)
            for one in self.people.answer(who, called=False).tolist():
                self._speaks(one, day, read_at, "portal")

    def _desk(self, day: datetime.date) -> None:
        """Collectors make the calls that are due, most urgent first, as many as they can."""
        now = self.clock.turn_to(day, 11)
        waiting = Task.objects.filter(status=Task.Status.OPEN, channel="voice", due_from__lte=now)
        able = CALLS_A_DAY * len(self.collectors)
        for place, task in enumerate(waiting.select_related("case__borrower").order_by("due_by", "pk")[:able]):
            by = self.collectors[place % len(self.collectors)]
            self._call(task, by, day, now + datetime.timedelta(minutes=place // len(self.collectors) * 5))

    def _call(self, task: Task, by: User, day: datetime.date, now: datetime.datetime) -> None:
        borrower = task.case.borrower
        one = self.number_of[borrower.pk]
        try:
            call = begin_call(borrower, by, task.purpose, now)
        except Refused:
            self.lived.refused_calls += 1
            return
        except InputError as error:
            # The number is known to reach nobody: whoever looked at the task says so, and it is done with.
            self.lived.could_not(error.what)
            tasks.task_done(task, "not_reachable", by, now)
            return
        self.lived.calls += 1
        temper, lot = self.people.temper[one], self.random.random()
        if temper == GONE:
            outcome = Outcome.WRONG_NUMBER if lot < 0.2 else Outcome.NO_ANSWER
        else:
            outcome = Outcome.REACHED if lot < 0.6 else Outcome.NO_ANSWER
        ended = now + LASTS
        finish_call(call, outcome, "", ended)
        try:
            tasks.task_done(task, outcome, by, ended)
        except InputError as error:
            self.lived.could_not(error.what)
        if outcome == Outcome.REACHED:
            self.people.are_reminded(np.array([one]), days(day))
            for speaking in self.people.answer(np.array([one]), called=True).tolist():
                self._speaks(speaking, day, ended, "desk", by.get_username())

    def _speaks(self, one: int, day: datetime.date, now: datetime.datetime, through: str, by: str = BORROWER) -> None:
        """Somebody speaks up, each in their way: objects, asks for relief, for a plan, or gives their word."""
        temper = self.people.temper[one]
        borrower = Borrower.objects.get(pk=self.borrowers[one])
        try:
            if temper == DISPUTING and not self.people.asked[one]:
                self._disputes(borrower, one, now)
            elif temper == IN_HARDSHIP and not self.people.asked[one]:
                apply_for_relief(borrower, "lost_work", "", at=now, key=f"relief/{one}")
                self.people.asked[one] = True
            elif temper == STRAINED and one not in self.in_plan:
                if self.random.random() < WANTS_A_PLAN:
                    self._plans(borrower, one, day, now, through, by)
                else:
                    self._promises(borrower, one, day, now, through, by)
        except InputError as error:
            self.lived.could_not(error.what)

    def _disputes(self, borrower: Borrower, one: int, now: datetime.datetime) -> None:
        receive_complaint(
            borrower, "amount", "The penalty is wrong.", channel="portal", by=BORROWER, now=now, key=f"dispute/{one}"
        )
        self.people.asked[one] = True
        self.lived.complaints += 1

    def _promises(
        self, borrower: Borrower, one: int, day: datetime.date, now: datetime.datetime, through: str, by: str
    ) -> None:
        amount = self._owed([one], day)[one]
        if amount <= 0:
            return
        due_on = day + int(self.random.integers(2, 8)) * ONE_DAY
        key = f"promise/{one}/{day}"
        take_promise(borrower, amount, due_on, currency=CURRENCY, by=by, through=through, on=day, at=now, key=key)
        self.lived.promises += 1
        if self.random.random() < KEEPS_A_PROMISE:
            self.people.pays_on[one] = days(due_on)

    def _plans(
        self, borrower: Borrower, one: int, day: datetime.date, now: datetime.datetime, through: str, by: str
    ) -> None:
        owed = self._owed([one], day)[one]
        if owed <= 0:
            return
        asker = Asker(through, by)
        first_due_on = day + int(self.random.integers(10, 31)) * ONE_DAY
        key = f"plan/{one}/{day}"
        offer_plans(borrower, max(owed // 2, 60_00), first_due_on, asker, currency=CURRENCY, on=day, at=now, key=key)
        offers = offers_waiting(borrower, day)
        if not offers:
            self.lived.could_not("no plan fits")
            return
        chosen = offers[:1]
        ask_code(chosen, day)
        found = re.search(r"\d{6}", self.texts[borrower.phone])
        agree_to_plans(chosen, found[0] if found else "", on=day, at=now)
        self.in_plan.add(one)
        self.people.pays_on[one] = days(day) if chosen[0].down_payment and self.people.keeps[one] else NEVER
        self.lived.plans += 1

    def _staff(self, day: datetime.date) -> None:
        """The legal department answers what has waited for some days."""
        now = self.clock.turn_to(day, 16)
        for one in Complaint.objects.filter(answered_at=None).select_related("borrower"):
            if one.acknowledged_at is None:
                acknowledge(one, "legal-1", now)
            if now - one.received_at >= ANSWERED_AFTER:
                answer(one, "not_upheld", "none", "The penalty is as agreed.", by="legal-1", now=now)
        waiting = HardshipApplication.objects.filter(decided_at=None, asked_at__lte=now - DECIDED_AFTER)
        for application in waiting.select_related("borrower"):
            try:
                grant_relief(application, RELIEF_DAYS, by=self.legal[0], why="as told", at=now)
                self.lived.relief += 1
            except InputError as error:
                self.lived.could_not(error.what)

    def _money(self, day: datetime.date) -> None:
        """What people mean to pay by today comes in; some of an earlier day's bounces."""
        self.clock.turn_to(day, 18)
        for fact_id in [fact for on, fact in self.bouncing if on == day]:
            self._bounce(fact_id, day)
        self.bouncing = [(on, fact) for on, fact in self.bouncing if on > day]
        who = np.flatnonzero(self.people.pays_on <= days(day))
        self.people.pays_on[who] = NEVER
        owed = self._owed(who.tolist(), day)
        paying = [(one, amount) for one, amount in owed.items() if amount > 0]
        if not paying:
            return
        receipts = receive_many(
            Arrivals(
                source="bank:simulated",
                source_id=[f"{day:%Y%m%d}-{one}" for one, _ in paying],
                method="bank",
                loan=[f"L{one:06d}" for one, _ in paying],
                amount=[amount for _, amount in paying],
                currency=[CURRENCY] * len(paying),
                value_date=[day] * len(paying),
            )
        )
        self.lived.paid += len(receipts)
        lots = self.random.random(len(receipts))
        self.bouncing += [
            (day + 2 * ONE_DAY, one.fact_id)
            for one, lot in zip(receipts, lots, strict=True)
            if lot < BOUNCES and one.fact_id is not None
        ]

    def _bounce(self, fact_id: int, day: datetime.date) -> None:
        found = Loan.objects.get(facts=fact_id).facts.get(pk=fact_id)
        reverse_fact(found.idempotency_key, day, key=f"bounce/{fact_id}")
        self.people.pays_on[self.of_loan[found.loan_id]] = days(day + 3 * ONE_DAY)
        self.lived.bounced += 1

    def _owed(self, who: list[int], day: datetime.date) -> dict[int, int]:
        """What falls due by `day` on the loan of each, in minor units; of a plan that waits, its first payment."""
        if not who:
            return {}
        loans, facts = read_some([self.loans[one] for one in who])
        found = fold(loans.contracts, arranged(facts, loans.id), days(day))
        due: Int64 = found.principal_due + found.interest_due + found.penalty_due + found.fee_due
        return {self.of_loan[pk]: int(amount) for pk, amount in zip(loans.id.tolist(), due, strict=True)}
