"""Reading playbooks from TOML files: read once, checked whole, every fault reported together."""

import datetime
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from duly.collection.playbook_parts import (
    EVERYBODY,
    LATE_BEFORE,
    MACHINE,
    PERSON,
    STAGES,
    Limits,
    Move,
    Playbook,
    PlaybookError,
    Stage,
    Step,
)
from duly.contact.models import Channel, Purpose
from duly.contact.wording import templates

_HEAD = {"id": str, "version": int, "local_time": str, "keep_for_days": int, "steps": list}
_HEAD_TOO = {"stages": list, "limits": dict, "goes_on_despite": list, "moves": list}
_STEP = {"id": str, "stage": str, "day": int, "channel": str, "template": str, "purpose": str, "tone": str}
_STEP_TOO = {"who": str, "segments": list, "to": str}
_STAGE = {"id": str, "from_days_late": int}
_STAGE_TOO = {"from_overdue": int, "back_below_days_late": int}
_LIMITS = {"contacts": int, "days": int}
_MOVE = {"segments": list, "playbook": str}
# What only a person can do.
BY_PERSON = ("voice", "visit")


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
    _check_fields(document, _HEAD, name, faults, _HEAD_TOO)
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
    stages = _stages(document.get("stages"), name, faults)
    limits, moves = document.get("limits"), document.get("moves", [])
    if isinstance(limits, dict):
        _check_fields(limits, _LIMITS, f"{name}: limits", faults)
    for number, move in enumerate(moves, 1):
        _check_fields(move, _MOVE, f"{name}: move {number}", faults)
    if len(faults) > before or local_time is None:
        return None
    return Playbook(
        id=document["id"],
        version=document["version"],
        local_time=local_time,
        keep_for_days=document["keep_for_days"],
        stages=stages or _stages_of_steps(steps),
        steps=tuple(Step(**{**step, "segments": frozenset(step.get("segments", ()))}) for step in steps),
        limits=Limits(**limits) if limits else None,
        goes_on_despite=frozenset(document.get("goes_on_despite", ())),
        moves=tuple(Move(frozenset(move["segments"]), move["playbook"]) for move in moves),
    )


def _stages(documents: list[dict[str, Any]] | None, name: str, faults: list[str]) -> tuple[Stage, ...]:
    """The stages that a file describes, in order; none when it describes none."""
    before = len(faults)
    for number, one in enumerate(documents or [], 1):
        where = f"{name}: stage {number}"
        _check_fields(one, _STAGE, where, faults, _STAGE_TOO)
        if isinstance(one.get("id"), str) and one["id"] not in STAGES:
            faults.append(f"{where}: id is {one['id']!r}; use one of {', '.join(STAGES)}")
    if not documents or len(faults) > before:
        return ()
    stages = tuple(Stage(**one) for one in documents)
    if [one.id for one in stages] != [stage for stage in STAGES if stage in {one.id for one in stages}]:
        faults.append(f"{name}: stages are {', '.join(one.id for one in stages)}; each once, in the order of {STAGES}")
    if [one.from_days_late for one in stages] != sorted({one.from_days_late for one in stages}):
        faults.append(f"{name}: from_days_late must grow from stage to stage")
    for one in stages:
        if one.back_below_days_late > one.from_days_late:
            faults.append(f"{name}: stage {one.id} would be left as soon as it is entered: lower back_below_days_late")
    return stages


def _stages_of_steps(steps: list[dict[str, Any]]) -> tuple[Stage, ...]:
    # A file without stages enters each by its first step.
    first = {stage: min((one["day"] for one in steps if one["stage"] == stage), default=None) for stage in STAGES}
    return tuple(Stage(stage, max(day, 0)) for stage, day in first.items() if day is not None)


def _check_step(step: dict[str, Any], where: str, faults: list[str]) -> None:
    _check_fields(step, _STEP, where, faults, _STEP_TOO)
    choices: Mapping[str, Any] = {
        "stage": STAGES,
        "channel": Channel.values,
        "purpose": Purpose.values,
        "who": (MACHINE, PERSON),
        "to": (EVERYBODY, LATE_BEFORE),
    }
    for field, allowed in choices.items():
        if isinstance(step.get(field), str) and step[field] not in allowed:
            faults.append(f"{where}: {field} is {step[field]!r}; use one of {', '.join(allowed)}")
    if step.get("day") == 0:
        faults.append(f"{where}: day is 0; nothing is late on the due day: use a day before or after")
    if step.get("channel") in BY_PERSON and step.get("who", MACHINE) != PERSON:
        faults.append(f'{where}: only a person can do it: add who = "{PERSON}"')
    if isinstance(step.get("day"), int) and step["day"] < 0 and step.get("who", MACHINE) == PERSON:
        faults.append(f"{where}: before the due date there is no case, so no task for a person: use a day after it")
    if isinstance(step.get("day"), int) and step["day"] > 0 and "to" in step:
        faults.append(f"{where}: to is for steps before the due date; whoever is late has this one")
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


def _check_fields(
    document: dict[str, Any],
    expected: Mapping[str, type],
    where: str,
    faults: list[str],
    optional: Mapping[str, type] | None = None,
) -> None:
    optional = optional or {}
    for field, kind in {**expected, **optional}.items():
        value = document.get(field)
        if field in optional and field not in document:
            continue
        if not isinstance(value, kind) or isinstance(value, bool):
            faults.append(f"{where}: {field} is missing or not a {kind.__name__}")
    for field in document.keys() - expected.keys() - optional.keys():
        faults.append(f"{where}: there is no field {field!r}; use {', '.join([*expected, *optional])}")
