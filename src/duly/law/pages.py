"""The pages of docs/law, made from the packs: every rule with its figures and source, and what cannot be encoded."""

import json
from collections.abc import Mapping
from typing import Any

from duly.law.pack import NotEncoded, Pack, Rule, shipped_names, shipped_pack
from duly.law.vocabulary import (
    CHANNELS,
    CIRCUMSTANCES,
    CONSENTS,
    DIRECTIONS,
    ITEMS,
    OUTCOMES,
    PARTIES,
    PLACES,
    PURPOSES,
    RELATIONS,
    STATUSES,
)

_MARK = {True: "verified", False: "**unverified**"}
_SURE = {"text": "read in the rule's own text", "press": "read in press reports", "recall": "not re-read here"}


def pages() -> dict[str, str]:
    """File name → Markdown of every page, the index first."""
    packs = [shipped_pack(name) for name in shipped_names()]
    return {"README.md": _index(packs)} | {f"{pack.name}.md": _page(pack) for pack in packs}


def _index(packs: list[Pack]) -> str:
    rows = [
        f"| [`{pack.name}`]({pack.name}.md) | {pack.title['en']} {pack.title['zh']} | {len(_ids(pack))} | "
        f"{sum(not rule.verified for rule in pack.rules)} | {len(pack.not_encoded)} |"
        for pack in packs
    ]
    return _INTRODUCTION + "\n".join(rows) + "\n" + _AFTER + _words() + _where(packs)


def _where(packs: list[Pack]) -> str:
    """Every rule that was looked at, and where it is: encoded, part of another, or not encoded and why."""
    found: dict[str, tuple[str, str]] = {}
    for pack in packs:
        for rule in pack.rules:
            found.setdefault(rule.id, (f"{rule.title['en']} {rule.title['zh']}", f"[{pack.name}]({pack.name}.md)"))
            for name in rule.covers:
                found[name] = ("", f"part of `{rule.id}`")
        for one in pack.not_encoded:
            why = f"not encoded. {one.why['en']} {one.why['zh']}"
            found[one.id] = (f"{one.title['en']} {one.title['zh']}", why)
    rows = [f"| `{name}` | {says} | {where} |" for name, (says, where) in found.items()]
    return "\n".join([_EVERY_RULE, *rows, ""])


def _words() -> str:
    """What a question to the gate may say, from the vocabulary."""
    rows = [f"| `{where}` | {', '.join(words)} |" for where, words in _VOCABULARY.items()]
    return "\n".join([_QUESTION, *rows, ""])


def _ids(pack: Pack) -> set[str]:
    return {rule.id for rule in pack.rules}


def _page(pack: Pack) -> str:
    lines = [
        f"# {pack.title['en']} {pack.title['zh']} (`{pack.name}`, version {pack.version})",
        "",
        "Made from the pack by `duly law docs`; edit the pack, not this page. An unverified rule has not been checked",
        "against its source by somebody who answers for it.",
        "",
    ]
    for rule in pack.rules:
        lines += _rule(rule)
    if pack.not_encoded:
        lines += ["## Not encoded", "", "| rule | what it says | why it is not here | source |", "|---|---|---|---|"]
        lines += [
            f"| `{one.id}` | {one.title['en']} {one.title['zh']} | {one.why['en']} {one.why['zh']} | {_citation(one)} |"
            for one in pack.not_encoded
        ]
        lines.append("")
    return "\n".join(lines)


def _rule(rule: Rule) -> list[str]:
    lines = [f"## `{rule.id}` {rule.title['en']}", "", f"{rule.title['zh']}", ""]
    lines.append(f"- {_MARK[rule.verified]}: {_SURE[rule.sure]}")
    lines.append(f"- source: {_citation(rule)}")
    if rule.begins or rule.ends:
        lines.append(f"- in force: {rule.begins or 'always'} to {rule.ends or 'further notice'}")
    if rule.covers:
        lines.append(f"- also encodes: {', '.join(f'`{name}`' for name in rule.covers)}")
    lines.append(f"- kind: {rule.kind}" + (f", on `{rule.subject}`" if rule.about_contacts else ""))
    for name, values in (("about", rule.applies), ("figures", rule.figures), ("unless", rule.unless)):
        if values:
            lines.append(f"- {name}: {_values(values)}")
    if rule.lifted_by:
        lines.append(f"- lifted by: {', '.join(rule.lifted_by)}")
    if rule.note:
        lines.append(f"- note: {rule.note}")
    return [*lines, ""]


