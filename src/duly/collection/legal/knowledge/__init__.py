"""The knowledge base: articles in English and Chinese as files, each citing rules of the packs."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from duly.law.pack import NotEncoded, Rule, shipped_pack
from duly.people.languages import LANGUAGES

_FOLDER = Path(__file__).parent / "articles"


@dataclass(frozen=True)
class Article:
    """One answered question: title, words it is looked for by, and text (paragraphs) in each of LANGUAGES.

    `cites` are ids of rules, as cn.limitation.
    """

    id: str
    title: Mapping[str, str]
    keywords: Mapping[str, str]
    text: Mapping[str, str]
    cites: Sequence[str]

    def rules(self) -> list[Rule | NotEncoded]:
        """The rules that it cites, as the shipped packs have them. Raises InputError for a pack that is not there."""
        return [rule for cited in self.cites for rule in _rules_called(cited)[:1]]


@lru_cache
def articles() -> Mapping[str, Article]:
    """Every article by its id, which is its file's name. Raises ValueError naming every fault."""
    faults, found = [], {}
    for path in sorted(_FOLDER.glob("*.toml")):
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        cites = document.pop("cites", [])
        for name in ("title", "keywords", "text"):
            if set(document.get(name, {})) != set(LANGUAGES):
                faults.append(f"{path.name}: {name} is not in each of {', '.join(LANGUAGES)}")
        faults += [f"{path.name}: there is no rule {one!r}" for one in cites if not _rules_called(one)]
        if not cites:
            faults.append(f"{path.name}: it cites no rule")
        if not faults:
            found[path.stem] = Article(path.stem, document["title"], document["keywords"], document["text"], cites)
    if faults:
        raise ValueError("articles cannot be used:\n" + "\n".join(faults))
    return found


def _rules_called(cited: str) -> list[Rule | NotEncoded]:
    pack = shipped_pack(cited.partition(".")[0])
    encoded = [rule for rule in pack.rules if rule.id == cited or cited in rule.covers]
    return encoded or [rule for rule in pack.not_encoded if rule.id == cited]
