"""How long something adverse is shown: by the packs, counted from the end of the delinquency."""

import datetime

from django.conf import settings

from duly.law.duties import kept_until
from duly.people.house import house_packs, packs_in_force

WHAT, AFTER = "adverse_credit_record", "default_ended"


def shown_until(ended_on: datetime.date) -> datetime.date | None:
    """The last day on which what was adverse until `ended_on` is shown; None where no pack in force sets an end."""
    packs, house = packs_in_force(), house_packs()
    noon = datetime.datetime.combine(ended_on, datetime.time(12), datetime.UTC)
    until, rules = kept_until(WHAT, AFTER, noon, packs, settings.TIME_ZONE, (), house)
    return until.date() if rules and until is not None else None
