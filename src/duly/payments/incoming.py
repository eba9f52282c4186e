"""Money that came in, one payment at a time: received, and taken back again by the payer's bank."""

import datetime
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Sum

from duly.engine.errors import InputError
from duly.lending import services as lending
from duly.lending.models import Fact
from duly.payments.arrivals import Arrivals, Details
from duly.payments.bulk import Receipt, receive_many
from duly.payments.models import BankEntry, IncomingPayment, Outcome, Suspense
from duly.payments.models.incoming import COMES_BACK, LEAVES, payment_id_of
from duly.payments.signals import money_arrived


def receive(
    source: str,
    source_id: str,
    amount: int,
    currency: str,
    value_date: datetime.date,
    *,
    method: str,
    loan: str = "",
    prepays: bool = False,
    details: Details | None = None,
    may_wait: bool = True,
    waits_for: str = "",
) -> Receipt:
    """Record one payment and post it to `loan` (its reference), or let it wait; again changes nothing.

    `amount` in minor units. Raises InputError with nothing recorded for what cannot be: see `bulk.receive_many`.
    """
    arrivals = Arrivals(
        source=source,
        method=method,
        source_id=[source_id],
        loan=[loan],
        amount=[amount],
        currency=[currency],
        value_date=[value_date],
        prepays=[prepays],
        waits_for=[waits_for],
        details=[details],
    )
    receipt = receive_many(arrivals, may_wait=may_wait)[0]
    if receipt.error is not None:
        raise receipt.error
    return receipt


@dataclass(frozen=True)
class Whereabouts:
    """Where the money of one payment is, in minor units; together they are its amount."""

    posted: int
    waiting: int
    refunded: int
    returned: int
    own: int


def whereabouts(payment: IncomingPayment) -> Whereabouts:
    """Where the money of `payment` is, by everything that became of it. Two queries."""
    sums = dict(payment.outcomes.values_list("kind").annotate(sum=Sum("amount")).order_by())
    posted = (payment.amount if payment.fact_id else 0) + sums.get("posted", 0) - sums.get("unposted", 0)
    waiting = Suspense.objects.filter(payment=payment).values_list("amount", flat=True).first() or 0
    return Whereabouts(
        posted=posted,
        waiting=waiting,
        refunded=sums.get("refunded", 0) - sums.get("unrefunded", 0),
        returned=sums.get("returned", 0),
        own=sums.get("own", 0),
    )


def locked(payment_id: int) -> IncomingPayment:
    """The payment, with its row as the lock: two people never dispose of the same money. Call inside a transaction."""
    return IncomingPayment.objects.select_for_update(of=("self",)).select_related("fact__loan").get(pk=payment_id)


def standing_facts(payment: IncomingPayment) -> list[Fact]:
    """The facts that the payment's money is posted as: not those that were reversed."""
    ids = [payment.fact_id, *payment.outcomes.filter(kind="posted").values_list("fact_id", flat=True)]
    return list(
        Fact.objects.filter(pk__in=[one for one in ids if one], reversed_by__isnull=True)
        .select_related("loan__product")
        .order_by("pk")
    )


def set_waiting(payment: IncomingPayment, kind: str, amount: int, reason: str = "") -> None:
    """Move what waits of a locked payment by an outcome of `kind`. Raises InputError for more than waits."""
    there = Suspense.objects.select_for_update().filter(payment=payment).first()
    waiting = there.amount if there else 0
    change = -amount if kind in LEAVES else amount if kind in COMES_BACK else 0
    if waiting + change < 0:
        raise InputError(
            f"{amount} is more than the {waiting} that waits of this payment", "/amount", "look at it again: it moved"
        )
    if waiting + change == 0:
        Suspense.objects.filter(payment=payment).delete()
    elif there is None:
        Suspense.objects.create(payment=payment, amount=change, reason=reason)
    else:
        there.amount = waiting + change
        there.save(update_fields=["amount"])


