"""For stories about plans: a borrower with a loan that is late, days that are closed and worked, codes typed."""

import datetime
from collections.abc import Callable
from itertools import count

from duly.close.services import close_through
from duly.collection.after_close import work_close
from duly.collection.plans.agreeing import agree_to_plans, ask_code
from duly.collection.plans.models import Offer, Plan
from duly.collection.plans.offering import Asker, offer_plans
from duly.engine.position import Position
from duly.lending import services as lending
from duly.lending.models import Fact, Loan
from duly.lending.positions import position_on
from duly.people.models import Borrower

A_DAY = datetime.timedelta(days=1)
DRAWN = datetime.date(2026, 1, 10)
# The second installment falls due on 10 March: 40 days late.
LATE = datetime.date(2026, 4, 19)
NEXT_MONTH = datetime.date(2026, 5, 15)
TERMS = {"currency": "CNY", "method": "equal_installment", "penalty": {"annual_rate": "0.27", "on": "principal"}}
PORTAL = Asker("portal", "the borrower")
_numbers = count(1)


def at(day: datetime.date, hour: int = 4) -> datetime.datetime:
    """An hour of `day` in UTC: four is noon in Shanghai."""
    return datetime.datetime.combine(day, datetime.time(hour), datetime.UTC)


def person() -> Borrower:
    """A borrower who can be reached by telephone."""
    number = next(_numbers)
    return Borrower.objects.create(
        reference=f"B{number}", name=f"Borrower {number}", phone="+8613800000000", time_zones="Asia/Shanghai"
    )


def late_loan(of: Borrower, principal: int = 12_000_00, drawn_on: datetime.date = DRAWN) -> Loan:
    """A loan over twelve months at 18%, whose first installment was paid and no other."""
    lending.add_product("twelve-months", TERMS, name_en="Twelve months")
    reference = f"L{next(_numbers)}"
    made = lending.disburse_loan(
        reference,
        borrower=of.reference,
        product="twelve-months",
        principal=principal,
        annual_rate=180_000,
        disbursed_on=drawn_on,
        installments=12,
        key=f"out {reference}",
    )
    first = position_on(made, made.first_due_on).installments[0]
    pays(made, first.outstanding, made.first_due_on)
    return made


def pays(loan: Loan, amount: int, on: datetime.date) -> Fact:
    """A payment by the borrower."""
    return lending.record_payment(loan.reference, amount, on, key=f"pays {next(_numbers)}")


def standing(loan: Loan, on: datetime.date) -> Position:
    """The loan as it stands on a date, from what is on record now."""
    return position_on(Loan.objects.get(pk=loan.pk), on)


def offered(of: Borrower, monthly: int, on: datetime.date = LATE, first: datetime.date = NEXT_MONTH) -> list[Offer]:
    """What the borrower is offered who can pay so much a month."""
    request = offer_plans(of, monthly, first, PORTAL, currency="CNY", on=on, at=at(on), key=f"ask {next(_numbers)}")
    return list(request.offers.order_by("loan_id", "installments"))


def agrees(offers: list[Offer], code_sent: Callable[[], str], on: datetime.date = LATE) -> list[Plan]:
    """The borrower agrees with the code that was sent."""
    ask_code(offers, on)
    return agree_to_plans(offers, code_sent(), on=on, at=at(on))


def closes(day: datetime.date) -> None:
    """Close the days through `day`, and work them."""
    close_through(day)
    work_close(day, now=at(day, 16))
