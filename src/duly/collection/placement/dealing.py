"""Dealing: which open cases may be placed by the rules, which are left out and why, and which agency gets which."""

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from duly.agencies.services import mandated
from duly.collection import stops
from duly.collection.models import Case
from duly.collection.placement.models import Placement
from duly.collection.placement.rules import MILLION, PlacementRules
from duly.contact.local_time import lender_date
from duly.engine.errors import InputError
from duly.people.models import Circumstance


@dataclass(frozen=True)
class Candidate:
    """An open case that may be placed. `worth` and `overdue` in minor units of the base currency."""

    case_id: int
    borrower_id: int
    overdue: int
    worth: int


@dataclass(frozen=True)
class Dealt:
    """Which case goes to which agency (code), in order of worth; why others are left out (reason → how many)."""

    cases: tuple[tuple[Candidate, str], ...]
    left_out: Mapping[str, int]

    def by_agency(self) -> dict[str, tuple[int, int]]:
        """For each agency: how many cases, and how much is overdue in them."""
        counts: Counter[str] = Counter(code for _, code in self.cases)
        return {
            code: (count, sum(one.overdue for one, of in self.cases if of == code)) for code, count in counts.items()
        }


def deal(rules: PlacementRules, now: datetime.datetime) -> Dealt:
    """Deal every open case that the rules let be placed at `now`. A dozen queries, whatever the number of cases.

    The cases are dealt from the most worth to the least, each to the agency that is furthest behind its share, so that
    all get the same mix. Raises InputError when no agency may act, or a share is that of one that may not.
    """
    shares = _shares(rules, now)
    found, left_out = _candidates(rules, now)
    had = _had_lately({one.borrower_id for one in found}, rules.not_again_for_days, now)
    given: Counter[str] = Counter()
    dealt = []
    for one in sorted(found, key=lambda one: (-one.worth, one.case_id)):
        open_to = [code for code in shares if code not in had.get(one.borrower_id, ())]
        if not open_to:
            left_out["every agency has had it lately"] += 1
            continue
        # Behind by most: how many it would have after this one, for its share.
        code = min(open_to, key=lambda code: ((given[code] + 1) * MILLION / shares[code], code))
        given[code] += 1
        dealt.append((one, code))
    return Dealt(tuple(dealt), dict(left_out))


def reasons_against(cases: Sequence[Case], rules: PlacementRules, now: datetime.datetime) -> dict[int, str]:
    """Why some of these cases may not be placed (case → reason). Five queries, whatever the number."""
    borrowers = {case.borrower_id for case in cases}
    on = lender_date(now)
    protected = Circumstance.objects.filter(
        borrower_id__in=borrowers, kind__in=rules.leave_out, since__lte=now
    ).exclude(until__lte=now)
    kinds = dict(protected.values_list("borrower_id", "kind"))
    stopped = stops.stopped(borrowers, on)
    found = {}
    for case in cases:
        standing = getattr(case, "standing", None)
        if standing is None or standing.oldest_due_on is None:
            found[case.pk] = "nothing overdue"
        elif not rules.from_days_late <= (on - standing.oldest_due_on).days <= rules.through_days_late:
            found[case.pk] = "days late"
        elif (standing.overdue or 0) < rules.least_overdue:
            found[case.pk] = "too little overdue"
        elif rules.segments and standing.segment not in rules.segments:
            found[case.pk] = "other segment"
        elif standing.paused_on is not None:
            found[case.pk] = "paused"
        elif case.borrower_id in kinds:
            found[case.pk] = kinds[case.borrower_id]
        elif case.borrower_id in stopped:
            found[case.pk] = stopped[case.borrower_id][0].name
    return found


def _candidates(rules: PlacementRules, now: datetime.datetime) -> tuple[list[Candidate], Counter[str]]:
    cases = list(Case.objects.filter(closed_on=None).select_related("standing").order_by("pk"))
    against = reasons_against(cases, rules, now)
    found = [
        Candidate(case.pk, case.borrower_id, case.standing.overdue or 0, case.standing.worth)
        for case in cases
        if case.pk not in against
    ]
    return found, Counter(against.values())


def _shares(rules: PlacementRules, now: datetime.datetime) -> dict[str, int]:
    may_act = {agency.code for agency in mandated(now)}
    if not may_act:
        raise InputError("no agency has a mandate in force", "/shares", "give one a mandate first")
    for code, _ in rules.shares:
        if code not in may_act:
            raise InputError(f"{code} has no mandate in force", "/shares", f"use {', '.join(sorted(may_act))}")
    return dict(rules.shares) or dict.fromkeys(sorted(may_act), MILLION)


def _had_lately(borrowers: set[int], days: int, now: datetime.datetime) -> dict[int, set[str]]:
    since = now - datetime.timedelta(days=days)
    earlier = Placement.objects.filter(borrower_id__in=borrowers, ended_at__gt=since)
    had: dict[int, set[str]] = {}
    for borrower_id, code in earlier.values_list("borrower_id", "agency__code"):
        had.setdefault(borrower_id, set()).add(code)
    return had
