"""On whose behalf a contact is made: the lender's own legal department, or an agency within what it is let do."""

import datetime
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from duly.agencies.models import Agency, Mandate
from duly.agencies.services import mandate_in_force

# Which of these borrowers an agency may not contact at an instant, and why; asked in bulk, in a handful of queries.
Refuses = Callable[[int, Collection[int], datetime.datetime], dict[int, str]]

_refusals: dict[str, Refuses] = {}


def let_refuse(name: str, borrowers_refused: Refuses) -> None:
    """From now on `borrowers_refused` is asked whom an agency may not contact. Rooms call it in their AppConfig.ready.

    A name that is registered again is replaced.
    """
    _refusals[name] = borrowers_refused


@dataclass(frozen=True)
class Acting:
    """What the agencies of some contacts may do: the mandate of each, and the borrowers that are refused to it."""

    mandates: Mapping[int, Mandate | None] = field(default_factory=dict)
    refused: Mapping[tuple[int, int], str] = field(default_factory=dict)

    def why_not(self, agency_id: int | None, borrower_id: int, channel: str, purpose: str) -> str:
        """Why such a contact may not be made; empty where it may, as always for the lender itself."""
        if agency_id is None:
            return ""
        mandate = self.mandates[agency_id]
        if mandate is None:
            return "the agency has no mandate in force"
        if channel not in mandate.channels:
            return f"the agency's mandate {mandate.number} does not permit the channel {channel}"
        if purpose not in mandate.purposes:
            return f"the agency's mandate {mandate.number} does not permit the purpose {purpose}"
        return self.refused.get((agency_id, borrower_id), "")


def acting(contacts: Iterable[tuple[Agency | None, int]], at: datetime.datetime) -> Acting:
    """What holds at `at` for contacts of (agency or None, borrower). A few queries for each different agency."""
    agencies: dict[int, Agency] = {}
    borrowers: dict[int, set[int]] = defaultdict(set)
    for agency, borrower_id in contacts:
        if agency is not None:
            agencies[agency.pk] = agency
            borrowers[agency.pk].add(borrower_id)
    refused = {
        (agency_id, borrower_id): why
        for agency_id, asked in borrowers.items()
        for borrowers_refused in _refusals.values()
        for borrower_id, why in borrowers_refused(agency_id, asked, at).items()
    }
    return Acting({pk: mandate_in_force(agency, at) for pk, agency in agencies.items()}, refused)
