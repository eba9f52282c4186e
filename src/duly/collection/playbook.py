"""Playbooks: plans of action as TOML files, read once, checked whole, every fault reported together."""

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from duly.contact.models import Channel, Purpose
from duly.contact.wording import templates

STAGES = ("reminder", "notice", "legal")
DEFAULT = "standard"
_FOLDER = Path(__file__).parent / "playbooks"
_HEAD = {"id": str, "version": int, "local_time": str, "keep_for_days": int, "steps": list}
_STEP = {"id": str, "stage": str, "day": int, "channel": str, "template": str, "purpose": str, "tone": str}


class PlaybookError(ValueError):
    """A playbook that cannot be followed; the text lists every fault with its place."""


@dataclass(frozen=True)
class Step:
    """One contact of a playbook. `day` counts from the due date of the oldest unpaid installment: negative, the
    morning before it on which the message leaves; positive, the close that finds the loan so many days late."""

    id: str
    stage: str
    day: int
    channel: str
    template: str
    purpose: str
    tone: str


@dataclass(frozen=True)
class Playbook:
    """A version of a plan of action. Messages leave at `local_time` where the borrower lives, and may be put off for
    `keep_for_days` days before they come too late."""

    id: str
    version: int
    local_time: datetime.time
    keep_for_days: int
    steps: tuple[Step, ...]

    def late_step(self, days_past_due: int) -> Step | None:
        """The step for a borrower that a close finds `days_past_due` days late, if there is one."""
        return next((step for step in self.steps if step.day == days_past_due and step.day > 0), None)

    @property
    def early_steps(self) -> tuple[Step, ...]:
        """The steps before the due date."""
        return tuple(step for step in self.steps if step.day < 0)

    @property
    def late_steps(self) -> tuple[Step, ...]:
        """The steps after the due date."""
        return tuple(step for step in self.steps if step.day > 0)


@lru_cache
def playbooks() -> Mapping[tuple[str, int], Playbook]:
    """Every playbook by id and version. Raises PlaybookError naming every fault in every file."""
    return load_playbooks(_FOLDER)


def newest(playbook_id: str = DEFAULT) -> Playbook:
    """The newest version of a playbook: the one that a new case begins with."""
    return max((one for one in playbooks().values() if one.id == playbook_id), key=lambda one: one.version)


def version(playbook_id: str, number: int) -> Playbook:
    """One version of a playbook. Raises PlaybookError when its file is gone: open cases still follow it."""
    try:
        return playbooks()[playbook_id, number]
    except KeyError:
        raise PlaybookError(
            f"there is no playbook {playbook_id!r} version {number} in {_FOLDER}: put its file back, a case follows it"
        ) from None


def load_playbooks(folder: Path) -> dict[tuple[str, int], Playbook]:
    """The playbooks in the TOML files of `folder`. Raises PlaybookError naming every fault in every file."""
    faults: list[str] = []
    found: dict[tuple[str, int], Playbook] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            faults.append(f"{path.name}: {error}")
            continue
        playbook = _read(document, path.name, faults)
        if playbook is None:
            continue
        if (playbook.id, playbook.version) in found:
            faults.append(f"{path.name}: {playbook.id} version {playbook.version} is in another file too; count it up")
        found[playbook.id, playbook.version] = playbook
    if faults:
        raise PlaybookError("playbooks cannot be followed:\n" + "\n".join(faults))
    return found


def _read(document: dict[str, Any], name: str, faults: list[str]) -> Playbook | None:
    before = len(faults)
    _check_fields(document, _HEAD, name, faults)
    local_time = None
    if isinstance(document.get("local_time"), str):
        try:
            local_time = datetime.time.fromisoformat(document["local_time"])
        except ValueError:
            faults.append(f'{name}: local_time is {document["local_time"]!r}; write it as "10:00"')
    if isinstance(document.get("keep_for_days"), int) and not 1 <= document["keep_for_days"] <= 30:
        faults.append(f"{name}: keep_for_days is {document['keep_for_days']}; give 1 to 30")
    steps = document["steps"] if isinstance(document.get("steps"), list) else []
    for number, step in enumerate(steps, 1):
        _check_step(step, f"{name}: step {number} ({step.get('id', 'without id')})", faults)
    for field in ("id", "day"):
        values = [step.get(field) for step in steps]
        for value in sorted({str(value) for value in values if value is not None and values.count(value) > 1}):
            faults.append(f"{name}: {field} {value} is used by more than one step; each needs its own")
    if len(faults) > before or local_time is None:
        return None
    return Playbook(
        id=document["id"],
        version=document["version"],
        local_time=local_time,
        keep_for_days=document["keep_for_days"],
        steps=tuple(Step(**step) for step in steps),
    )


def _check_step(step: dict[str, Any], where: str, faults: list[str]) -> None:
    _check_fields(step, _STEP, where, faults)
    choices = {"stage": STAGES, "channel": Channel.values, "purpose": Purpose.values}
    for field, allowed in choices.items():
        if isinstance(step.get(field), str) and step[field] not in allowed:
            faults.append(f"{where}: {field} is {step[field]!r}; use one of {', '.join(allowed)}")
    if step.get("day") == 0:
        faults.append(f"{where}: day is 0; nothing is late on the due day: use a day before or after")
    template = templates().get(step.get("template", ""))
    if template is None:
        faults.append(f"{where}: there is no template {step.get('template')!r}; use one of {', '.join(templates())}")
        return
    for field in ("channel", "purpose"):
        if step.get(field) != getattr(template, field):
            faults.append(
                f"{where}: {field} is {step.get(field)!r}, but its template is for {getattr(template, field)}"
            )
    if isinstance(step.get("day"), int) and (step["day"] < 0) != (template.about == "due_soon"):
        faults.append(f"{where}: day {step['day']} does not fit a template about loans {template.about}")


def _check_fields(document: dict[str, Any], expected: dict[str, type], where: str, faults: list[str]) -> None:
    for field, kind in expected.items():
        value = document.get(field)
        if not isinstance(value, kind) or isinstance(value, bool):
            faults.append(f"{where}: {field} is missing or not a {kind.__name__}")
    for field in document.keys() - expected.keys():
        faults.append(f"{where}: there is no field {field!r}; use {', '.join(expected)}")
