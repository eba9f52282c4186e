"""What happens to the record, one thing at a time: products offered, loans paid out, payments, relief, endings.

Every function takes a key that names the event at its source: sending it twice records it once, and the same key with
other content is refused. Money is in minor units, rates in millionths a year. Each raises InputError, with nothing
written, for what cannot be right; whole files go in through `duly.lending.importing`.
"""

import datetime
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from duly.engine.columns import pack_contracts
from duly.engine.contract import MAX_INSTALLMENTS, Contract, Terms, parse_terms
from duly.engine.dates import MONTH_END, UNIT, add_periods, date, days
from duly.engine.errors import InputError
from duly.engine.facts import check_facts
from duly.engine.money import MAX_MONEY, MAX_RATE, format_rate
from duly.engine.schedule import schedule
from duly.engine.terms import WAIVABLE
from duly.lending.models import Fact, Loan, Product
from duly.lending.on_record import contract_of, fact_of
from duly.people.models import Borrower


def add_product(
    code: str, terms: Mapping[str, Any], *, name_en: str, name_zh: str = "", version: int | None = None
) -> Product:
    """Offer a product: `terms` are a contract's JSON without the figures of any one loan (docs/contract.md).

    Without a `version`, other terms than those of the last version become the next one, and the same terms are the
    product that is there.
    """
    parsed = parse_terms(terms)
    _check_text(code, "/code", 64)
    with transaction.atomic():
        last = Product.objects.filter(code=code).aggregate(last=Max("version"))["last"]
        there = Product.objects.filter(code=code, version=version or last).first()
        if there is not None and parse_terms(there.terms) == parsed:
            return there
        if there is not None and version is not None:
            raise InputError(
                f"product {code} version {version} is on record with other terms",
                "/version",
                "loans keep the terms they were made with: add the new ones as the next version",
            )
        return Product.objects.create(
            code=code,
            version=version or (last or 0) + 1,
            name_en=name_en,
            name_zh=name_zh,
            currency=parsed.currency,
            terms=json.loads(json.dumps(terms)),
        )


def disburse_loan(
    reference: str,
    *,
    borrower: str,
    product: str,
    principal: int,
    disbursed_on: datetime.date,
    installments: int,
    key: str,
    version: int | None = None,
    annual_rate: int = 0,
    service_fee: int = 0,
    upfront_fee: int = 0,
    balloon: int = 0,
    first_due_on: datetime.date | None = None,
    source: str = "",
) -> Loan:
    """Make a loan of a product's version (the last one when not named) to the borrower of that reference, paid out.

    The first due date is one period after disbursement when not given; the level installment is the engine's.
    `upfront_fee` is taken out of what is paid out, `balloon` is left for the last installment.
    """
    _check_text(reference, "/reference", 64)
    of = _the(Borrower, "borrower", reference=borrower)
    if version is None:
        of_product = Product.objects.filter(code=product).order_by("version").last()
        if of_product is None:
            raise InputError(f"there is no product {product!r}", "/product", "add it first")
    else:
        of_product = _the(Product, "product", code=product, version=version)
    terms = parse_terms(of_product.terms)
    contract = Contract(
        terms=terms,
        principal=principal,
        annual_rate=annual_rate,
        disbursed_on=disbursed_on,
        first_due_on=first_due_on or _first_due_on(terms, disbursed_on),
        installments=installments,
        service_fee=service_fee,
        upfront_fee=upfront_fee,
        balloon=balloon,
    )
    _check_contract(contract)
    loan = Loan(
        reference=reference,
        borrower=of,
        product=of_product,
        principal=principal,
        annual_rate=annual_rate,
        service_fee=service_fee,
        upfront_fee=upfront_fee,
        balloon=balloon,
        disbursed_on=disbursed_on,
        first_due_on=contract.first_due_on,
        installments=installments,
        installment_amount=int(pack_contracts([contract]).installment_amount[0]),
    )
    with transaction.atomic():
        there = _made_once(loan)
        _record(there, "disbursed", disbursed_on, key, amount=principal, source=source)
    return there


def draw_more(loan: str, amount: int, value_date: datetime.date, *, key: str, source: str = "") -> Fact:
    """Another drawdown on the contract of loan `loan` (its reference): what is not yet due is worked again."""
    return _record_for(loan, "disbursed", value_date, key, amount=amount, source=source)


def record_payment(
    loan: str,
    amount: int,
    value_date: datetime.date,
    *,
    key: str,
    prepays: bool = False,
    from_credit: bool = False,
    source: str = "",
) -> Fact:
    """The borrower of loan `loan` (its reference) paid `amount`; it counts from `value_date`.

    With `prepays`, what is over once all that is due is paid reduces the principal, and what is not yet due is worked
    again; with `from_credit` the money is what the borrower had paid too much before.
    """
    details = ({"prepays": True} if prepays else {}) | ({"from": "credit"} if from_credit else {})
    return _record_for(loan, "paid", value_date, key, amount=amount, details=details, source=source)


