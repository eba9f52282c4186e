"""Protecting a person: a circumstance on record, what it pauses on their loans, and the end of both by itself."""

import datetime
from collections.abc import Collection

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from duly.collection import services as cases
from duly.collection import timeline
from duly.collection.hardship.models import HardshipApplication, Pause
from duly.collection.hardship.policy import KINDS, hardship_policy
from duly.contact.local_time import lender_date
from duly.duties.services import clock_of, record_event
from duly.engine.errors import InputError
from duly.lending.pausing import resume_many
from duly.lending.positions import loans_on
from duly.lending.services import pause_penalty
from duly.people.models import Borrower, Circumstance

BREATHING_SPACE = "breathing_space"
ONE_DAY = datetime.timedelta(days=1)


def protect(
    borrower: Borrower,
    kind: str,
    *,
    by: User | None,
    at: datetime.datetime,
    days: int | None = None,
    note: str = "",
) -> Circumstance:
    """Put a protection on record from `at` on, for `days` (as the policy has it when not given; 0: until ended).

    What it pauses does not grow on the borrower's open loans from that date; messages that were planned are cancelled
    where it stops the playbook. A breathing space lasts as long as the law in force says. Raises InputError for an
    unknown kind, and while the same protection is open.
    """
    if kind not in KINDS:
        raise InputError(f"there is no protection {kind!r}", "/kind", f"use {', '.join(KINDS)}")
    protection = hardship_policy().protections[kind]
    on = lender_date(at)
    with transaction.atomic():
        Borrower.objects.select_for_update().get(pk=borrower.pk)
        if _open(borrower, at).filter(kind=kind).exists():
            raise InputError(gettext("This protection is in force."), "/kind", gettext("End it first, or leave it."))
        made = Circumstance.objects.create(
            borrower=borrower, kind=kind, since=at, until=_until(borrower, kind, days, at), note=note.strip()
        )
        if protection.pauses:
            _pause(made, protection.pauses, on)
        if kind == BREATHING_SPACE and clock_of("breathing_space_began", at, borrower.time_zones):
            record_event(
                "breathing_space_began",
                at,
                f"breathing space {made.pk}",
                by.get_username() if by else "",
                borrower=borrower,
            )
        if protection.stops_playbook:
            cases.hold([borrower.pk], f"protected: {kind.replace('_', ' ')}", at)
        timeline.note(borrower, "protection_began", kind.replace("_", " "), at, by)
    return made


def end_protection(circumstance: Circumstance, *, by: User | None, at: datetime.datetime, why: str) -> None:
    """End a protection before its day; what it paused goes on from the next day. Raises InputError without a reason."""
    if not why.strip():
        raise InputError(gettext("Ending a protection needs a reason."), "/why", gettext("Say in a line why."))
    with transaction.atomic():
        held = Circumstance.objects.select_for_update().get(pk=circumstance.pk)
        if held.until is not None and held.until <= at:
            raise InputError(gettext("This protection is over."), "/circumstance", gettext("Look at it again."))
        held.until = at
        held.save(update_fields=["until"])
        end_what_is_over(lender_date(at), at)
        timeline.note(held.borrower, "protection_ended", why.strip(), at, by)


def end_what_is_over(day: datetime.date, now: datetime.datetime) -> int:
    """Let the loans whose protections have ended by the end of `day` go on the day after; how many.

    Called after each close. A loan that another protection still covers rests on. A handful of queries, whatever the
    number.
    """
    del now
    end = timezone.make_aware(datetime.datetime.combine(day + ONE_DAY, datetime.time()))
    with transaction.atomic():
        over = list(Pause.objects.filter(ended_on=None, circumstance__until__lte=end).values_list("pk", "loan_id"))
        if not over:
            return 0
        Pause.objects.filter(pk__in=[pk for pk, _ in over]).update(ended_on=day)
        resting = set(
            Pause.objects.filter(ended_on=None, loan_id__in=[loan for _, loan in over]).values_list(
                "loan_id", flat=True
            )
        )
        free = sorted({loan for _, loan in over} - resting)
        resume_many(free, day + ONE_DAY, key=f"protection over {day}", source="hardship")
    return len(free)


def open_protections(borrower: Borrower, at: datetime.datetime) -> list[Circumstance]:
    """The protections of `borrower` in force at `at`, the oldest first."""
    return list(_open(borrower, at).filter(kind__in=KINDS).order_by("since", "pk"))


def borrowers_protected(borrower_ids: Collection[int], on: datetime.date) -> dict[int, str]:
    """Whose playbook rests because they are protected, or have asked to be. Two queries."""
    stopping = [one.kind for one in hardship_policy().protections.values() if one.stops_playbook]
    end = timezone.make_aware(datetime.datetime.combine(on + ONE_DAY, datetime.time()))
    since = on - hardship_policy().looking_days * ONE_DAY
    asked = HardshipApplication.objects.filter(
        borrower_id__in=borrower_ids, state=HardshipApplication.State.WAITING, asked_on__range=(since, on)
    )
    found = dict.fromkeys(asked.values_list("borrower_id", flat=True), "asks for relief")
    there = Circumstance.objects.filter(
        Q(until=None) | Q(until__gte=end), borrower_id__in=borrower_ids, kind__in=stopping, since__lt=end
    )
    found.update(
        (one, f"protected: {kind.replace('_', ' ')}") for one, kind in there.values_list("borrower_id", "kind")
    )
    return found


def _open(borrower: Borrower, at: datetime.datetime):
    return Circumstance.objects.filter(Q(until=None) | Q(until__gt=at), borrower=borrower, since__lte=at)


def _until(borrower: Borrower, kind: str, days: int | None, at: datetime.datetime) -> datetime.datetime | None:
    if kind == BREATHING_SPACE and days is None:
        ends = clock_of("breathing_space_began", at, borrower.time_zones).get("breathing_space_ends")
        if ends is not None:
            return ends.due_at
    length = hardship_policy().protections[kind].days if days is None else days
    if not length:
        return None
    # Through the end of its last day where the lender is.
    return timezone.make_aware(datetime.datetime.combine(lender_date(at) + length * ONE_DAY, datetime.time()))


def _pause(circumstance: Circumstance, stops: Collection[str], on: datetime.date) -> None:
    for held in loans_on(circumstance.borrower, on):
        if held.position.status == "open":
            key = f"protection/{circumstance.pk}/{held.loan.pk}"
            fact = pause_penalty(held.loan.reference, on, key=key, stops=tuple(stops), source="hardship")
            Pause.objects.create(circumstance=circumstance, loan=held.loan, paused=fact)
