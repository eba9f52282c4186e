"""Events as their receivers read them: ids and references alone, nothing personal, worked out from the record."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from duly.api.models import Event
from duly.borrowing.models import Decision, DrawdownEvent
from duly.close.models import Transition
from duly.collection.models import CaseEvent
from duly.contact.models import Message
from duly.lending.models import Fact
from duly.payments.models import IncomingPayment

Documents = dict[int, dict[str, Any]]


def documents_of(events: Sequence[Event]) -> dict[int, str]:
    """The body of each event, by its id: the same whenever it is asked for. One query a type."""
    about: dict[str, set[int]] = defaultdict(set)
    for one in events:
        about[one.type].add(one.about)
    data = {type: DATA[type](rows) for type, rows in about.items()}
    return {
        one.pk: json.dumps(
            {"type": one.type, "timestamp": one.at.isoformat(), "data": data[one.type].get(one.about, {})}
        )
        for one in events
    }


def _facts(ids: Iterable[int]) -> Documents:
    rows = Fact.objects.filter(pk__in=ids).values_list("pk", "loan__reference", "kind", "value_date")
    return {
        pk: {"fact": pk, "loan": loan, "kind": kind, "value_date": value_date.isoformat()}
        for pk, loan, kind, value_date in rows
    }


def _payments(ids: Iterable[int]) -> Documents:
    rows = IncomingPayment.objects.filter(pk__in=ids).values_list("pk", "source", "source_id", "fact__loan__reference")
    return {
        pk: {
            "payment": pk,
            "source": source,
            "source_id": source_id,
            "state": "posted" if loan else "suspense",
            "loan": loan,
        }
        for pk, source, source_id, loan in rows
    }


def _transitions(ids: Iterable[int]) -> Documents:
    rows = Transition.objects.filter(pk__in=ids).values_list(
        "pk", "loan__reference", "business_date_id", "kind", "from_bucket", "to_bucket"
    )
    return {
        pk: {
            "loan": loan,
            "business_date": date.isoformat(),
            "kind": kind,
            "from": came_from or None,
            "to": goes_to or None,
        }
        for pk, loan, date, kind, came_from, goes_to in rows
    }


def _case_events(ids: Iterable[int]) -> Documents:
    rows = CaseEvent.objects.filter(pk__in=ids).values_list("pk", "case_id", "kind", "loan__reference")
    return {pk: {"case": case, "event": pk, "kind": kind, "loan": loan} for pk, case, kind, loan in rows}


def _messages(ids: Iterable[int]) -> Documents:
    rows = Message.objects.filter(pk__in=ids).values_list("pk", "planned_id", "planned__channel", "planned__purpose")
    return {pk: {"contact": planned, "channel": channel, "purpose": purpose} for pk, planned, channel, purpose in rows}


def _decisions(ids: Iterable[int]) -> Documents:
    rows = Decision.objects.filter(pk__in=ids).values_list("pk", "application__reference", "outcome")
    return {pk: {"application": reference, "decision": pk, "outcome": outcome} for pk, reference, outcome in rows}


def _drawdowns(ids: Iterable[int]) -> Documents:
    rows = DrawdownEvent.objects.filter(pk__in=ids).values_list("pk", "drawdown__reference", "state")
    return {pk: {"drawdown": reference, "state": state} for pk, reference, state in rows}


DATA: dict[str, Callable[[Iterable[int]], Documents]] = {
    "fact.recorded": _facts,
    "payment.received": _payments,
    "loan.standing_changed": _transitions,
    "case.changed": _case_events,
    "contact.sent": _messages,
    "application.decided": _decisions,
    "drawdown.moved": _drawdowns,
}