def post(
    payment: IncomingPayment, loan: str, amount: int, *, by: User | None, prepays: bool = False, why: str = ""
) -> Outcome:
    """Post `amount` of what waits of a locked payment to `loan`. Raises InputError for what cannot be."""
    number = payment.outcomes.filter(kind="posted").count() + 1
    fact = record(loan, amount, payment.value_date, f"incoming/{payment.pk}/{number}", payment.source, prepays)
    if fact.loan.product.currency != payment.currency:
        raise InputError(f"loan {loan} is not in {payment.currency}", "/loan", "name a loan in the payment's currency")
    set_waiting(payment, "posted", amount)
    outcome = Outcome.objects.create(payment=payment, kind="posted", amount=amount, fact=fact, by=by, why=why)
    transaction.on_commit(lambda: money_arrived.send(sender=None, loan_ids=frozenset({fact.loan_id})), robust=True)
    return outcome


def record(loan: str, amount: int, value_date: datetime.date, key: str, source: str, prepays: bool = False) -> Fact:
    """Money on a loan: a recovery where it is written off by then, else a payment."""
    lost = Fact.objects.filter(
        loan__reference=loan, kind="written_off", value_date__lte=value_date, reversed_by__isnull=True
    )
    if lost.exists():
        return lending.record_recovery(loan, amount, value_date, key=key, source=source)
    return lending.record_payment(loan, amount, value_date, key=key, prepays=prepays, source=source)


def unpost(payment: IncomingPayment, fact: Fact, on: datetime.date, *, by: User | None, why: str, reason: str) -> None:
    """Reverse one fact of a locked payment, so that its money waits again."""
    reversal = lending.reverse_fact(
        fact.idempotency_key, max(on, fact.value_date), key=f"{fact.idempotency_key}/back", source=payment.source
    )
    set_waiting(payment, "unposted", fact.amount or 0, reason)
    Outcome.objects.create(payment=payment, kind="unposted", amount=fact.amount, fact=reversal, by=by, why=why)


def reverse_posting(fact: Fact, on: datetime.date, *, why: str) -> Fact:
    """Take a payment's fact off its loan because another system says so; gives the reversal.

    Money that only such a system had told of is taken back with it; any other is here, and waits in suspense. Raises
    InputError for a fact that is no payment's or does not stand, and a date before it.
    """
    with transaction.atomic():
        payment = locked(payment_id_of(fact.idempotency_key) or 0)
        if fact not in standing_facts(payment):
            raise InputError("this posting does not stand", "/reverses", "look at the payment again: it moved")
        if on < fact.value_date:
            raise InputError("it counts from before the fact it reverses", "/value_date", "give a later date")
        if payment.method == IncomingPayment.Method.API and payment.fact_id == fact.pk:
            take_back(payment.pk, on, why=why)
        else:
            unpost(payment, fact, on, by=None, why=why[:200], reason=Suspense.Reason.NO_REFERENCE)
    return Fact.objects.get(reverses=fact)


def take_back(
    payment_id: int, on: datetime.date, *, why: str, by: User | None = None, entry: BankEntry | None = None
) -> IncomingPayment:
    """The payer's bank took the payment back (bounced, disputed, reversed): its facts are reversed; again is safe.

    Raises InputError where part of it has been refunded: the money that is gone must be claimed by hand.
    """
    with transaction.atomic():
        payment = locked(payment_id)
        where = whereabouts(payment)
        if where.returned == payment.amount:
            return payment
        if where.refunded or where.own or where.returned:
            raise InputError(
                f"payment {payment.source_id} has been paid back already, or was no borrower's",
                "/payment",
                "claim the money back from whoever was paid",
            )
        for fact in standing_facts(payment):
            unpost(payment, fact, on, by=by, why=why, reason=Suspense.Reason.TAKEN_BACK)
        set_waiting(payment, "returned", payment.amount)
        Outcome.objects.create(
            payment=payment, kind="returned", amount=payment.amount, entry=entry, by=by, why=why[:200]
        )
    return payment
