"""What came of an experiment: for each playbook, how many cases were cured, and how many contacts that took."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from duly.collection.experiments import Experiment
from duly.collection.models import Assignment, CaseEvent
from duly.contact.models import Call, PlannedContact

# The standard normal's two-sided 95 % point.
Z95 = 1.959964
# Why a close closes a case of which nothing is overdue (services.loans_recover).
CURED = "nothing is overdue any more"


@dataclass(frozen=True)
class ArmResult:
    """One playbook of an experiment. `low` and `high` bound the share cured, in millionths (95 %, Wilson 1927)."""

    playbook: str
    probability: int
    cases: int
    cured: int
    contacts: int
    low: int
    high: int

    @property
    def share(self) -> int:
        """The share of its cases that were cured, in millionths."""
        return self.cured * 1_000_000 // self.cases if self.cases else 0

    @property
    def contacts_a_case(self) -> str:
        """Messages sent and talks, a case."""
        return f"{self.contacts / self.cases:.1f}" if self.cases else "–"


def results(running: Experiment) -> Sequence[ArmResult]:
    """The arms of an experiment, champion first. Four queries.

    A case is cured when it closed because nothing was overdue any more. Cases still open count as not cured yet.
    """
    drawn = Assignment.objects.filter(experiment=running.id)
    cured = Q(case__in=CaseEvent.objects.filter(kind=CaseEvent.Kind.CLOSED, because=CURED).values("case"))
    counted = drawn.order_by().values_list("playbook").annotate(every=Count("pk"), well=Count("pk", filter=cured))
    rows = {playbook: rest for playbook, *rest in counted}
    contacts = _contacts(running)
    found = []
    for arm in running.arms:
        cases, well = rows.get(arm.playbook, (0, 0))
        low, high = wilson(well, cases)
        found.append(ArmResult(arm.playbook, arm.share, cases, well, contacts.get(arm.playbook, 0), low, high))
    return found


def wilson(successes: int, trials: int) -> tuple[int, int]:
    """The 95 % interval of a share, in millionths, rounded outwards (Wilson, JASA 22 (1927) 209). All, without trials.

    (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n)
    """
    if trials == 0:
        return 0, 1_000_000
    share, z2 = successes / trials, Z95 * Z95
    middle = share + z2 / (2 * trials)
    spread = Z95 * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials))
    scale = 1 + z2 / trials
    low, high = (middle - spread) / scale, (middle + spread) / scale
    return max(0, math.floor(low * 1_000_000)), min(1_000_000, math.ceil(high * 1_000_000))


def _contacts(running: Experiment) -> dict[str, int]:
    """Messages sent to the borrowers of each arm, and talks with them, since they were drawn."""
    found: dict[str, int] = {}
    playbook_of = dict(
        Assignment.objects.filter(experiment=running.id).order_by("pk").values_list("borrower_id", "playbook")
    )
    drawn = Assignment.objects.filter(experiment=running.id).values("borrower_id")
    sent = PlannedContact.objects.filter(status=PlannedContact.Status.SENT, borrower_id__in=drawn)
    talks = Call.objects.filter(borrower_id__in=drawn)
    for rows in (sent, talks):
        for borrower_id, number in rows.order_by().values_list("borrower_id").annotate(Count("pk")):
            playbook = playbook_of[borrower_id]
            found[playbook] = found.get(playbook, 0) + number
    return found
