"""What a policy is told of an application: the person's own answers, our own record, and what checks found out.

Fields and units are those of duly.risk.fields; what nobody knows is left out, and the policy says what comes of that.
"""

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from duly.borrowing.models import Answers, Application
from duly.engine.money import decimals, parse_money
from duly.lending.positions import loans_on
from duly.people.blind_index import every_index, standard_id_number, standard_phone
from duly.people.models import Borrower

MONEY_ANSWERS = ("monthly_income", "monthly_spending", "monthly_debt_payments", "total_debt")
RECENT = datetime.timedelta(days=30)
# A check is told the application and the answers by section, and gives fields of a policy that it knows of.
Check = Callable[[Application, Mapping[str, Mapping[str, Any]]], Mapping[str, Any]]


def answers_of(application: Application) -> dict[str, dict[str, Any]]:
    """What was answered, by section."""
    return {one.section: one.content for one in application.answers.all()}


def policy_fields(
    application: Application, answers: Mapping[str, Mapping[str, Any]], on: datetime.date
) -> dict[str, Any]:
    """All that is known on `on`. What checks found outweighs what was answered."""
    found = _answered(application, answers, on) | _our_own_record(application, on)
    for name in settings.DULY_CHECKS:
        check: Check = import_string(name)
        found |= {field: value for field, value in check(application, answers).items() if value is not None}
    return found | answers.get("checks", {})


def _answered(application: Application, answers: Mapping[str, Mapping[str, Any]], on: datetime.date) -> dict[str, Any]:
    identity, income, purpose = (answers.get(section, {}) for section in ("identity", "income", "purpose"))
    exponent = decimals(application.product.currency)
    found: dict[str, Any] = {
        name: parse_money(income[name], exponent, f"/income/{name}") for name in MONEY_ANSWERS if name in income
    }
    if "birth_date" in identity:
        found["age_years"] = full_years(datetime.date.fromisoformat(identity["birth_date"]), on)
    if "employment" in income:
        found["employment"] = income["employment"]
    if "is_student" in identity:
        found["is_student"] = identity["is_student"] or income.get("employment") == "student"
    if "purpose" in purpose:
        found["purpose"] = purpose["purpose"]
    if application.amount is not None and application.installments is not None:
        found |= {"requested_amount": application.amount, "requested_installments": application.installments}
    return found


def _our_own_record(application: Application, on: datetime.date) -> dict[str, Any]:
    standing = [one.position for one in loans_on(application.borrower, on)]
    found: dict[str, Any] = {"late_with_us": any(one.days_past_due > 0 for one in standing)}
    # That we know of no lost debt does not say that there is none elsewhere.
    if any(one.status == "written_off" for one in standing):
        found["debt_written_off"] = True
    return found


def full_years(born: datetime.date, on: datetime.date) -> int:
    """Somebody's age; who was born on 29 February is a year older on 1 March."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def same_person(application: Application, answers: Mapping[str, Mapping[str, Any]]) -> QuerySet[Borrower]:
    """Other people on record with the same identity number, found by its blind index."""
    number = answers.get("identity", {}).get("id_number", "")
    same = Borrower.objects.filter(id_number_index__in=every_index(number, standard_id_number))
    return same.exclude(pk=application.borrower_id)


def same_phone(application: Application, answers: Mapping[str, Mapping[str, Any]]) -> QuerySet[Borrower]:
    """Other people on record with the same telephone number; it may be a family's."""
    number = answers.get("identity", {}).get("phone", "")
    same = Borrower.objects.filter(Q(phone_index__in=every_index(number, standard_phone)))
    return same.exclude(pk=application.borrower_id)


def record_checks(application: Application, found: Mapping[str, Any], at: datetime.datetime) -> None:
    """Keep what was found out about the applicant (fields of a policy), before the decision or for the next one."""
    row, _ = Answers.objects.get_or_create(
        application=application, section="checks", defaults={"content": {}, "saved_at": at}
    )
    row.content, row.saved_at = {**row.content, **found}, at
    row.save(update_fields=["content", "saved_at"])