def charge_fee(
    loan: str,
    amount: int,
    value_date: datetime.date,
    *,
    key: str,
    due_on: datetime.date | None = None,
    name: str = "",
    source: str = "",
) -> Fact:
    """Charge a fee, which falls due with the first installment on or after `due_on` (`value_date` when not given)."""
    details = ({"due_on": due_on.isoformat()} if due_on else {}) | ({"name": name} if name else {})
    return _record_for(loan, "fee_charged", value_date, key, amount=amount, details=details, source=source)


def waive(
    loan: str, component: str, amount: int | None, value_date: datetime.date, *, key: str, source: str = ""
) -> Fact:
    """The lender gives up `amount` of a `component`: principal, interest, penalty or fee; "all" is all that is left.

    "all" takes no amount, and settles the loan: what the borrower paid before is then a settlement for less.
    """
    if component not in WAIVABLE or not component:
        raise InputError(f"{component!r} is not a component", "/component", "use principal, interest, penalty or fee")
    if (component == "all") != (amount is None):
        raise InputError("a waiver states an amount, unless it waives all", "/amount", 'give it, or waive "all"')
    return _record_for(loan, "waived", value_date, key, amount=amount, component=component, source=source)


def refund(loan: str, amount: int, value_date: datetime.date, *, key: str, source: str = "") -> Fact:
    """Pay back to the borrower what was paid too much."""
    return _record_for(loan, "refunded", value_date, key, amount=amount, source=source)


def reschedule(loan: str, terms: Mapping[str, Any], value_date: datetime.date, *, key: str, source: str = "") -> Fact:
    """New terms for what is left: an extension, an individual plan, parts capitalised or forgiven.

    `terms` are the fields of a `rescheduled` fact in docs/doors.md: installments, every, first_due_on, annual_rate,
    method, capitalise, forgive, carry.
    """
    if "installments" not in terms:
        raise InputError("installments is missing", "/installments", "say how many the rest is spread over")
    return _record_for(loan, "rescheduled", value_date, key, details=dict(terms), source=source)


def change_rate(
    loan: str,
    value_date: datetime.date,
    *,
    key: str,
    annual_rate: int | None = None,
    benchmark_rate: int | None = None,
    reworks: str = "installment",
    source: str = "",
) -> Fact:
    """The rate is another from `value_date` on: a yearly rate, or a benchmark's, over which the product has a margin.

    `reworks`: whether the "installment" or the "term" changes with it.
    """
    rates = {"annual_rate": annual_rate, "benchmark_rate": benchmark_rate}
    details: dict[str, Any] = {name: format_rate(rate) for name, rate in rates.items() if rate is not None}
    return _record_for(loan, "rate_changed", value_date, key, details=details | {"reworks": reworks}, source=source)


def pause_penalty(
    loan: str, value_date: datetime.date, *, key: str, stops: Sequence[str] = ("penalty",), source: str = ""
) -> Fact:
    """A breathing space from `value_date` on: what `stops` names (penalty, interest, fee, days) does not grow."""
    details = {} if tuple(stops) == ("penalty",) else {"stops": list(stops)}
    return _record_for(loan, "penalty_paused", value_date, key, details=details, source=source)


def resume_penalty(loan: str, value_date: datetime.date, *, key: str, source: str = "") -> Fact:
    """The pauses of a loan are over."""
    return _record_for(loan, "penalty_resumed", value_date, key, source=source)


def accelerate(loan: str, value_date: datetime.date, *, key: str, source: str = "") -> Fact:
    """All that was to fall due later is due on `value_date`."""
    return _record_for(loan, "accelerated", value_date, key, source=source)


def cancel(loan: str, value_date: datetime.date, *, key: str, source: str = "") -> Fact:
    """The borrower withdraws within the cooling-off period: only the principal is owed."""
    return _record_for(loan, "cancelled", value_date, key, source=source)


def record_recovery(loan: str, amount: int, value_date: datetime.date, *, key: str, source: str = "") -> Fact:
    """Money that came on a loan written off."""
    return _record_for(loan, "recovered", value_date, key, amount=amount, source=source)


def write_off(loan: str, value_date: datetime.date, *, key: str, source: str = "") -> Fact:
    """The lender takes the loan for lost; all that is left of it is written off."""
    return _record_for(loan, "written_off", value_date, key, source=source)


def reverse_fact(reversed_key: str, value_date: datetime.date, *, key: str, source: str = "") -> Fact:
    """Take back the fact recorded under `reversed_key` (a payment that bounced, say); later facts find their place."""
    target = Fact.objects.select_related("loan").filter(idempotency_key=reversed_key).first()
    if target is None:
        raise InputError(f"there is no fact {reversed_key!r}", "/reverses", "name the key of a fact on record")
    return _record_for(target.loan.reference, "reversed", value_date, key, reverses=target, source=source)


