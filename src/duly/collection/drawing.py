"""The playbook that a new case begins with: the standard one, or the arm that the experiment draws, kept on record."""

import datetime
from collections.abc import Collection, Sequence

from duly.collection.experiments import Experiment, experiment
from duly.collection.models import Assignment, Case
from duly.collection.playbook import newest
from duly.collection.playbook_parts import Playbook
from duly.people.models import Borrower


def begin_playbooks(cases: Sequence[Case], on: datetime.date) -> list[Assignment]:
    """Set the playbook of cases that are about to be opened; the assignments to keep once they are.

    At most two queries, whatever the number. A borrower who was drawn before in this experiment keeps that arm.
    """
    running = experiment()
    if running is None:
        for case in cases:
            _begin(case, newest())
        return []
    borrower_ids = [case.borrower_id for case in cases]
    references = dict(Borrower.objects.filter(pk__in=borrower_ids).values_list("pk", "reference"))
    before = _drawn_before(running, borrower_ids)
    drawn = []
    for case in cases:
        assignment = _draw(running, case.borrower_id, references[case.borrower_id], before)
        playbook = newest(assignment.playbook)
        assignment.case, assignment.playbook_version, assignment.assigned_on = case, playbook.version, on
        _begin(case, playbook)
        drawn.append(assignment)
    return drawn


def _begin(case: Case, playbook: Playbook) -> None:
    case.playbook, case.playbook_version = playbook.id, playbook.version


def _drawn_before(running: Experiment, borrower_ids: Collection[int]) -> dict[int, tuple[str, int, int]]:
    arms = {arm.playbook for arm in running.arms}
    found = Assignment.objects.filter(borrower_id__in=borrower_ids, experiment=running.id).order_by("pk")
    rows = found.values_list("borrower_id", "playbook", "probability", "draw")
    return {borrower: (playbook, *rest) for borrower, playbook, *rest in rows if playbook in arms}


def _draw(running: Experiment, borrower_id: int, reference: str, before: dict[int, tuple[str, int, int]]) -> Assignment:
    if borrower_id in before:
        playbook, probability, place = before[borrower_id]
    else:
        arm, place = running.draw(reference)
        playbook, probability = arm.playbook, arm.share
    return Assignment(
        borrower_id=borrower_id,
        experiment=running.id,
        experiment_version=running.version,
        playbook=playbook,
        probability=probability,
        draw=place,
    )
