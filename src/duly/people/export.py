"""Everything that is on record about one person, from every room, as a file that they can take away.

Found by the record's own shape: each table whose rows lead to a borrower by foreign keys is in it, so a room that keeps
something new about people need not think of it. Files are added by the rooms that keep them (`@adds_files`).
"""

import datetime
import io
import json
import zipfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from django.db.models import Field, Model
from django.template.loader import render_to_string
from django.utils import timezone, translation

from duly.people.blind_index import BlindIndexField
from duly.people.languages import in_django
from duly.people.models import Borrower, SignInAddress

# What proves or opens something and says nothing of the person.
NOT_ABOUT_THEM = frozenset({"salt", "proof", "key", "hash", "previous", "digest", "password"})
# The name of a file, and its content.
Files = Callable[[Borrower], Mapping[str, bytes]]

_files: dict[str, Files] = {}


def adds_files(give: Files) -> Files:
    """Register a room's function that gives the files it keeps of a borrower, by name."""
    _files[f"{give.__module__}.{give.__qualname__}"] = give
    return give


def everything_about(borrower: Borrower) -> dict[str, Any]:
    """All rows about `borrower` by table, in the clear, as JSON has them. One query a table."""
    found: dict[str, Any] = {
        "exported_at": timezone.now().isoformat(),
        "borrower": _row(borrower),
        "account": _account(borrower),
    }
    for model, path in sorted(tables_about_people().items(), key=lambda one: one[0]._meta.label_lower):
        rows = [_row(one) for one in model._default_manager.filter(**{path: borrower}).order_by("pk")]
        if rows:
            found[model._meta.label_lower] = rows
    return found


def export(borrower: Borrower, language: str) -> bytes:
    """A zip of everything about `borrower`: data.json for programs, data.html to read, and their files.

    `language` (en, zh) is that of the page.
    """
    found = everything_about(borrower)
    with translation.override(in_django(language)):
        page = render_to_string("people/export.html", {"tables": list(_told(found)), "at": timezone.now()})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(found, ensure_ascii=False, indent=2))
        archive.writestr("data.html", page)
        for give in _files.values():
            for name, content in give(borrower).items():
                archive.writestr(f"files/{name}", content)
    return out.getvalue()


@lru_cache
def tables_about_people() -> dict[type[Model], str]:
    """Each table whose rows lead to a borrower, with the way there: a path of foreign keys, the shortest there is."""
    found: dict[type[Model], str] = {}
    ways = deque([(Borrower, "")])
    while ways:
        target, rest = ways.popleft()
        for relation in target._meta.related_objects:
            model = relation.related_model
            if relation.many_to_many or model._meta.auto_created or model in found or model is Borrower:
                continue
            found[model] = f"{relation.field.name}{rest}"
            ways.append((model, f"__{relation.field.name}{rest}"))
    return found


def _account(borrower: Borrower) -> dict[str, Any] | None:
    if borrower.user is None:
        return None
    address = SignInAddress.objects.filter(user=borrower.user).first()
    return {
        "signs_in_with": address.address if address else None,
        "since": borrower.user.date_joined.isoformat(),
        "last_sign_in": borrower.user.last_login.isoformat() if borrower.user.last_login else None,
    }


def _row(row: Model) -> dict[str, Any]:
    return {field.name: _plain(getattr(row, field.attname)) for field in row._meta.concrete_fields if _is_told(field)}


def _is_told(field: Field) -> bool:
    return not isinstance(field, BlindIndexField) and field.name not in NOT_ABOUT_THEM


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    return str(value)


def _told(found: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for name, rows in found.items():
        if isinstance(rows, dict | list):
            yield name, [rows] if isinstance(rows, dict) else rows
