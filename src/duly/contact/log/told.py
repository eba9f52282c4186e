"""A logged decision in the reader's language. The log keeps English; for others the gate is asked once more."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from duly.contact.log.replay import law_as_it_was
from duly.contact.models import Decision
from duly.engine.errors import InputError
from duly.law.compose import Law
from duly.law.door import decide_under

LOGGED_IN = "en"


def rules_told(decision: Decision, language: str) -> list[dict[str, Any]]:
    """The rules of `decision`, as its property of that name, with title, reason and source in `language` (en, zh).

    What was decided is never taken from the second answer, only words for it: where that is another answer than the
    log's, or the packs of that day are not on record, a rule keeps the words of the log.
    """
    logged = decision.rules
    if language == LOGGED_IN:
        return logged
    try:
        law = _law(tuple((name, one["digest"]) for name, one in decision.packs.items()))
        again = decide_under(law, decision.inputs, language)["rules"]
    except InputError:
        return logged
    words = {(rule["id"], rule["result"]): rule for rule in again}
    return [_in_the_words_of(words.get((rule["id"], rule["result"]), rule), rule) for rule in logged]


def _in_the_words_of(told: Mapping[str, Any], rule: dict[str, Any]) -> dict[str, Any]:
    return {**rule, **{name: told[name] for name in ("title", "because", "citation")}}


@lru_cache(maxsize=64)
def _law(packs: tuple[tuple[str, str], ...]) -> Law:
    # A digest names one text for ever, so what was put together from it once need not be again.
    return law_as_it_was({name: {"digest": digest} for name, digest in packs})
