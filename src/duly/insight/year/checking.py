"""What a year must show: nobody is contacted after they have paid, and every promise, plan and deadline adds up.

Each is worked out again from the facts and the log alone, by other ways than the services that did it.
"""

import datetime
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from duly.close.models import Close
from duly.collection.plans.models import Plan, PlanFact
from duly.collection.promises.models import Promise
from duly.contact.log.verify import verify_log
from duly.contact.models import Message
from duly.contact.wording import templates
from duly.duties.services import State, duties_on
from duly.engine.dates import days
from duly.engine.fold import fold
from duly.lending.arrow import FactRows, arranged
from duly.lending.models import Fact
from duly.lending.some_loans import read_some

ONE_DAY = datetime.timedelta(days=1)


@dataclass
class Checked:
    """What was found. `wrong` lists, in words, all that must not be; an empty list is a good year."""

    promises: Counter[str] = field(default_factory=Counter)
    plans: Counter[str] = field(default_factory=Counter)
    late_duties: Counter[str] = field(default_factory=Counter)
    contacts_after_payment: int = 0
    wrong: list[str] = field(default_factory=list)


def check_year(now: datetime.datetime) -> Checked:
    """Check the book as it stands at `now` (an instant in UTC) after a simulated year."""
    found = Checked()
    _contacts_after_payment(found)
    _promises(found)
    _plans(found)
    for line in duties_on(now):
        if line.state is State.LATE and not line.is_window:
            found.late_duties[line.what] += 1
    found.wrong += [f"the log of decisions: {fault}" for fault in verify_log().faults]
    return found


def _contacts_after_payment(found: Checked) -> None:
    """Messages about overdue loans that left when, by the facts of the days before, nothing was overdue any more."""
    about_overdue = [name for name, one in templates().items() if one.about == "overdue"]
    by_day: dict[datetime.date, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    rows = Message.objects.filter(planned__template__in=about_overdue).values_list(
        "sent_at", "planned_id", "planned__loans"
    )
    for sent_at, planned_id, loan_id in rows.iterator():
        by_day[sent_at.date()][planned_id].append(loan_id)
    for day, messages in sorted(by_day.items()):
        overdue = _overdue_before(day, {loan for loans in messages.values() for loan in loans})
        for planned_id, loans in messages.items():
            if not any(loan in overdue for loan in loans):
                found.contacts_after_payment += 1
                found.wrong.append(f"{day}: planned contact {planned_id} left when nothing was overdue")


def _overdue_before(day: datetime.date, loan_ids: set[int]) -> set[int]:
    """The loans of `loan_ids` on which something was overdue on `day`, by what had been paid before it."""
    loans, facts = read_some(sorted(loan_ids))
    kept = facts.value_date < days(day)
    before = FactRows(*(column[kept] for column in facts[:-1]), facts.details)
    position = fold(loans.contracts, arranged(before, loans.id), days(day))
    return set(loans.id[position.days_past_due > 0].tolist())


def _promises(found: Checked) -> None:
    """A promise is kept when what was promised came by its day: summed anew from the facts."""
    last = Close.objects.order_by("-business_date").values_list("business_date", flat=True).first()
    paid: dict[int, list[tuple[int, datetime.date, int]]] = defaultdict(list)
    standing = Fact.objects.filter(kind=Fact.Kind.PAID, reversed_by=None, loan__borrower__promises__isnull=False)
    for row in standing.distinct().values_list("pk", "loan__borrower_id", "value_date", "amount"):
        paid[row[1]].append((row[0], row[2], row[3]))
    by_borrower: dict[int, list[Promise]] = defaultdict(list)
    for one in Promise.objects.order_by("made_at", "pk"):
        by_borrower[one.borrower_id].append(one)
    for borrower_id, promises in by_borrower.items():
        for one in promises:
            found.promises[one.state] += 1
            came = sum(
                amount
                for pk, on, amount in paid[borrower_id]
                if pk > one.facts_before and one.made_on <= on <= one.due_on
            )
            if last is not None and one.due_on < last and one.state in ("kept", "broken", "partly_kept"):
                kept = came >= one.amount
                if kept != (one.state == "kept") and len(promises) == 1:
                    found.wrong.append(f"promise {one.pk} is {one.state}, and {came} of {one.amount} came")


def _plans(found: Checked) -> None:
    """The facts of a plan stand as long as it does, and are taken back when it broke or lapsed."""
    standing: Counter[int] = Counter()
    for plan_id, reversed_by in PlanFact.objects.values_list("plan_id", "fact__reversed_by"):
        standing[plan_id] += reversed_by is None
    for one in Plan.objects.all():
        found.plans[one.state] += 1
        if one.state in ("broken", "lapsed") and standing[one.pk]:
            found.wrong.append(f"plan {one.pk} is {one.state}, and {standing[one.pk]} of its facts stand")
        if one.state in Plan.IN_FORCE and not standing[one.pk]:
            found.wrong.append(f"plan {one.pk} is {one.state}, and none of its facts stands")
