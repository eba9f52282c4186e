"""A person's data erased: what the law lets go of goes, what must be kept stays, reduced; a second person agrees.

Each room says what it erases and what it must keep (`@erases`), and what stands against erasing anything now
(`@stands_against`). What comes of it is a certificate.
"""

import datetime
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from duly.engine.errors import InputError
from duly.people import approvals
from duly.people.models import Approval, Borrower, Circumstance, Erasure, OneTimeCode, SignInAddress
from duly.people.roles import Role

KIND = "erase_person"


@dataclass(frozen=True)
class Line:
    """One line of a certificate: what, how many rows, whether they are gone; if kept, why, and until when at least.

    `needs_name`: what is kept cannot be read without knowing who the person is, so name and identity number stay too.
    """

    what: str
    rows: int
    erased: bool
    why: str = ""
    until: datetime.date | None = None
    needs_name: bool = False


Erases = Callable[[Borrower, datetime.datetime], list[Line]]
# What stands against erasing anything now, in words; empty when nothing does.
StandsAgainst = Callable[[Borrower, datetime.datetime], str]

_erases: dict[str, Erases] = {}
_stands_against: dict[str, StandsAgainst] = {}


def erases(room: Erases) -> Erases:
    """Register a room's function that erases what it may of a borrower and tells what it did and kept."""
    _erases[f"{room.__module__}.{room.__qualname__}"] = room
    return room


def stands_against(room: StandsAgainst) -> StandsAgainst:
    """Register a room's reason for which nothing of a borrower can be erased now, such as an open loan."""
    _stands_against[f"{room.__module__}.{room.__qualname__}"] = room
    return room


def reasons_against(borrower: Borrower, now: datetime.datetime) -> list[str]:
    """All that stands against erasing `borrower`'s data at `now`, in words."""
    return [reason for ask in _stands_against.values() if (reason := ask(borrower, now))]


def ask_to_erase(borrower: Borrower, by: User) -> Approval:
    """Ask for `borrower`'s data to be erased; it waits for a member of compliance, who is not `by`.

    Raises InputError while something stands against it.
    """
    if reasons := reasons_against(borrower, timezone.now()):
        raise InputError(" ".join(reasons), "/borrower", gettext("Ask again when that is settled."))
    return approvals.ask(KIND, {"borrower": borrower.pk}, by, borrower.reference)


def waiting(borrower: Borrower) -> Approval | None:
    """The erasure of `borrower`'s data that waits for a second person, if any."""
    found = Approval.objects.filter(kind=KIND, state=Approval.State.WAITING, about=borrower.reference)
    return found.first()


@approvals.carries_out(
    KIND,
    title=gettext_lazy("Erase a person's data"),
    approvers=[Role.COMPLIANCE],
    shown=lambda content: [(gettext("Borrower"), Borrower.objects.get(pk=content["borrower"]).reference)],
)
def _carry_out(content: dict[str, Any], approval: Approval) -> str:
    borrower = Borrower.objects.select_for_update().get(pk=content["borrower"])
    return f"certificate {erase(borrower, approval).digest[:12]}"


def erase(borrower: Borrower, approval: Approval) -> Erasure:
    """Erase what may go, reduce what stays, and put the certificate on record. Called once `approval` is given.

    Raises InputError while something stands against it.
    """
    now = timezone.now()
    if reasons := reasons_against(borrower, now):
        raise InputError(" ".join(reasons), "/borrower", gettext("Ask again when that is settled."))
    lines = [line for room in _erases.values() for line in room(borrower, now)]
    lines += _erase_account(borrower)
    lines += _erase_record(borrower, keeps_name=any(line.needs_name for line in lines))
    told = [asdict(line) | {"until": line.until.isoformat() if line.until else None} for line in lines if line.rows]
    digest = hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    return Erasure.objects.create(borrower=borrower, approval=approval, lines=told, digest=digest)


def _erase_record(borrower: Borrower, keeps_name: bool) -> list[Line]:
    held = {field: getattr(borrower, field) for field in ("name", "id_number", "phone", "email", "address")}
    gone = [field for field in held if held[field] and not (keeps_name and field in ("name", "id_number"))]
    for field in gone:
        setattr(borrower, field, "")
    born = borrower.birth_date is not None
    borrower.birth_date, borrower.time_zones = None, ""
    borrower.save(update_fields=[*gone, "birth_date", "time_zones"])
    lines = [Line(f"personal data: {field}", 1, erased=True) for field in [*gone, *(["birth_date"] if born else [])]]
    if keeps_name:
        why = "who made the contracts that are kept"
        lines += [Line(f"personal data: {field}", 1, False, why) for field in ("name", "id_number") if held[field]]
    notes = Circumstance.objects.filter(borrower=borrower).exclude(note="")
    lines.append(Line("notes on circumstances", notes.update(note=""), erased=True))
    consents = borrower.consent_events.count()
    return [*lines, Line("consents", consents, False, "proof of what was agreed to; no personal data in them")]


def _erase_account(borrower: Borrower) -> list[Line]:
    codes, _ = OneTimeCode.objects.filter(borrower=borrower).delete()
    lines = [Line("one-time codes", codes, erased=True)]
    user = borrower.user
    if user is None:
        return lines
    addresses, _ = SignInAddress.objects.filter(user=user).delete()
    factors, _ = Authenticator.objects.filter(user=user).delete()
    user.is_active = False
    user.set_unusable_password()
    user.first_name = user.last_name = user.email = ""
    user.save()
    return [*lines, Line("sign-in address", addresses, erased=True), Line("second factors", factors, erased=True)]


@stands_against
def _is_disputed(borrower: Borrower, now: datetime.datetime) -> str:
    still_open = borrower.circumstances.filter(kind__in=["disputed", "complaint_open"], since__lte=now)
    if still_open.exclude(until__lte=now).exists():
        return gettext("A complaint or a dispute is open.")
    return ""