def _citation(one: Rule | NotEncoded) -> str:
    return " · ".join(dict.fromkeys(one.citation.values()))


def _values(values: Mapping[str, Any]) -> str:
    return "; ".join(
        f"{name.replace('_', ' ')} {', '.join(map(str, value)) if isinstance(value, list) else json.dumps(value)}"
        for name, value in values.items()
    )


_EVERY_RULE = """
## Every rule and where it is

Packs for other countries are added when somebody has read the figures; until then a question that names them is
refused.

| rule | what it says | where |
|---|---|---|"""
_VOCABULARY = {
    "contact.channel, history.channel, preferences.refused_channels": CHANNELS,
    "contact.purpose": PURPOSES,
    "contact.by.kind": PARTIES,
    "contact.to.relation": RELATIONS,
    "contact.to.place, preferences.refused_places": PLACES,
    "person.circumstances": CIRCUMSTANCES,
    "person.consents": CONSENTS,
    "debt.status": STATUSES,
    "history.direction": DIRECTIONS,
    "history.outcome": OUTCOMES,
    "must_include": ITEMS,
}
_QUESTION = """
## What a question may say

A circumstance is a word, or `{"kind", "since", "until", "debt"}`: in force from `since` to before `until`, about one
debt alone where it names one. A consent is a word, or `{"kind", "to", "given_at", "until"}`: to which collector, and
when; `hours` lifts the hours, `holidays` the days of rest, `calls` the counts of calls, `third_party` the silence
towards others. `preferences.inconvenient_hours` holds pairs of local times. `contact.to.id` tells third persons
apart. `debt.dispute_window_ends` is the instant from which a dispute comes too late to stop collection
(`us.validation.period` gives it). `history.with_consent` marks a call that was made under a consent to be called. A
table for `duly decide --many` has the same fields, as structs and lists.

| where | words |
|---|---|"""
_INTRODUCTION = """# The law

Made from the packs by `duly law docs`; edit the packs, not this page.

A rule pack is a TOML file in `src/duly/law/packs/`: rules with their figures, dates of effect and sources. The gate
asks every rule about every contact. `duly decide` asks it about one, `duly decide --many` about a table of them.
`citation` is one text, or one in each language: `{ en = "…", zh = "…" }`; readers see their own.

| pack | of | rules | unverified | not encoded |
|---|---|---|---|---|
"""
_AFTER = """
## How packs compose

- The base is always in force. Where a country's or region's rule applies to a contact, it stands in the place of the
  base's rule on the same subject, stricter or not: the base speaks where the pack is silent.
- Everything else adds up: country, region and house together, so the strictest wins. Each rule's result is in the
  answer.
- A house pack takes the place of nothing, and has a name of its own. It can only forbid more.
  `in_house_as_agency = ["us"]` in it binds the lender's own department by that pack's rules about agencies.

## What the gate does with what it does not know

A word that it does not know (a channel, a relation, a circumstance, a field), a zone without a clock, or no zone at
all: forbidden, and it says so. An entry of the history that does not say whose it was or about which debt counts
against this contact. A question that is malformed is refused with the place and the remedy.

## When the contact may next be made

`next_allowed_at` is computed. Each rule names the first instant from then on that it does not forbid; the latest of
these is the next candidate, until no rule moves it further. It is exact to the microsecond, takes in every zone of
the person, daylight saving and rules that begin or end meanwhile, and is null when the passing of time alone will not
bring it, or not within the next five hundred days and nights. Days past due and history stay as they are.

## Answers to a person who wrote

`purpose = "reply"` is for answering. It needs a message of theirs (`base.reply`). Hours and counts do not bind a
written answer; a call or a visit keeps to the hours. What the person refused (a channel, a place) binds answers too,
and so does who may be spoken to.

## Duties, caps, records

`duly.law.duties.due(event, at, packs, zone)` gives what an event obliges the lender to do and by when;
`kept_until(…)` how long a record is kept; `duly.law.caps.check_cap(…)` and `risk_class(…)` the limits on cost and
rates.
"""
