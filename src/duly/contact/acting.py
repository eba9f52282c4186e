"""On whose behalf a contact is made: the lender's own legal department, or an agency within its mandate."""

import datetime
from collections.abc import Collection

from duly.agencies.models import Agency, Mandate
from duly.agencies.services import mandate_in_force


def mandates_in_force(agencies: Collection[Agency], at: datetime.datetime) -> dict[int, Mandate | None]:
    """The mandate of each agency at `at`, by the agency's id. One query for each different agency."""
    return {agency.pk: mandate_in_force(agency, at) for agency in {one.pk: one for one in agencies}.values()}


def why_not_permitted(mandate: Mandate | None, channel: str, purpose: str) -> str:
    """Why an agency with this mandate may not make such a contact; empty where it may."""
    if mandate is None:
        return "the agency has no mandate in force"
    if channel not in mandate.channels:
        return f"the agency's mandate {mandate.number} does not permit the channel {channel}"
    if purpose not in mandate.purposes:
        return f"the agency's mandate {mandate.number} does not permit the purpose {purpose}"
    return ""
