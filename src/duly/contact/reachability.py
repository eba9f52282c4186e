"""Which addresses on record reach nobody: found out by a bounce, a wrong number or a letter that came back.

Such an address is not used again until somebody confirms it, or the borrower gives another.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection

from django.db import transaction

from duly.contact.models import UnreachableAddress
from duly.contact.models.receipts import standard_anywhere
from duly.people.blind_index import every_index
from duly.people.models import Borrower

# The datum of a borrower by which each channel reaches them.
DATUM = {"email": "email", "sms": "phone", "voice": "phone", "letter": "address", "visit": "address"}
CHANNELS_OF = {datum: frozenset(channel for channel, one in DATUM.items() if one == datum) for datum in DATUM.values()}


def unreachable(borrower_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """The channels whose address on record reaches nobody, for those borrowers who have some. At most two queries."""
    marked: dict[int, set[str]] = defaultdict(set)
    rows = UnreachableAddress.objects.filter(borrower_id__in=borrower_ids, confirmed_at=None)
    for borrower_id, index in rows.values_list("borrower_id", "address_index"):
        marked[borrower_id].add(index)
    found = {}
    for borrower in Borrower.objects.filter(pk__in=marked) if marked else ():
        data = {datum for datum in CHANNELS_OF if not marked[borrower.pk].isdisjoint(_indexes(borrower, datum))}
        if data:
            found[borrower.pk] = frozenset().union(*(CHANNELS_OF[datum] for datum in data))
    return found


def mark_unreachable(borrower: Borrower, channel: str, because: str, now: datetime.datetime) -> None:
    """From now on the address by which `channel` reaches the borrower is not used. Marked already, nothing changes."""
    datum = DATUM.get(channel)
    address = getattr(borrower, datum) if datum else ""
    if not address:
        return
    with transaction.atomic():
        Borrower.objects.select_for_update().get(pk=borrower.pk)
        indexes = every_index(address, standard_anywhere)
        if not UnreachableAddress.objects.filter(
            borrower=borrower, address_index__in=indexes, confirmed_at=None
        ).exists():
            UnreachableAddress.objects.create(borrower=borrower, address=address, since=now, because=because[:300])


def confirm_address(borrower: Borrower, channel: str, now: datetime.datetime) -> bool:
    """The address of `channel` reaches the borrower after all: it may be used again. Whether it was marked."""
    indexes = _indexes(borrower, DATUM[channel])
    rows = UnreachableAddress.objects.filter(borrower=borrower, address_index__in=indexes, confirmed_at=None)
    return bool(rows.update(confirmed_at=now))


def _indexes(borrower: Borrower, datum: str) -> list[str]:
    return every_index(getattr(borrower, datum), standard_anywhere)
