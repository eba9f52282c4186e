"""Taking a borrower's word, judging it by the business date from what was paid, and who takes words that are kept."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext

from duly.collection import services as cases
from duly.collection import timeline
from duly.collection.promises.matching import Given, Paid, Rate, kept_rates, matched
from duly.collection.promises.models import Promise, PromiseEvent
from duly.contact.local_time import lender_date
from duly.engine.errors import InputError
from duly.lending.models import Fact, Loan
from duly.lending.positions import loans_on
from duly.people.models import Borrower

State = Promise.State
# A word given for longer than this is a plan, not a promise.
AT_MOST_DAYS = 31
# A promise is looked at again for so long after its day: money may be taken back, or come in with an earlier date.
LOOKED_AT_AGAIN = datetime.timedelta(days=60)


def take_promise(
    borrower: Borrower,
    amount: int,
    due_on: datetime.date,
    *,
    currency: str,
    by: str,
    through: str,
    on: datetime.date,
    at: datetime.datetime,
    key: str,
    loan: Loan | None = None,
) -> Promise:
    """`borrower` gives their word to pay `amount` (minor units) by `due_on`; planned messages rest until then.

    `by`: a user name, "the borrower", or empty for the machine. The same `key` again gives the first one back. Raises
    InputError for a day that is past or too far off, an amount that is none or above what is owed, and while an earlier
    promise for the same is open.
    """
    there = Promise.objects.filter(key=key).first()
    if there is not None:
        return there
    latest = on + datetime.timedelta(days=AT_MOST_DAYS)
    if not on <= due_on <= latest:
        raise InputError(
            gettext("This day will not do."),
            "/due_on",
            gettext("Choose one from today to %(latest)s; for longer, ask for a plan.") % {"latest": latest},
        )
    held = [one for one in loans_on(borrower, on) if one.currency == currency and one.position.status == "open"]
    owed = sum(one.position.payoff for one in held if loan is None or one.loan.pk == loan.pk)
    if not 0 < amount <= owed:
        raise InputError(
            gettext("This is not an amount that can be paid."), "/amount", gettext("Write what you will pay.")
        )
    with transaction.atomic():
        Borrower.objects.select_for_update().get(pk=borrower.pk)  # one word at a time
        if _open(borrower, currency, loan).exists():
            raise InputError(
                gettext("You have given your word already."),
                "/promise",
                gettext("Keep to it, or take it back first."),
            )
        made = Promise.objects.create(
            borrower=borrower,
            loan=loan,
            key=key,
            amount=amount,
            currency=currency,
            made_on=on,
            made_at=at,
            due_on=due_on,
            through=through,
            by=by,
            facts_before=Fact.objects.aggregate(last=Max("pk"))["last"] or 0,
        )
        _tell([made], on, by)
        cases.hold([borrower.pk], "a promise was made", at)
        timeline.note(borrower, "promise_made", f"to pay by {due_on}", at)
    return made


def withdraw_promise(promise: Promise, by: str, at: datetime.datetime) -> Promise:
    """The word is taken back before its day. Raises InputError when it has been judged."""
    with transaction.atomic():
        held = Promise.objects.select_for_update().get(pk=promise.pk)
        if held.state != State.OPEN:
            raise InputError(gettext("This promise is over."), "/promise", gettext("Make another if you like."))
        held.state = State.WITHDRAWN
        held.save(update_fields=["state"])
        _tell([held], lender_date(at), by)
    return held


def open_promises(borrower: Borrower) -> QuerySet[Promise]:
    """The words of `borrower` that are still to be kept, the next first."""
    return borrower.promises.filter(state=State.OPEN).select_related("loan").order_by("due_on", "pk")


def judge_promises(day: datetime.date, now: datetime.datetime) -> dict[str, int]:
    """Judge every promise as the close of `day` finds it; how many came into each state. Four queries.

    Kept as soon as all has come; partly kept or broken once its day is closed; open again, or broken, when money is
    taken back. Called after each close; again it changes nothing.
    """
    asked = Promise.objects.filter(made_on__lte=day).exclude(state=State.WITHDRAWN)
    promises = list(asked.filter(Q(state=State.OPEN) | Q(due_on__gte=day - LOOKED_AT_AGAIN)))
    if not promises:
        return {}
    received = received_of(promises, day)
    changed = []
    for one in promises:
        state = _state(one, received[one.pk], day)
        if (state, received[one.pk]) != (one.state, one.received):
            moved = state != one.state
            one.state, one.received, one.judged_on = state, received[one.pk], day
            changed.append((one, moved))
    Promise.objects.bulk_update([one for one, _ in changed], ["state", "received", "judged_on"], batch_size=500)
    moved_ones = [one for one, moved in changed if moved]
    _tell(moved_ones, day, "")
    by_state: dict[str, list[Promise]] = defaultdict(list)
    for one in moved_ones:
        by_state[one.state].append(one)
    for state, some in by_state.items():
        timeline.note_all({one.borrower_id for one in some}, f"promise_{state}", "", now)
    return {state: len(some) for state, some in by_state.items()}


def received_of(promises: Collection[Promise], on: datetime.date) -> dict[int, int]:
    """What has been paid of each promise by `on`, in minor units, from the facts on record. Two queries.

    Every promise of these borrowers is looked at with them: money goes to whichever falls due first.
    """
    if not promises:
        return {}
    borrowers = {one.borrower_id for one in promises}
    since = min(one.made_on for one in promises) - datetime.timedelta(days=AT_MOST_DAYS)
    together = Promise.objects.filter(borrower_id__in=borrowers, due_on__gte=since).exclude(state=State.WITHDRAWN)
    found = matched((_given(one) for one in together), _payments(borrowers, since, on))
    return {one.pk: found.get(one.pk, 0) for one in promises}


def borrowers_with_promises(borrower_ids: Collection[int], on: datetime.date) -> dict[int, str]:
    """Whose playbook rests because they gave their word, and until when. One query."""
    there = Promise.objects.filter(borrower_id__in=borrower_ids, state=State.OPEN, made_on__lte=on, due_on__gte=on)
    return {one: f"a promise until {due_on}" for one, due_on in there.values_list("borrower_id", "due_on")}


def rates(since: datetime.date, through: datetime.date, currency: str) -> list[Rate]:
    """How the promises went that fell due from `since` through `through`, by who took them. One query."""
    due = Promise.objects.filter(due_on__range=(since, through), currency=currency)
    rows = list(due.values_list("by", "state", "amount", "received"))
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    return kept_rates(*columns)


def _state(promise: Promise, received: int, day: datetime.date) -> str:
    if received >= promise.amount:
        return State.KEPT
    if day < promise.due_on:
        return State.OPEN
    return State.PARTLY_KEPT if received else State.BROKEN


def _payments(borrowers: Collection[int], since: datetime.date, on: datetime.date) -> Iterable[Paid]:
    paid = Fact.objects.filter(
        loan__borrower_id__in=borrowers, kind=Fact.Kind.PAID, reversed_by=None, value_date__range=(since, on)
    ).order_by("pk")
    columns = ("pk", "loan__borrower_id", "loan_id", "loan__product__currency", "amount", "value_date", "details")
    for *row, details in paid.values_list(*columns):
        # What the borrower had paid too much before is no new money.
        if not (details and details.get("from") == "credit"):
            yield Paid(*row)


def _given(one: Promise) -> Given:
    return Given(
        one.pk, one.borrower_id, one.loan_id, one.currency, one.amount, one.made_on, one.due_on, one.facts_before
    )


def _open(borrower: Borrower, currency: str, loan: Loan | None) -> QuerySet[Promise]:
    there = Promise.objects.filter(borrower=borrower, currency=currency, state=State.OPEN)
    return there if loan is None else there.filter(Q(loan=loan) | Q(loan=None))


def _tell(promises: Iterable[Promise], on: datetime.date, by: str) -> None:
    PromiseEvent.objects.bulk_create(
        PromiseEvent(promise=one, state=one.state, received=one.received, on=on, by=by) for one in promises
    )
