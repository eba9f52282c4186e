"""Products of lines: a version is proposed by one person, added when another agrees, and never edited."""

import datetime
import json
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy

from duly.borrowing.cooling import days_by_law
from duly.borrowing.line_terms import LineTerms, contract_terms, parse_line_terms
from duly.borrowing.models import LineProduct
from duly.engine.errors import InputError
from duly.engine.money import MILLION
from duly.law.caps import check_cap
from duly.lending.models import Product
from duly.lending.services import add_product
from duly.people import approvals
from duly.people.house import house_packs, packs_in_force
from duly.people.models import Approval
from duly.people.roles import Role

ADD = "add_line_product"


def propose_version(code: str, name_en: str, name_zh: str, terms: Mapping[str, Any], by: User) -> Approval:
    """Ask for a new version of the product `code`, or its first. Raises InputError for terms that cannot be offered."""
    checked_terms(code, name_en, name_zh, terms, timezone.localdate())
    said = {"code": code, "name_en": name_en, "name_zh": name_zh, "terms": dict(terms), "by": by.get_username()}
    return approvals.ask(ADD, said, by, code)


@approvals.carries_out(
    ADD,
    title=gettext_lazy("Offer a new version of a product"),
    approvers=[Role.COMPLIANCE, Role.FINANCE, Role.UNDERWRITER],
)
def _add_version(said: dict[str, Any], approval: Approval) -> str:
    made = add_version(
        said["code"],
        said["name_en"],
        said["name_zh"],
        said["terms"],
        timezone.localdate(),
        added_by=said["by"],
        approved_by=approval.decided_by.get_username(),
    )
    return str(made)


def add_version(
    code: str,
    name_en: str,
    name_zh: str,
    terms: Mapping[str, Any],
    on: datetime.date,
    *,
    added_by: str,
    approved_by: str = "",
) -> LineProduct:
    """Offer these terms from now on; the same terms as the last version's are that version. Raises InputError."""
    currency = checked_terms(code, name_en, name_zh, terms, on).currency
    with transaction.atomic():
        last = LineProduct.objects.filter(code=code).aggregate(last=Max("version"))["last"] or 0
        there = LineProduct.objects.filter(code=code, version=last).first()
        if there is not None and (there.terms, there.name_en, there.name_zh) == (terms, name_en, name_zh):
            return there
        return LineProduct.objects.create(
            code=code,
            version=last + 1,
            name_en=name_en,
            name_zh=name_zh,
            currency=currency,
            terms=json.loads(json.dumps(terms)),
            added_by=added_by,
            approved_by=approved_by,
        )


def checked_terms(code: str, name_en: str, name_zh: str, terms: Mapping[str, Any], on: datetime.date) -> LineTerms:
    """The terms, when they and the names can be offered under the law of `on`. Raises InputError."""
    if not code or len(code) > 32 or not all(one.isascii() and (one.isalnum() or one == "-") for one in code):
        raise InputError(f"{code!r} will not do as a code", "/code", "use up to 32 letters, digits and hyphens")
    for name, where in ((name_en, "/name_en"), (name_zh, "/name_zh")):
        if not name.strip() or len(name) > 200:
            raise InputError("the product needs a name in both languages", where, "give 1 to 200 characters")
    parsed = parse_line_terms(terms)
    packs, house = packs_in_force(), house_packs()
    base = {"contract_annual_rate": MILLION}
    for capped in check_cap("penalty_annual_rate", parsed.penalty_times_rate, on, packs, base, house):
        if not capped.within:
            raise InputError(
                f"penalty interest of {parsed.penalty_times_rate / MILLION:g} times the rate is not allowed",
                "/penalty_times_rate",
                f"{capped.rule.title['en']} ({capped.rule.citation})",
            )
    by_law = days_by_law(on)
    own = contract_terms(parsed, parsed.methods[0], 0).cooling_off_days
    if own is not None and own < by_law:
        raise InputError(
            f"the law gives {by_law} days to withdraw", "/contract/cooling_off_days", "give at least as many, or none"
        )
    return parsed


def lending_product(of: LineProduct, method: str, annual_rate: int) -> Product:
    """The product of a contract by `method` at `annual_rate` (millionths): one for each, made when needed."""
    code = f"{of.code}.{of.version}.{method}.{annual_rate}"
    terms = parse_line_terms(of.terms).contract_terms(method, annual_rate)
    return add_product(code, terms, name_en=of.name_en, name_zh=of.name_zh)


def differences(one: LineProduct, other: LineProduct) -> list[tuple[str, Any, Any]]:
    """What differs between two versions: (pointer, in the one, in the other), None where a version is silent."""
    of_one, of_other = _flat(one.terms), _flat(other.terms)
    names = [("/name_en", one.name_en, other.name_en), ("/name_zh", one.name_zh, other.name_zh)]
    terms = [(place, of_one.get(place), of_other.get(place)) for place in sorted(set(of_one) | set(of_other))]
    return [row for row in names + terms if row[1] != row[2]]


def _flat(terms: Any, where: str = "") -> dict[str, Any]:
    if not isinstance(terms, Mapping) or not terms:
        return {where: terms}
    return {place: value for name, inner in terms.items() for place, value in _flat(inner, f"{where}/{name}").items()}
