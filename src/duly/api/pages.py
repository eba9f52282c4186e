"""Long lists in pages: each says where the next begins, and what is added meanwhile moves nothing."""

from typing import Annotated, Any, Generic, TypeVar

from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet
from ninja import Query, Schema
from pydantic import Field

from duly.engine.errors import InputError

Item = TypeVar("Item")
LONGEST = 1000

Limit = Annotated[int, Query(ge=1, le=LONGEST, description="How many at most.")]
Cursor = Annotated[str, Query(max_length=300, description="`next` of the page before; the first page when empty.")]


class Page(Schema, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: str | None = Field(description="The `cursor` of the next page; null when this is the last.")


def page_of(rows: QuerySet, cursor: str, limit: int, listing: str) -> tuple[list[Any], str | None]:
    """At most `limit` rows of `rows` after `cursor`, in the order of their primary keys, and the next cursor.

    Cursors are signed for one `listing`. Raises InputError for a cursor that is none of its.
    """
    after = read_cursor(cursor, listing)
    found = list((rows if after is None else rows.filter(pk__gt=after)).order_by("pk")[: limit + 1])
    following = make_cursor(found[limit - 1].pk, listing) if len(found) > limit else None
    return found[:limit], following


def make_cursor(place: Any, listing: str) -> str:
    """The cursor that says: after `place`, which JSON can hold."""
    return _signer(listing).sign_object(place)


def read_cursor(cursor: str, listing: str) -> Any:
    """The place in `cursor`, None when it is empty. Raises InputError."""
    if not cursor:
        return None
    try:
        return _signer(listing).unsign_object(cursor)
    except (BadSignature, ValueError):
        raise InputError("this cursor is none of this list", "/cursor", "give `next` of the page before") from None


def _signer(listing: str) -> Signer:
    return Signer(salt=f"duly.api.pages {listing}")
