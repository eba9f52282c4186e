"""Experiments: which playbook a new case begins with, drawn by a keyed hash, with the probability that it had."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac

from duly.collection.playbook import DEFAULT, names

MILLION = 1_000_000
_FOLDER = Path(__file__).parent


class ExperimentError(ValueError):
    """An experiment that cannot be run; the text lists every fault with its place."""


@dataclass(frozen=True)
class Arm:
    """A playbook and its share of the borrowers, in millionths."""

    playbook: str
    share: int


@dataclass(frozen=True)
class Experiment:
    """Playbooks tried against each other; the first arm is the champion."""

    id: str
    version: int
    arms: Sequence[Arm]

    @property
    def champion(self) -> str:
        """The playbook that the others are tried against."""
        return self.arms[0].playbook

    def draw(self, borrower_reference: str) -> tuple[Arm, int]:
        """The arm of a borrower, and their place between 0 and one million: always the same.

        The place is the first eight bytes of an HMAC-SHA-256 of the experiment and the reference, as a fraction of
        2^64, rounded down to a millionth.
        """
        digest = salted_hmac("duly.collection.experiments", f"{self.id}/{borrower_reference}", algorithm="sha256")
        place = int.from_bytes(digest.digest()[:8]) * MILLION >> 64
        before = 0
        for arm in self.arms:
            before += arm.share
            if place < before:
                return arm, place
        raise ExperimentError(f"{self.id}: the shares of its arms do not make {MILLION}")


def experiment() -> Experiment | None:
    """The experiment that new cases are drawn in (settings.DULY_EXPERIMENT); None when none is.

    Raises ExperimentError when there is none of that name.
    """
    wanted = settings.DULY_EXPERIMENT
    if not wanted:
        return None
    found = next((one for one in experiments() if one.id == wanted), None)
    if found is None:
        ids = ", ".join(one.id for one in experiments())
        raise ExperimentError(f"there is no experiment {wanted!r}: DULY_EXPERIMENT may name {ids}, or nothing")
    return found


@lru_cache
def experiments() -> Sequence[Experiment]:
    """Every experiment that comes with Duly. Raises ExperimentError naming every fault."""
    return load_experiments(_FOLDER)


def load_experiments(folder: Path) -> list[Experiment]:
    """The experiments in the TOML files of `folder`. Raises ExperimentError naming every fault in every file."""
    faults: list[str] = []
    found = []
    for path in sorted(folder.glob("*.toml")):
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        wrong = _faults(document)
        faults += [f"{path.name}: {fault}" for fault in wrong]
        if not wrong:
            arms = [Arm(one["playbook"], one["share"]) for one in document["arms"]]
            found.append(Experiment(document["id"], document["version"], arms))
    if faults:
        raise ExperimentError("experiments cannot be run:\n" + "\n".join(faults))
    return found


def _faults(document: dict[str, Any]) -> list[str]:
    expected = {"id": str, "version": int, "arms": list}
    faults = [f"{name} is missing" for name, kind in expected.items() if not isinstance(document.get(name), kind)]
    arms = document.get("arms", [])
    for one in arms:
        if one.get("playbook") not in names():
            faults.append(f"there is no playbook {one.get('playbook')!r}; use one of {', '.join(names())}")
    if not arms or sum(one.get("share", 0) for one in arms) != MILLION or any(one.get("share", 0) <= 0 for one in arms):
        faults.append(f"the shares of its arms must each be more than 0 and make {MILLION} together")
    if len({one.get("playbook") for one in arms}) < len(arms):
        faults.append("each playbook is one arm only")
    if arms and arms[0].get("playbook") != DEFAULT:
        faults.append(f"the first arm is the champion, {DEFAULT}")
    return faults
