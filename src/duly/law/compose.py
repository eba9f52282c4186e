"""Packs put together: the law in force for a question, as rows that the gate's loops read.

The base is always in force. Where a country's or region's rule applies to a contact, it stands in the place of the
base's rule on the same subject, stricter or not: the base speaks where the pack is silent. Everything else adds up, so
the strictest wins. A house pack never replaces anything: it can only forbid more.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from duly.engine import dates
from duly.engine.errors import InputError
from duly.law import holidays_on_record
from duly.law.columns import FIGURES, NEVER, NO_DAY, RULE, UNKNOWN, Rules
from duly.law.gate import KINDS
from duly.law.kinds import frequency, holidays, hours, preceded, preference, reply
from duly.law.pack import Pack, Rule, shipped_names, shipped_pack
from duly.law.vocabulary import (
    CHANNELS,
    CIRCUMSTANCES,
    CONSENTS,
    ITEMS,
    PARTIES,
    PURPOSES,
    RELATIONS,
    STATUSES,
    everything,
    mask,
)

_ENCODERS = {
    "hours": hours.encode,
    "holidays": holidays.encode,
    "frequency": frequency.encode,
    "cooling": frequency.encode,
    "reply": reply.encode,
    "preceded": preceded.encode,
    "preference": preference.encode,
}
# The kinds whose only figure is a set: its name and its words.
_SETS = {
    "relation": ("allowed", RELATIONS),
    "purpose": ("allowed", PURPOSES),
    "status": ("allowed", STATUSES),
    "circumstance": ("any_of", CIRCUMSTANCES),
    "requires": ("any_of", CIRCUMSTANCES),
    "dispute": ("any_of", CIRCUMSTANCES),
    "must_include": ("items", ITEMS),
}


@dataclass(frozen=True)
class Law:
    """The packs in force together: their rules about contacts, in the order of the rows of `rows`."""

    packs: tuple[Pack, ...]
    rules: tuple[Rule, ...]
    rows: Rules
    newest_text: tuple[
        bool, ...
    ]  # whether no rule of the same id takes over later: only that one is shown when out of force

    @property
    def versions(self) -> dict[str, dict[str, object]]:
        """Each pack's version and digest, as the log keeps them."""
        return {pack.name: {"version": pack.version, "digest": pack.digest} for pack in self.packs}


def law_of(names: str, house: Sequence[Pack] = ()) -> Law:
    """The law of a question's `pack`, names separated by commas; a name may be one of `house`. Raises InputError."""
    return _law_of(names, tuple(house))


@lru_cache(maxsize=256)
def _law_of(names: str, house: tuple[Pack, ...]) -> Law:
    asked = [name.strip() for name in names.split(",") if name.strip()]
    if not asked:
        raise InputError("no pack is named", "/pack", 'name the country\'s pack, as in "cn"')
    own = {pack.name: pack for pack in house}
    for pack in house:
        if pack.level != "house":
            raise InputError(f"the pack {pack.name} is not a house pack", "/pack", 'its level must be "house"')
        if pack.name in shipped_names():
            raise InputError(
                f"the pack {pack.name} has the name of one of Duly's", "/pack", "give it a name of its own"
            )
    packs = {"base": shipped_pack("base")}
    for name in asked:
        pack = own[name] if name in own else shipped_pack(name)
        if pack.within:
            packs[pack.within] = shipped_pack(pack.within)
        packs[name] = pack
    return compose(list(packs.values()))


def compose(packs: Sequence[Pack]) -> Law:
    """The law of `packs`, in any order."""
    packs = sorted(packs, key=lambda pack: ("house", "country", "region", "base").index(pack.level))
    placed = [(pack, rule) for pack in packs for rule in pack.rules if rule.about_contacts]
    placed[:0] = _bound_as_agencies(packs)
    of_the_base = sorted({rule.subject for pack, rule in placed if pack.level == "base"})
    subjects = {name: code for code, name in enumerate(of_the_base)}
    calendars = [rule.figures.get("calendar") for _, rule in placed]
    rest = [[] if name is None else holidays_on_record.days_of(name) for name in calendars]

    def sets(name: str, vocabulary: Sequence[str]) -> list[int]:
        return [
            mask(rule.applies[name], vocabulary) if name in rule.applies else everything(vocabulary)
            for _, rule in placed
        ]

    rows = np.zeros(len(placed), RULE)
    rows["kind"] = [KINDS.index(rule.kind) for _, rule in placed]
    rows["subject"] = [subjects.get(rule.subject, 0) for _, rule in placed]
    rows["is_base"] = [pack.level == "base" for pack, _ in placed]
    rows["speaks"] = [pack.level in ("country", "region") and rule.subject in subjects for pack, rule in placed]
    rows["channels"] = sets("channels", CHANNELS)
    rows["purposes"] = sets("purposes", PURPOSES)
    rows["parties"] = sets("by", PARTIES)
    rows["relations"] = sets("relations", RELATIONS)
    rows["dpd_from"] = [rule.applies.get("days_past_due_from", -NEVER) for _, rule in placed]
    rows["dpd_below"] = [rule.applies.get("days_past_due_below", NEVER) for _, rule in placed]
    rows["when"] = [mask(rule.applies.get("circumstances", ()), CIRCUMSTANCES) for _, rule in placed]
    rows["lifted_by"] = [mask(rule.lifted_by, CIRCUMSTANCES) for _, rule in placed]
    rows["consent"] = [
        CONSENTS.index(rule.unless["consent"]) if "consent" in rule.unless else UNKNOWN for _, rule in placed
    ]
    rows["consent_days"] = [rule.unless.get("days", 0) for _, rule in placed]
    rows["consent_direct"] = [rule.unless.get("direct", False) for _, rule in placed]
    rows["consent_once"] = [rule.unless.get("once", False) for _, rule in placed]
    rows["begins"] = [_day(rule.begins) for _, rule in placed]
    rows["ends"] = [_day(rule.ends) for _, rule in placed]
    rows["figures"] = [_figures(rule) for _, rule in placed]
    rows["last_holiday"] = np.cumsum([len(days) for days in rest])
    rows["first_holiday"][1:] = rows["last_holiday"][:-1]
    holiday = np.array([day for days in rest for day in days], np.int64)
    rules = tuple(rule for _, rule in placed)
    newest = {rule.id: rule for rule in sorted(rules, key=lambda rule: rule.begins or datetime.date.min)}
    return Law(tuple(packs), rules, Rules(rows, holiday), tuple(newest[rule.id] is rule for rule in rules))


def _bound_as_agencies(packs: Sequence[Pack]) -> list[tuple[Pack, Rule]]:
    """Rules about agencies, once more for the lender's own department, where its house pack says that they bind it.

    They come from the house, so they take the place of nothing.
    """
    return [
        (house, replace(rule, applies={**rule.applies, "by": ["in_house"]}))
        for house in packs
        for pack in packs
        for rule in pack.rules
        if pack.name in house.in_house_as_agency and rule.about_contacts and rule.applies.get("by") == ["agency"]
    ]


def _figures(rule: Rule) -> list[int]:
    if rule.kind in _SETS:
        name, vocabulary = _SETS[rule.kind]
        figures = [mask(rule.figures[name], vocabulary)]
    elif rule.kind in _ENCODERS:
        figures = [int(figure) for figure in _ENCODERS[rule.kind](rule.figures)]
    else:
        figures = []
    return figures + [0] * (FIGURES - len(figures))


def _day(date: datetime.date | None) -> int:
    return NO_DAY if date is None else dates.days(date)
