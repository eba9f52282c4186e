"""What happens to the record, one thing at a time: products offered, loans paid out, payments, reversals, waivers.

Every function takes a key that names the event at its source: sending it twice records it once, and the same key with
other content is refused. Money is in minor units, rates in millionths a year. Each raises InputError, with nothing
written, for what cannot be right; whole files go in through `duly.lending.importing`.
"""

import datetime
import json
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from duly.engine import facts as engine_facts
from duly.engine.columns import pack_contracts
from duly.engine.contract import COMPONENT, MAX_INSTALLMENTS, Contract, Terms, parse_terms
from duly.engine.dates import MONTH_END, UNIT, add_periods, date, days
from duly.engine.errors import InputError
from duly.engine.money import MAX_MONEY, MAX_RATE
from duly.engine.schedule import schedule
from duly.lending.models import Fact, Loan, Product
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
    first_due_on: datetime.date | None = None,
    source: str = "",
) -> Loan:
    """Make a loan of a product's version (the last one when not named) to the borrower of that reference, paid out.

    The first due date is one period after disbursement when not given; the level installment is the engine's.
    """
    _check_text(reference, "/reference", 64)
    of = _the(Borrower, "borrower", reference=borrower)
    if version is None:
        of_product = Product.objects.filter(code=product).order_by("version").last()
        if of_product is None:
            raise InputError(f"there is no product {product!r}", "/product", "add it first")
    else:
        of_product = _the(Product, "product", code=product, version=version)
    contract = _contract(
        parse_terms(of_product.terms), principal, annual_rate, service_fee, disbursed_on, first_due_on, installments
    )
    loan = Loan(
        reference=reference,
        borrower=of,
        product=of_product,
        principal=principal,
        annual_rate=annual_rate,
        service_fee=service_fee,
        disbursed_on=disbursed_on,
        first_due_on=contract.first_due_on,
        installments=installments,
        installment_amount=int(pack_contracts([contract]).installment_amount[0]),
    )
    with transaction.atomic():
        there = _made_once(loan)
        _record(there, "disbursed", disbursed_on, key, amount=principal, source=source)
    return there


def record_payment(loan: str, amount: int, value_date: datetime.date, *, key: str, source: str = "") -> Fact:
    """The borrower of loan `loan` (its reference) paid `amount`; it counts from `value_date`."""
    return _record_for(loan, "paid", value_date, key, amount=amount, source=source)


def waive(loan: str, component: str, amount: int, value_date: datetime.date, *, key: str, source: str = "") -> Fact:
    """The lender gives up `amount` of a `component`: principal, interest, penalty or fee."""
    if component not in COMPONENT or not component:
        raise InputError(f"{component!r} is not a component", "/component", "use principal, interest, penalty or fee")
    return _record_for(loan, "waived", value_date, key, amount=amount, component=component, source=source)


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
    names = ("loan_id", "kind", "value_date", "amount", "component", "reverses_id")
    differing = [name.removesuffix("_id") for name in names if getattr(there, name) != getattr(fact, name)]
    if differing:
        raise InputError(
            f"the key {there.idempotency_key!r} is on record with another {', '.join(differing)}",
            "/key",
            "give each event a key of its own; put a mistake right by reversing it",
        )
    return there


def _check_against_contract(fact: Fact) -> None:
    recorded = Fact.objects.filter(loan=fact.loan).select_related("reverses").order_by("id")
    loan = fact.loan
    contract = Contract(
        terms=parse_terms(loan.product.terms),
        principal=loan.principal,
        annual_rate=loan.annual_rate,
        disbursed_on=loan.disbursed_on,
        first_due_on=loan.first_due_on,
        installments=loan.installments,
        service_fee=loan.service_fee,
    )
    facts = [
        engine_facts.Fact(
            kind=one.kind,
            value_date=one.value_date,
            amount=one.amount or 0,
            component=one.component,
            id=one.idempotency_key,
            reverses=one.reverses.idempotency_key if one.reverses else "",
        )
        for one in [*recorded, fact]
    ]
    try:
        engine_facts.check_facts(facts, contract)
    except InputError as error:
        # The engine points into the list of all the loan's facts; whoever calls knows only this one.
        raise InputError(error.what, "/" + "/".join(error.where.split("/")[3:]), error.remedy) from error


def _contract(
    terms: Terms,
    principal: int,
    annual_rate: int,
    service_fee: int,
    disbursed_on: datetime.date,
    first_due_on: datetime.date | None,
    installments: int,
) -> Contract:
    _check_whole(principal, "/principal", 1, MAX_MONEY, "minor units")
    _check_whole(annual_rate, "/annual_rate", 0, MAX_RATE, "millionths a year")
    _check_whole(service_fee, "/service_fee", 0, MAX_MONEY, "minor units")
    _check_whole(installments, "/installments", 1, MAX_INSTALLMENTS, "installments")
    if first_due_on is None:
        start = days(disbursed_on)
        first_due_on = date(add_periods(start, 1, terms.every, UNIT[terms.unit], MONTH_END[terms.month_end]))
    elif first_due_on <= disbursed_on:
        raise InputError("the first due date is not after disbursement", "/first_due_on", "give a later date")
    contract = Contract(terms, principal, annual_rate, disbursed_on, first_due_on, installments, service_fee)
    schedule(contract)
    return contract


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
