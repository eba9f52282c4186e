"""What is done with agencies: register, mandate, staff, judge, suspend; and which may act at an instant."""

import datetime
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from duly.agencies.commission_terms import commission_terms
from duly.agencies.models import Agency, AgencyEvent, AgencyStaff, Evaluation, Mandate
from duly.agencies.signals import agency_stopped, mandate_stopped
from duly.engine.errors import InputError
from duly.law.vocabulary import CHANNELS, PURPOSES
from duly.people.approvals import Approval, ask, carries_out
from duly.people.roles import STAFF, Role, give_roles, roles_of, take_roles

# What an agency may ever see of a borrower; a mandate may let it see less.
DATA = ("name", "phone", "email", "address")
LONGEST_MANDATE = datetime.timedelta(days=3 * 366)
MARKS = ("conduct", "results", "security", "complaints")


def mandate_in_force(agency: Agency, at: datetime.datetime) -> Mandate | None:
    """The mandate under which `agency` may act at `at` (an instant); None while it has none, or is suspended.

    Where several hold, the one that began last.
    """
    if agency.suspended_at is not None and agency.suspended_at <= at:
        return None
    holding = agency.mandates.filter(_holds(at))
    return holding.order_by("-begins_on", "-pk").first()


def mandates_in_force(at: datetime.datetime) -> list[Mandate]:
    """The mandate under which each agency may act at `at`, by the agency's name: what the public is told. One query."""
    holding = Mandate.objects.filter(_holds(at), agency__in=mandated(at)).select_related("agency")
    of_agency: dict[int, Mandate] = {}
    for one in holding.order_by("agency__name", "-begins_on", "-pk"):
        of_agency.setdefault(one.agency_id, one)
    return list(of_agency.values())


def mandated(at: datetime.datetime) -> QuerySet[Agency]:
    """The agencies that may act at `at`, by name."""
    working = Q(suspended_at__isnull=True) | Q(suspended_at__gt=at)
    return Agency.objects.filter(working, pk__in=Mandate.objects.filter(_holds(at)).values("agency")).order_by("name")


def agency_of(user: User | AnonymousUser, at: datetime.datetime) -> Agency | None:
    """The agency for which somebody who is signed in works at `at`; None for all others, and while it may not act."""
    if not user.is_authenticated:
        return None
    found = AgencyStaff.objects.filter(user=user, left_at=None).select_related("agency").first()
    return found.agency if found is not None and mandate_in_force(found.agency, at) else None


def register_agency(
    *,
    code: str,
    name: str,
    licence: str,
    telephone: str,
    email: str,
    by: User,
    at: datetime.datetime,
    name_zh: str = "",
    website: str = "",
    address: str = "",
    services: Sequence[str] = (),
    countries: Sequence[str] = (),
    exchange_key: str = "",
) -> Agency:
    """Put an agency on record. It may do nothing until it has a mandate. Raises InputError."""
    for where, value in (("code", code), ("name", name), ("licence", licence), ("telephone", telephone)):
        if not value.strip():
            raise InputError(f"there is no {where}", f"/{where}", "every agency has one")
    for country in countries:
        if len(country) != 2 or not country.isupper():
            raise InputError(f"{country!r} is not a country", "/countries", "use two letters, as CN")
    if exchange_key:
        _check_key(exchange_key)
    try:
        with transaction.atomic():
            made = Agency.objects.create(
                code=code,
                name=name.strip(),
                name_zh=name_zh.strip(),
                licence=licence.strip(),
                telephone=telephone.strip(),
                email=email.strip(),
                website=website.strip(),
                address=address.strip(),
                services=list(services),
                countries=list(countries),
                exchange_key=exchange_key,
            )
            _tell(made, "registered", by, at)
    except IntegrityError as error:
        raise InputError(f"there is an agency {code!r} already", "/code", "give another code") from error
    return made


