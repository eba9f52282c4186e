"""Adding to the log: numbers without a gap and an unbroken chain, whoever else is adding at the same time."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection, transaction

from duly.contact.log.record import FIELDS, GENESIS, canonical, digest, record
from duly.contact.models import Decision, PackText, RuleSheet
from duly.people.house import text_of

# PostgreSQL's advisory lock of whoever appends: the bytes "duly log" as one number.
LOCK = int.from_bytes(b"duly log")


def sheet_of(packs: Mapping[str, Any], rules: Sequence[Mapping[str, Any]], must_include: Sequence[str]) -> RuleSheet:
    """The part of an answer that others have too: all but the reasons of the rules that passed or failed."""
    shared = [
        {key: value for key, value in rule.items() if key != "because" or rule["result"] == "not_applicable"}
        for rule in rules
    ]
    text = canonical({"packs": packs, "rules": shared, "must_include": must_include})
    return RuleSheet(digest=digest(text), text=text)


def append(decisions: Iterable[Decision]) -> None:
    """Number, chain and save `decisions` in their order, with their sheets and the packs named there.

    Call it last in its transaction: others who append wait until that ends. What is rolled back leaves no gap. The
    queries are few, however many the decisions.
    """
    decisions = list(decisions)
    with transaction.atomic():
        if connection.vendor == "postgresql":  # SQLite has one writer at a time
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        _keep_sheets({one.sheet_id: one.sheet for one in decisions})
        number, head = Decision.objects.order_by("-id").values_list("id", "hash").first() or (0, GENESIS)
        for number, decision in enumerate(decisions, number + 1):  # noqa: B020
            decision.id, decision.previous = number, head
            head = decision.hash = digest(record({name: getattr(decision, name) for name in FIELDS}))
        Decision.objects.bulk_create(decisions)


def _keep_sheets(sheets: Mapping[str, RuleSheet]) -> None:
    kept = set(RuleSheet.objects.filter(digest__in=sheets).values_list("digest", flat=True))
    new = [sheet for name, sheet in sheets.items() if name not in kept]
    packs = {pack["digest"]: name for sheet in new for name, pack in sheet.content["packs"].items()}
    packs_kept = set(PackText.objects.filter(digest__in=packs).values_list("digest", flat=True))
    texts = [text_of(name) for wanted, name in packs.items() if wanted not in packs_kept]
    PackText.objects.bulk_create([PackText(digest=digest(text), text=text) for text in texts], ignore_conflicts=True)
    RuleSheet.objects.bulk_create(new)
