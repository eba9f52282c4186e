"""Quotes: what a drawdown would cost, in full, before anything is signed."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext, pgettext

from duly.borrowing.line_terms import LineTerms, contract_terms, parse_line_terms
from duly.borrowing.lines import not_drawable, standing_on, too_much
from duly.borrowing.models import CreditLine
from duly.borrowing.words import money_words, rate_words
from duly.engine import dates
from duly.engine.cash_flows import contract_flows
from duly.engine.contract import Contract, Terms
from duly.engine.errors import InputError
from duly.engine.money import MILLION
from duly.engine.rates import rate_of_one
from duly.engine.schedule import Installment, full_schedule
from duly.engine.unit_periods import UnitPeriod
from duly.law.caps import check_cap
from duly.law.pack import Rule
from duly.people.house import house_packs, packs_in_force

# The yearly rate as the country of a pack has it stated; where it names none, the effective yearly rate of the EU.
_APR_OF = {"cn": "cn", "us": "us", "us-ma": "us"}


@dataclass(frozen=True)
class Quote:
    """One way to draw. Money in minor units of `currency`, rates in millionths a year.

    `apr` is by the country's rule (`apr_method`: cn, us, eu) with every cost in it, rounded half even to a millionth;
    `cap` the lowest cap on it, None where the law has none. `paid_out` is `amount` less `upfront_fee`; `total` is all
    that is paid back, `cost` what of it, with the upfront fee, is above what is paid out.
    """

    currency: str
    amount: int
    method: str
    on: datetime.date
    annual_rate: int
    installments: Sequence[Installment]
    paid_out: int
    upfront_fee: int
    service_fee: int
    interest: int
    total: int
    apr: int
    apr_method: str
    cap: int | None
    contract: Contract

    @property
    def cost(self) -> int:
        """All that the loan costs: interest and every fee."""
        return self.total - self.paid_out

    @property
    def apr_stated(self) -> int:
        """`apr` as it is stated to people: to a hundredth of a per cent, half even."""
        return round(self.apr / 100) * 100

    @property
    def last_due_on(self) -> datetime.date:
        """When the last installment falls due."""
        return self.installments[-1].due_on

    @property
    def most_due(self) -> int:
        """The largest installment."""
        return max(one.total for one in self.installments)

    @property
    def rounding(self) -> str:
        """How its amounts are rounded, in words."""
        return rounding_words(self.contract.terms)


def quote(line: CreditLine, amount: int, installments: int, method: str, on: datetime.date) -> Quote:
    """What drawing `amount` (minor units) on `on` over so many `installments` by `method` would cost.

    Raises InputError when the line or its product does not allow it, or the law caps its cost.
    """
    standing = standing_on(line, on)
    refused = not_drawable(standing)
    if refused is not None:
        raise refused
    if amount > standing.left:
        raise too_much(standing)
    return quote_of(parse_line_terms(line.product.terms), line.annual_rate, amount, installments, method, on)


def quote_of(
    terms: LineTerms, annual_rate: int, amount: int, installments: int, method: str, on: datetime.date
) -> Quote:
    """The same by a product's terms alone, for somebody who has no line yet. `annual_rate` in millionths."""
    _check_choices(terms, amount, installments, method)
    found = worked_out(terms, annual_rate, amount, installments, method, on)
    if found.cap is not None and found.apr > found.cap:
        raise InputError(
            gettext("All costs together would be %(apr)s a year; the law allows at most %(cap)s.")
            % {"apr": rate_words(found.apr), "cap": rate_words(found.cap)},
            "/installments",
            gettext("Choose another term, or a larger amount."),
        )
    return found


def compare(line: CreditLine, choices: Sequence[tuple[int, int, str]], on: datetime.date) -> list[Quote | InputError]:
    """Several (amount, installments, method) side by side: a quote for each, or why there is none."""
    answers: list[Quote | InputError] = []
    for amount, installments, method in choices:
        try:
            answers.append(quote(line, amount, installments, method, on))
        except InputError as error:
            answers.append(error)
    return answers


def worked_out(
    terms: LineTerms, annual_rate: int, amount: int, installments: int, method: str, on: datetime.date
) -> Quote:
    """The figures, whether or not they may be offered: a contract that is signed keeps its own."""
    contract = contract_on(
        contract_terms(terms, method, annual_rate),
        annual_rate,
        amount,
        installments,
        on,
        terms.upfront_fee(amount),
        terms.service_fee(amount),
    )
    return quote_contract(contract)