def ask_for_mandate(agency: Agency, terms: dict[str, Any], by: User) -> Approval:
    """Ask for a mandate; a second person has to agree. `terms` is the document that `_checked` describes.

    Raises InputError when the terms cannot be.
    """
    _checked(terms)
    return ask("give_mandate", {"agency": agency.code, **terms}, by, f"{agency.code} {terms['number']}")


@carries_out("give_mandate", approvers=[Role.LEGAL, Role.COMPLIANCE])
def give_mandate(content: dict[str, Any], approval: Approval) -> str:
    """Carry out a mandate that a second person has agreed to."""
    terms = {name: value for name, value in content.items() if name != "agency"}
    checked = _checked(terms)
    agency = Agency.objects.select_for_update().get(code=content["agency"])
    try:
        with transaction.atomic():
            mandate = Mandate.objects.create(agency=agency, **checked)
    except IntegrityError as error:
        raise InputError(f"there is a mandate {terms['number']} already", "/number", "give another") from error
    _tell(agency, "mandated", approval.asked_by, timezone.now(), f"{mandate.number}, until {mandate.ends_on}")
    return mandate.number


def revoke_mandate(mandate: Mandate, why: str, by: User, at: datetime.datetime) -> None:
    """End a mandate before its time, at once. Raises InputError without a reason, or when it is revoked already."""
    _reason(why)
    with transaction.atomic():
        if not Mandate.objects.filter(pk=mandate.pk, revoked_at=None).update(revoked_at=at, revoked_why=why[:200]):
            raise InputError("the mandate is revoked already", "/mandate", "look at the agency again")
        _tell(mandate.agency, "revoked", by, at, f"{mandate.number}: {why}")
        mandate.refresh_from_db()
        mandate_stopped.send(Mandate, mandate=mandate, why=why, at=at)


def suspend(agency: Agency, why: str, by: User, at: datetime.datetime) -> None:
    """Let an agency do nothing any more, from this instant. Raises InputError without a reason or when it is so."""
    _reason(why)
    with transaction.atomic():
        if not Agency.objects.filter(pk=agency.pk, suspended_at=None).update(suspended_at=at, suspended_why=why[:200]):
            raise InputError("the agency is suspended already", "/agency", "look at it again")
        agency.refresh_from_db()
        _tell(agency, "suspended", by, at, why)
        agency_stopped.send(Agency, agency=agency, why=why, at=at)


def ask_to_resume(agency: Agency, why: str, by: User) -> Approval:
    """Ask for an end of a suspension; a second person has to agree. Raises InputError."""
    _reason(why)
    if agency.suspended_at is None:
        raise InputError("the agency is not suspended", "/agency", "there is nothing to end")
    return ask("resume_agency", {"agency": agency.code, "why": why}, by, agency.code)


@carries_out("resume_agency", approvers=[Role.COMPLIANCE])
def resume(content: dict[str, Any], approval: Approval) -> str:
    """Carry out the end of a suspension that a second person has agreed to."""
    agency = Agency.objects.select_for_update().get(code=content["agency"])
    agency.suspended_at, agency.suspended_why = None, ""
    agency.save(update_fields=["suspended_at", "suspended_why"])
    _tell(agency, "resumed", approval.asked_by, timezone.now(), content["why"])
    return agency.code


def add_staff(agency: Agency, user: User, by: User, at: datetime.datetime) -> AgencyStaff:
    """Let an account sign in for `agency`. Raises InputError for the lender's people, borrowers and others' staff."""
    if user.is_staff or user.is_superuser or roles_of(user) & (STAFF | {Role.BORROWER}):
        raise InputError("this account is somebody else's", "/user", "make an account for the agency alone")
    there = AgencyStaff.objects.filter(user=user).first()
    if there is not None and there.agency_id != agency.pk:
        raise InputError("this account belongs to another agency", "/user", "make another account")
    with transaction.atomic():
        staff, _ = AgencyStaff.objects.update_or_create(
            user=user, defaults={"agency": agency, "joined_at": at, "left_at": None}
        )
        give_roles(user, Role.AGENCY)
        _tell(agency, "staff_joined", by, at, user.get_username())
    return staff


