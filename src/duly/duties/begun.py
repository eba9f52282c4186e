"""What set a clock running: events that somebody recorded, and those that the record knows by itself.

A borrower's open dispute or complaint is a circumstance on record; the first message sent is a first communication; an
agency's mandates and evaluations are on record; a duty done may begin the next clock, as an evaluation begins the year
until the next. Nobody enters these again.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Min, Q

from duly.agencies.models import Evaluation, Mandate
from duly.contact.local_time import lender_date
from duly.contact.models import Message
from duly.duties.models import Event, Mark
from duly.people.models import Circumstance

FIRST_COMMUNICATION = "first_communication"
# The event that a circumstance is, when it begins. An objection to the debt has the clock of one to its record.
OF_CIRCUMSTANCES = {
    Circumstance.Kind.DISPUTED: "credit_objection_received",
    Circumstance.Kind.COMPLAINT_OPEN: "complaint_received",
}
AGENCIES = frozenset({"agency_mandated", "mandate_ends", "agency_evaluated"})
# The event that a duty is, once done; recorded by itself, it does the duty too.
DOING = {
    "evaluate_agency": "agency_evaluated",
    "send_validation": "validation_sent",
    "notify_of_report": "report_notice_sent",
}


@dataclass(frozen=True)
class Begun:
    """One running clock. `known_at` is when the event was known of, earlier than `at` for one that is still to come.

    `ended_at` is when the record itself says that it was dealt with. `zones` are the borrower's, comma-separated.
    """

    key: str
    kind: str
    at: datetime.datetime
    known_at: datetime.datetime
    borrower_id: int | None = None
    borrower: str = ""
    zones: str = ""
    subject: str = ""
    ended_at: datetime.datetime | None = None

    @property
    def whom(self) -> tuple[int | None, str]:
        """The borrower and the name that it concerns."""
        return self.borrower_id, self.subject

    @property
    def case(self) -> tuple[int | None, str, datetime.date]:
        """Whom it concerns, and the lender's date: two accounts of one complaint agree on these."""
        return self.borrower_id, self.subject, lender_date(self.at)


def begun_by(instant: datetime.datetime, kinds: Collection[str], marks: Iterable[Mark]) -> list[Begun]:
    """The clocks running at `instant` (UTC) or before it, the recorded ones of any kind, the others of `kinds`.

    `marks` are those that stand. Five queries at most, whatever the size of the book.
    """
    recorded = _recorded(instant)
    derived = [one for one in _of_circumstances(instant) if one.kind in kinds]
    if AGENCIES.intersection(kinds):
        derived += [one for one in _of_agencies(instant) if one.kind in kinds]
    known = _said_once(recorded, derived)
    if FIRST_COMMUNICATION in kinds:
        known = _first_communications(instant, known)
    return [*known, *_of_duties_done({one.key: one for one in known}, marks)]


def _recorded(instant: datetime.datetime) -> list[Begun]:
    rows = Event.objects.filter(Q(at__lte=instant) | Q(recorded_at__lte=instant)).order_by("pk")
    columns = ("pk", "kind", "at", "recorded_at", "borrower_id", "borrower__reference", "borrower__time_zones")
    return [
        Begun(f"event/{pk}", kind, at, min(at, recorded_at), borrower_id, borrower or "", zones or "", subject)
        for pk, kind, at, recorded_at, borrower_id, borrower, zones, subject in rows.values_list(*columns, "subject")
    ]


def _of_circumstances(instant: datetime.datetime) -> list[Begun]:
    rows = Circumstance.objects.filter(kind__in=OF_CIRCUMSTANCES, since__lte=instant).order_by("pk")
    columns = ("pk", "kind", "since", "until", "borrower_id", "borrower__reference", "borrower__time_zones")
    return [
        Begun(
            key=f"circumstance/{pk}",
            kind=OF_CIRCUMSTANCES[kind],
            at=since,
            known_at=since,
            borrower_id=borrower_id,
            borrower=borrower,
            zones=zones,
            ended_at=until if until is not None and until <= instant else None,
        )
        for pk, kind, since, until, borrower_id, borrower, zones in rows.values_list(*columns)
    ]


def _of_agencies(instant: datetime.datetime) -> list[Begun]:
    """Mandates as they begin and end, but for those revoked or not yet known of, and evaluations."""
    standing = Q(revoked_at__isnull=True) | Q(revoked_at__gt=instant)
    mandates = Mandate.objects.filter(standing, recorded_at__lte=instant).order_by("pk")
    found = []
    for pk, name, begins_on, ends_on, known_at in mandates.values_list(
        "pk", "agency__name", "begins_on", "ends_on", "recorded_at"
    ):
        for kind, on in (("agency_mandated", begins_on), ("mandate_ends", ends_on)):
            at = datetime.datetime.combine(on, datetime.time(), ZoneInfo(settings.TIME_ZONE))
            found.append(Begun(f"{kind}/{pk}", kind, at, min(at, known_at), subject=name))
    evaluations = Evaluation.objects.filter(at__lte=instant).order_by("pk").values_list("pk", "agency__name", "at")
    found += [Begun(f"evaluation/{pk}", "agency_evaluated", at, at, subject=name) for pk, name, at in evaluations]
    return found


def _said_once(recorded: list[Begun], derived: list[Begun]) -> list[Begun]:
    """Both together; what was recorded and is a circumstance of the same day too is one event."""
    circumstances: dict[tuple[str, object], list[Begun]] = defaultdict(list)
    for one in derived:
        circumstances[one.kind, one.case].append(one)
    known = []
    for one in recorded:
        same = circumstances[one.kind, one.case]
        known.append(replace(one, ended_at=same.pop(0).ended_at) if same else one)
    return [*known, *(one for same in circumstances.values() for one in same)]


def _first_communications(instant: datetime.datetime, known: list[Begun]) -> list[Begun]:
    """`known` with one first communication a borrower: the earliest, a message of Duly's or one recorded."""
    first: dict[tuple[int | None, str], Begun] = {}
    columns = ("planned__borrower_id", "planned__borrower__reference", "planned__borrower__time_zones")
    messages = Message.objects.filter(sent_at__lte=instant).values_list(*columns).annotate(at=Min("sent_at"))
    sent = [
        Begun("", FIRST_COMMUNICATION, at, at, borrower_id, borrower, zones)
        for borrower_id, borrower, zones, at in messages.order_by("planned__borrower_id")
    ]
    for one in [*sent, *(one for one in known if one.kind == FIRST_COMMUNICATION)]:
        if one.whom not in first or one.at < first[one.whom].at:
            first[one.whom] = one
    others = [one for one in known if one.kind != FIRST_COMMUNICATION]
    # The key is the borrower's, not the message's: marks stay where they are when an earlier one comes to light.
    return others + [
        replace(one, key=f"{FIRST_COMMUNICATION}/{borrower_id or subject}")
        for (borrower_id, subject), one in first.items()
    ]


def _of_duties_done(known: Mapping[str, Begun], marks: Iterable[Mark]) -> list[Begun]:
    sources = dict(known)
    found = []
    for mark in sorted(marks, key=lambda mark: mark.pk):
        source = sources.get(mark.event)
        if source is not None and mark.duty in DOING:
            key = f"mark/{mark.pk}"
            sources[key] = replace(source, key=key, kind=DOING[mark.duty], at=mark.at, known_at=mark.at, ended_at=None)
            found.append(sources[key])
    return found