def contract_on(
    terms: Terms,
    annual_rate: int,
    amount: int,
    installments: int,
    on: datetime.date,
    upfront_fee: int,
    service_fee: int,
) -> Contract:
    """The contract of `amount` paid out on `on`; its first installment falls due one period later."""
    unit, month_end = dates.UNIT[terms.unit], dates.MONTH_END[terms.month_end]
    return Contract(
        terms=terms,
        principal=amount,
        annual_rate=annual_rate,
        disbursed_on=on,
        first_due_on=dates.date(dates.add_periods(dates.days(on), 1, terms.every, unit, month_end)),
        installments=installments,
        service_fee=service_fee,
        upfront_fee=upfront_fee,
    )


def quote_contract(contract: Contract) -> Quote:
    """Every figure of `contract`, kept to as it is written. Raises InputError where no yearly rate exists."""
    planned = full_schedule(contract)
    rows = planned.installments
    method = apr_method()
    flows = contract_flows(contract, rows, planned.upfront_fee)
    rate = rate_of_one(flows, method, UnitPeriod(contract.terms.every, contract.terms.unit))
    apr = round(rate.apr * MILLION)
    return Quote(
        currency=contract.terms.currency,
        amount=contract.principal,
        method=contract.terms.method,
        on=contract.disbursed_on,
        annual_rate=contract.annual_rate,
        installments=rows,
        paid_out=contract.principal - planned.upfront_fee,
        upfront_fee=planned.upfront_fee,
        service_fee=sum(one.fee for one in rows),
        interest=planned.total_interest,
        total=sum(one.total for one in rows),
        apr=apr,
        apr_method=method,
        cap=lowest_cap(apr, contract.disbursed_on),
        contract=contract,
    )


def apr_method() -> str:
    """How the lender's country has the yearly rate stated: cn, us or eu."""
    return next((_APR_OF[pack] for pack in settings.DULY_PACKS if pack in _APR_OF), "eu")


def lowest_cap(apr: int, on: datetime.date) -> int | None:
    """The lowest cap on all-in cost in force on `on`, in millionths a year; None where there is none."""
    caps = check_cap("all_in_annual_rate", apr, on, packs_in_force(), house=house_packs())
    return min((one.at_most for one in caps if one.at_most is not None), default=None)


def cap_rules(on: datetime.date) -> list[Rule]:
    """The rules behind the cap, for whoever asks where it comes from."""
    return [one.rule for one in check_cap("all_in_annual_rate", 0, on, packs_in_force(), house=house_packs())]


def _check_choices(terms: LineTerms, amount: int, installments: int, method: str) -> None:
    least, most = money_words(terms.amount_least, terms.currency), money_words(terms.amount_most, terms.currency)
    if not terms.amount_least <= amount <= terms.amount_most:
        raise InputError(
            gettext("One drawdown is from %(least)s to %(most)s.") % {"least": least, "most": most},
            "/amount",
            gettext("Choose an amount between them."),
        )
    if (amount - terms.amount_least) % terms.amount_step:
        raise InputError(
            gettext("Amounts go in steps of %(step)s.") % {"step": money_words(terms.amount_step, terms.currency)},
            "/amount",
            gettext("Choose the nearest one."),
        )
    if installments not in terms.installments:
        counts = ", ".join(map(str, terms.installments))
        raise InputError(
            gettext("This line is not paid back in %(count)s installments.") % {"count": installments},
            "/installments",
            gettext("Choose one of: %(choices)s.") % {"choices": counts},
        )
    if method not in terms.methods:
        raise InputError(
            gettext("This line cannot be paid back in that way."),
            "/method",
            gettext("Choose one of: %(choices)s.") % {"choices": ", ".join(map(method_words, terms.methods))},
        )


def method_words(method: str) -> str:
    """How a loan is paid back, in words."""
    return {
        "equal_installment": pgettext("method", "equal installments"),
        "equal_principal": pgettext("method", "equal principal, falling interest"),
        "interest_only": pgettext("method", "interest first, the amount at the end"),
        "bullet": pgettext("method", "all at once at the end"),
    }[method]


def rounding_words(terms: Terms) -> str:
    """How the amounts of a contract are rounded, in words."""
    ways = {
        "half_even": gettext("to the nearest unit, halves to the even one"),
        "half_up": gettext("to the nearest unit, halves up"),
        "up": gettext("up to the next unit"),
        "down": gettext("down to the last unit"),
    }
    return gettext("Each amount is rounded to %(unit)s, %(way)s; the last installment takes the rest.") % {
        "unit": money_words(terms.installment_to, terms.currency),
        "way": ways[terms.rounding],
    }