def remove_staff(staff: AgencyStaff, by: User, at: datetime.datetime) -> None:
    """Let somebody sign in for their agency no more."""
    with transaction.atomic():
        staff.left_at = at
        staff.save(update_fields=["left_at"])
        take_roles(staff.user, Role.AGENCY)
        _tell(staff.agency, "staff_left", by, at, staff.user.get_username())


def evaluate(agency: Agency, marks: dict[str, int], found: str, by: User, at: datetime.datetime) -> Evaluation:
    """Put on record how an agency was judged; `marks` from 1 to 5 for each of MARKS. Raises InputError."""
    for name in MARKS:
        if marks.get(name) not in range(1, 6):
            raise InputError(f"there is no mark for {name}", f"/{name}", "give 1 (bad) to 5 (good)")
    if not found.strip():
        raise InputError("it is not said what was found", "/found", "say it in a few sentences")
    with transaction.atomic():
        made = Evaluation.objects.create(
            agency=agency, at=at, by=by, found=found.strip(), **{name: marks[name] for name in MARKS}
        )
        _tell(agency, "evaluated", by, at)
    return made


def _holds(at: datetime.datetime) -> Q:
    on = timezone.localdate(at)
    return (Q(revoked_at__isnull=True) | Q(revoked_at__gt=at)) & Q(begins_on__lte=on, ends_on__gte=on)


def _checked(terms: dict[str, Any]) -> dict[str, Any]:
    """The fields of a mandate: number, begins_on, ends_on (ISO dates), channels, purposes, data, data_terms,
    notice_days, commission. Raises InputError."""
    begins_on, ends_on = (_date(terms, name) for name in ("begins_on", "ends_on"))
    if not begins_on <= ends_on <= begins_on + LONGEST_MANDATE:
        raise InputError("these dates do not go together", "/ends_on", "a mandate lasts three years at most")
    if not str(terms.get("number", "")).strip():
        raise InputError("there is no number", "/number", "give the number of the mandate's contract")
    for name, known in (("channels", CHANNELS), ("purposes", PURPOSES), ("data", DATA)):
        given = terms.get(name, [])
        if (name != "data" and not given) or set(given) - set(known):
            raise InputError(f"{name}: {given}", f"/{name}", f"use some of {', '.join(known)}")
    notice_days = terms.get("notice_days", 3)
    if type(notice_days) is not int or not 0 <= notice_days <= 60:
        raise InputError(f"{notice_days!r} days of notice cannot be", "/notice_days", "give 0 to 60")
    commission_terms(terms.get("commission", {}))
    return {
        "number": str(terms["number"]).strip(),
        "begins_on": begins_on,
        "ends_on": ends_on,
        "channels": list(terms["channels"]),
        "purposes": list(terms["purposes"]),
        "data": list(terms.get("data", [])),
        "data_terms": str(terms.get("data_terms", "")),
        "commission": terms["commission"],
        "notice_days": notice_days,
    }


def _date(terms: dict[str, Any], name: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(str(terms.get(name, "")))
    except ValueError as error:
        raise InputError(f"{terms.get(name)!r} is not a date", f"/{name}", "write it as 2026-03-31") from error


def _check_key(key: str) -> None:
    try:
        fits = len(bytes.fromhex(key)) == 32
    except ValueError:
        fits = False
    if not fits:
        raise InputError("this is not an Ed25519 public key", "/exchange_key", "give 64 hexadecimal digits")


def _reason(why: str) -> None:
    if not why.strip():
        raise InputError("there is no reason", "/why", "say why: it stays on record")


def _tell(agency: Agency, kind: str, by: User, at: datetime.datetime, because: str = "") -> None:
    AgencyEvent.objects.create(agency=agency, kind=kind, at=at, because=because[:300], by=by)
