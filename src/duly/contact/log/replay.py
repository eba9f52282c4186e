"""Every decision of the log made again, from its inputs and the packs as they were, and what comes out differently."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from duly.contact.models import Decision, PackText
from duly.engine.errors import InputError
from duly.law.compose import Law, compose
from duly.law.door import decide_under
from duly.law.pack import parse_pack

STEP = 1000


@dataclass(frozen=True)
class Difference:
    """A decision that would come out differently: what was logged and what the gate answers now."""

    number: int
    what: str
    logged: Any
    now: Any


def replay_log(progress: Callable[[int, int], None] = lambda done, of: None) -> tuple[int, list[Difference]]:
    """Decide everything again; how many decisions there were, and the differences in order.

    Compared are what was decided and by which rules, what had to be said, and when it would next be allowed; not the
    wording of reasons. Public holidays are those known now.
    """
    laws: dict[str, Law | InputError] = {}
    last = Decision.objects.order_by("-id").values_list("id", flat=True).first() or 0
    differences: list[Difference] = []
    done = 0
    decisions = Decision.objects.filter(id__lte=last).select_related("sheet").order_by("id")
    for done, decision in enumerate(decisions.iterator(STEP), 1):
        if decision.sheet_id not in laws:
            laws[decision.sheet_id] = _law_or_why_not(decision.packs)
        differences += _differences(decision, laws[decision.sheet_id])
        if done % STEP == 0:
            progress(done, last)
    progress(done, last)
    return done, differences


def law_as_it_was(packs: Mapping[str, Mapping[str, Any]]) -> Law:
    """The law of the packs on record under these names and digests. Raises InputError when a text is not there."""
    texts = dict(
        PackText.objects.filter(digest__in=[one["digest"] for one in packs.values()]).values_list("digest", "text")
    )
    missing = [name for name, one in packs.items() if one["digest"] not in texts]
    if missing:
        raise InputError(f"the text of the pack {', '.join(missing)} is not on record", "/packs", "restore it")
    return compose([parse_pack(texts[one["digest"]], name) for name, one in packs.items()])


def _law_or_why_not(packs: Mapping[str, Mapping[str, Any]]) -> Law | InputError:
    try:
        return law_as_it_was(packs)
    except InputError as error:
        return error


def _differences(decision: Decision, law: Law | InputError) -> list[Difference]:
    if isinstance(law, InputError):
        return [Difference(decision.id, "packs", decision.packs, law.what)]
    try:
        again = decide_under(law, decision.inputs)
    except InputError as error:
        return [Difference(decision.id, "inputs", decision.inputs, error.what)]
    later = decision.next_allowed_at
    logged = {
        "allowed": decision.allowed,
        "rules": _results(decision.rules),
        "must_include": decision.must_include,
        "next_allowed_at": None if later is None else later.isoformat(),
    }
    now = {**again, "rules": _results(again["rules"])}
    return [Difference(decision.id, name, one, now[name]) for name, one in logged.items() if one != now[name]]


def _results(rules: list[dict[str, Any]]) -> list[list[str]]:
    # The order of packs of one level is not on record, and decides nothing.
    return sorted([rule["id"], rule["result"]] for rule in rules)
