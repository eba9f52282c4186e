"""The parts of a playbook: stages, steps, limits, and what a playbook answers about itself."""

import datetime
from dataclasses import dataclass

STAGES = ("reminder", "notice", "legal")
MACHINE, PERSON = "machine", "person"
EVERYBODY, LATE_BEFORE = "everybody", "late_before"


class PlaybookError(ValueError):
    """A playbook that cannot be followed; the text lists every fault with its place."""


@dataclass(frozen=True)
class Stage:
    """A part of a playbook. A case enters it once it is `from_days_late` days late and `from_overdue` minor units of
    the base currency are overdue, and goes back to the stage before when fewer than `back_below_days_late`."""

    id: str
    from_days_late: int
    from_overdue: int = 0
    back_below_days_late: int = 0


@dataclass(frozen=True)
class Step:
    """One contact of a playbook. `day` counts from the due date of the oldest unpaid installment: negative, the
    morning before it on which the message leaves; positive, the close that finds the loan so many days late.

    `who`: the machine sends it, or a person does it as a task. It is for cases of `segments`; of all when empty.
    `to`: a step before the due date is for everybody, or for those who were late before (and a first installment).
    """

    id: str
    stage: str
    day: int
    channel: str
    template: str
    purpose: str
    tone: str
    who: str = MACHINE
    segments: frozenset[str] = frozenset()
    to: str = EVERYBODY


@dataclass(frozen=True)
class Limits:
    """The lender's own limit, besides the law's: at most `contacts` by machine and people together in `days` days."""

    contacts: int
    days: int


@dataclass(frozen=True)
class Move:
    """A case that comes into one of `segments` goes on with the newest version of `playbook`."""

    segments: frozenset[str]
    playbook: str


@dataclass(frozen=True)
class Playbook:
    """A version of a plan of action. Messages leave at `local_time` where the borrower lives, and may be put off for
    `keep_for_days` days before they come too late. It rests for all that may stop it (see stops.py), but for what
    `goes_on_despite` names."""

    id: str
    version: int
    local_time: datetime.time
    keep_for_days: int
    stages: tuple[Stage, ...]
    steps: tuple[Step, ...]
    limits: Limits | None = None
    goes_on_despite: frozenset[str] = frozenset()
    moves: tuple[Move, ...] = ()

    def late_step(self, days_past_due: int, stage: str | None = None, segment: str = "") -> Step | None:
        """The step for a case that a close finds `days_past_due` days late in `stage` (any: None) and `segment`."""
        return next(
            (
                step
                for step in self.late_steps
                if step.day == days_past_due
                and stage in (None, step.stage)
                and (not step.segments or segment in step.segments)
            ),
            None,
        )

    @property
    def early_steps(self) -> tuple[Step, ...]:
        """The steps before the due date."""
        return tuple(step for step in self.steps if step.day < 0)

    @property
    def late_steps(self) -> tuple[Step, ...]:
        """The steps after the due date."""
        return tuple(step for step in self.steps if step.day > 0)

    def step(self, step_id: str) -> Step | None:
        """The step of that name, if there is one."""
        return next((step for step in self.steps if step.id == step_id), None)

    def rests(self, stop: str) -> bool:
        """Whether a stop of this name (`promise`, `dispute`…) stops it."""
        return stop not in self.goes_on_despite