def _record_for(reference: str, kind: str, value_date: datetime.date, key: str, **content: Any) -> Fact:
    with transaction.atomic():
        # The loan's row is the lock: two facts of one loan are checked one after the other.
        loan = Loan.objects.select_for_update().select_related("product").filter(reference=reference).first()
        if loan is None:
            raise InputError(f"there is no loan {reference!r}", "/loan", "name the reference of a loan on record")
        return _record(loan, kind, value_date, key, **content)


def _record(
    loan: Loan,
    kind: str,
    value_date: datetime.date,
    key: str,
    *,
    amount: int | None = None,
    component: str = "",
    reverses: Fact | None = None,
    details: Mapping[str, Any] | None = None,
    source: str = "",
) -> Fact:
    _check_text(key, "/key", 128)
    if amount is not None:
        _check_whole(amount, "/amount", 1, MAX_MONEY, "minor units")
    fact = Fact(
        loan=loan,
        kind=kind,
        value_date=value_date,
        amount=amount,
        component=component,
        reverses=reverses,
        details=details or None,
        idempotency_key=key,
        source=source,
    )
    there = _same(Fact.objects.filter(idempotency_key=key).first(), fact)
    if there is not None:
        return there
    _check_against_contract(fact)
    try:
        with transaction.atomic():
            fact.save(force_insert=True)
    except IntegrityError:
        # Somebody else recorded the same key meanwhile.
        there = _same(Fact.objects.filter(idempotency_key=key).first(), fact)
        if there is None:
            raise
        return there
    return fact


def _same(there: Fact | None, fact: Fact) -> Fact | None:
    if there is None:
        return None
    names = ("loan_id", "kind", "value_date", "amount", "component", "reverses_id", "details")
    differing = [name.removesuffix("_id") for name in names if getattr(there, name) != getattr(fact, name)]
    if differing:
        raise InputError(
            f"the key {there.idempotency_key!r} is on record with another {', '.join(differing)}",
            "/key",
            "give each event a key of its own; put a mistake right by reversing it",
        )
    return there


def _check_against_contract(fact: Fact) -> None:
    recorded = Fact.objects.filter(loan=fact.loan).order_by("id")
    currency = fact.loan.product.currency
    facts = [fact_of(one, currency) for one in [*recorded, fact]]
    try:
        check_facts(facts, contract_of(fact.loan))
    except InputError as error:
        # The engine points into the list of all the loan's facts; whoever calls knows only this one.
        raise InputError(error.what, "/" + "/".join(error.where.split("/")[3:]), error.remedy) from error


def _first_due_on(terms: Terms, disbursed_on: datetime.date) -> datetime.date:
    return date(add_periods(days(disbursed_on), 1, terms.every, UNIT[terms.unit], MONTH_END[terms.month_end]))


def _check_contract(given: Contract) -> None:
    _check_whole(given.principal, "/principal", 1, MAX_MONEY, "minor units")
    _check_whole(given.annual_rate, "/annual_rate", 0, MAX_RATE, "millionths a year")
    _check_whole(given.service_fee, "/service_fee", 0, MAX_MONEY, "minor units")
    _check_whole(given.upfront_fee, "/upfront_fee", 0, given.principal, "minor units")
    _check_whole(given.balloon, "/balloon", 0, given.principal - 1, "minor units")
    _check_whole(given.installments, "/installments", 1, MAX_INSTALLMENTS, "installments")
    if given.balloon and given.terms.method not in ("equal_installment", "equal_principal"):
        raise InputError(f"a {given.terms.method} loan has no balloon", "/balloon", "leave it out")
    if given.first_due_on <= given.disbursed_on:
        raise InputError("the first due date is not after disbursement", "/first_due_on", "give a later date")
    schedule(given)


def _made_once(loan: Loan) -> Loan:
    there = Loan.objects.filter(reference=loan.reference).first()
    if there is None:
        loan.save(force_insert=True)
        return loan
    names = [field.attname for field in Loan._meta.concrete_fields if field.attname not in ("id", "recorded_at")]
    differing = [name.removesuffix("_id") for name in names if getattr(there, name) != getattr(loan, name)]
    if differing:
        raise InputError(
            f"loan {loan.reference} is on record with another {', '.join(differing)}",
            "/reference",
            "a contract never changes: give another loan a reference of its own",
        )
    return there


def _the(model: type[Any], called: str, **names: Any) -> Any:
    found = model.objects.filter(**names).first()
    if found is None:
        raise InputError(f"there is no {called} {' '.join(map(str, names.values()))}", f"/{called}", "record it first")
    return found


def _check_text(text: str, where: str, longest: int) -> None:
    if not text or len(text) > longest:
        raise InputError(f"{text[:80]!r} will not do", where, f"give 1 to {longest} characters")


def _check_whole(number: int, where: str, least: int, most: int, unit: str) -> None:
    if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= most:
        raise InputError(f"{number!r} is out of range", where, f"give {least} to {most} {unit}, as a whole number")
