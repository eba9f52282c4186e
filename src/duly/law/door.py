"""The law's door for other programs: a JSON document in, the gate's decision out."""

from collections.abc import Sequence
from typing import Any

from duly.law.compose import Law, law_of
from duly.law.decide import decide
from duly.law.pack import Pack
from duly.law.question import Question, read_question


def decide_json(document: object, language: str = "en", house: Sequence[Pack] = ()) -> dict[str, Any]:
    """Whether a contact may be made, by which rules, what it must say, and when it next may be. Raises InputError.

    `house` holds packs that the lender has of its own; the document's `pack` names those to apply. `next_allowed_at` is
    the instant asked about when the contact is allowed.
    """
    question = read_question(document)
    return _answer(question, law_of(question.pack, house), language)


def decide_under(law: Law, document: object, language: str = "en") -> dict[str, Any]:
    """The same answer under a `law` already put together, whatever packs the document names. Raises InputError.

    With packs read from the texts of their day (`compose`, `parse_pack`), a decision is made again as it was made then.
    """
    return _answer(read_question(document), law, language)


def _answer(question: Question, law: Law, language: str) -> dict[str, Any]:
    ruled = decide(question, law, language)
    return {
        "allowed": ruled.allowed,
        "rules": [
            {
                "id": one.rule.id,
                "title": one.rule.title[language],
                "result": one.result,
                "because": one.because,
                "citation": one.rule.citation[language],
                "verified": one.rule.verified,
            }
            for one in ruled.rulings
        ],
        "next_allowed_at": None if ruled.next_allowed_at is None else ruled.next_allowed_at.isoformat(),
        "must_include": list(ruled.must_include),
        "packs": law.versions,
    }
