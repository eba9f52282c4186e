"""A scorecard: points for each characteristic of an application; read from JSON, with its digest.

The score is the base points and the points of each characteristic's bin; the higher, the likelier to pay. A scorecard
is made by `duly risk train`; docs/risk/scorecards.md describes the form, `scorecard.schema.json` is its JSON Schema.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import jsonschema
import numpy as np
import numpy.typing as npt

from duly.engine.errors import InputError
from duly.risk.columns import Columns, Flags, Int64
from duly.risk.forbidden import forbidden_part
from duly.risk.policy_faults import pointer
from duly.risk.words import Words, words_of


@dataclass(frozen=True)
class Bin:
    """Values below `below` (None: all that are left) and not in the bin before. `share` of the training sample."""

    below: int | None
    points: int
    share: float


@dataclass(frozen=True)
class Characteristic:
    """What is scored: its bins from low to high, the bin of not knowing (None: then there is no score), the points of
    an average applicant, and the reason that a person is given when it cost them points."""

    name: str
    kind: str
    title: Words
    reason: Words
    bins: tuple[Bin, ...]
    unknown: Bin | None
    neutral_points: int

    @property
    def best_points(self) -> int:
        """The points of the best bin."""
        return max(one.points for one in self.bins)

    @property
    def limits(self) -> Int64:
        """The limits between bins, rising, (bins − 1,)."""
        return np.array([one.below for one in self.bins[:-1]], np.int64)

    def bin_of(self, values: Int64, known: Flags) -> Int64:
        """The number of each value's bin, from 0; the number of bins stands for unknown."""
        found = np.searchsorted(self.limits, values, side="right")
        return np.where(known, found, len(self.bins))


@dataclass(frozen=True)
class Scaling:
    """A score of `points` stands for `good_to_bad_odds`, and `points_to_double_the_odds` more double them."""

    points: int
    good_to_bad_odds: float
    points_to_double_the_odds: float


@dataclass(frozen=True)
class Scorecard:
    """A version of a scorecard. `score_bands` are shares of the training sample by score, to watch stability by."""

    code: str
    version: int
    title: Words
    scaling: Scaling
    base_points: int
    characteristics: tuple[Characteristic, ...]
    score_bands: tuple[tuple[int | None, float], ...]
    digest: str

    @property
    def kinds(self) -> dict[str, str]:
        """The kind of each characteristic by name."""
        return {one.name: one.kind for one in self.characteristics}

    def default_probability(self, scores: Int64) -> npt.NDArray[np.float64]:
        """The probability of default that each score stands for, by the scaling: 1 / (1 + odds of paying)."""
        doublings = (scores - self.scaling.points) / self.scaling.points_to_double_the_odds
        probability: npt.NDArray[np.float64] = 1 / (1 + self.scaling.good_to_bad_odds * 2.0**doublings)
        return probability


@dataclass(frozen=True)
class Scored:
    """`score` (n,) and `points` (characteristics, n); the score is 0 where it is not `known`, and so are points."""

    known: Flags
    score: Int64
    points: Int64


def parse_scorecard(text: str) -> Scorecard:
    """The scorecard in a JSON `text`. Raises InputError at the first fault, with its JSON pointer."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"the scorecard is not JSON: {error}", "", "correct it at that line and column") from None
    for fault in scorecard_faults(document):
        raise fault
    return Scorecard(
        code=document["code"],
        version=document["version"],
        title=words_of(document["title"]),
        scaling=Scaling(**document["scaling"]),
        base_points=document["base_points"],
        characteristics=tuple(_characteristic(given) for given in document["characteristics"]),
        score_bands=tuple((band["below"], band["share"]) for band in document.get("score_bands", ())),
        digest=hashlib.sha256(text.encode()).hexdigest(),
    )


def score(scorecard: Scorecard, columns: Columns) -> Scored:
    """The score of each application and the points that it is made of."""
    points, known = [], []
    for one in scorecard.characteristics:
        column = columns[one.name]
        by_bin = np.array([each.points for each in one.bins] + [one.unknown.points if one.unknown else 0], np.int64)
        points.append(by_bin[one.bin_of(column.values, column.known)])
        known.append(column.known | (one.unknown is not None))
    all_known = np.logical_and.reduce(known)
    total = scorecard.base_points + np.sum(points, axis=0)
    return Scored(all_known, np.where(all_known, total, 0), np.array(points))


def scorecard_faults(document: Any) -> Iterator[InputError]:
    """Everything that is wrong with a scorecard's document."""
    remedy = "write it as docs/risk/scorecards.md shows"
    by_schema = [
        InputError(str(error.message)[:300], pointer(error.absolute_path), remedy)
        for error in jsonschema.Draft202012Validator(scorecard_schema()).iter_errors(document)
    ]
    yield from by_schema or _beyond_the_schema(document)


def scorecard_schema() -> dict[str, Any]:
    """The JSON Schema that every scorecard keeps."""
    read: dict[str, Any] = json.loads((resources.files("duly.risk") / "scorecard.schema.json").read_text("utf-8"))
    return read


def shipped_scorecards() -> list[str]:
    """The names of the scorecards that come with Duly."""
    return sorted(path.name.removesuffix(".json") for path in _folder().iterdir() if path.name.endswith(".json"))


@lru_cache
def shipped_scorecard_text(name: str) -> str:
    """The JSON of a scorecard that comes with Duly. Raises InputError when there is none of that name."""
    if name not in shipped_scorecards():
        raise InputError(f"there is no scorecard {name!r}", "/scorecard", f"use {', '.join(shipped_scorecards())}")
    text: str = (_folder() / f"{name}.json").read_text(encoding="utf-8")
    return text


def _folder() -> Any:
    return resources.files("duly.risk") / "scorecards"


def _beyond_the_schema(document: Mapping[str, Any]) -> Iterator[InputError]:
    seen = set()
    for index, given in enumerate(document["characteristics"]):
        where = f"/characteristics/{index}"
        part = forbidden_part(given["name"])
        if part:
            what = f"{given['name']} may not be an input: nobody is judged by {part!r}"
            yield InputError(what, f"{where}/name", "train the scorecard without it")
        if given["name"] in seen:
            yield InputError(f"{given['name']} stands twice", f"{where}/name", "keep one")
        seen.add(given["name"])
        limits = [one["below"] for one in given["bins"]]
        if limits[-1] is not None or None in limits[:-1] or sorted(set(limits[:-1])) != limits[:-1]:
            remedy = "let `below` rise from bin to bin, and be null in the last alone"
            yield InputError("the bins do not cover every value once", f"{where}/bins", remedy)


def _characteristic(given: Mapping[str, Any]) -> Characteristic:
    return Characteristic(
        name=given["name"],
        kind=given["kind"],
        title=words_of(given["title"]),
        reason=words_of(given["reason"]),
        bins=tuple(_bin(one) for one in given["bins"]),
        unknown=_bin(given["unknown"]) if given["unknown"] else None,
        neutral_points=given["neutral_points"],
    )


def _bin(given: Mapping[str, Any]) -> Bin:
    return Bin(given["below"], given["points"], given["share"])
