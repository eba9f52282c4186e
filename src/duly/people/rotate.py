"""Keys of personal data renewed: every row written anew under the newest key, in batches, so that old keys may go.

Each batch is a transaction of its own. Whoever is killed starts again and finds only what is left: a token under the
newest key is left alone. Blind indexes are made anew the same way.
"""

from collections.abc import Callable, Sequence
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import connection, models, transaction

from duly.ledger.append_only import let_change
from duly.people.blind_index import BlindIndexField, blind_index
from duly.people.encryption import decrypt, encrypt, encrypted_columns

BATCH = 500
# (table, rows looked at, rows in all)
Progress = Callable[[str, int, int], None]


def rotate(progress: Progress, batch: int = BATCH) -> dict[str, int]:
    """Write everything encrypted anew under the newest key, and indexes under theirs; rows changed by table.

    Tables that only ever grow are opened for each batch, in its transaction, to this alone. Safe to run again.
    """
    newest = Fernet(settings.DULY_FIELD_KEYS[0])
    changed: dict[str, int] = {}
    for model, columns in encrypted_columns():
        indexes = [field for field in model._meta.local_fields if isinstance(field, BlindIndexField)]
        changed[model._meta.db_table] = _rotate_table(model, columns, indexes, newest, progress, batch)
    changed[Authenticator._meta.db_table] = _rotate_second_factors(newest)
    return {table: rows for table, rows in changed.items() if rows}


def keys_in_use() -> dict[str, dict[int, int]]:
    """By table, how many values stand under each key of settings.DULY_FIELD_KEYS, by its place; -1 for none of them."""
    ciphers = [Fernet(key) for key in settings.DULY_FIELD_KEYS]
    found: dict[str, dict[int, int]] = {}
    for model, columns in encrypted_columns():
        counts: dict[int, int] = {}
        for row in _raw_rows(model, columns):
            for token in filter(None, row[1:]):
                place = next((place for place, one in enumerate(ciphers) if _opens(one, token)), -1)
                counts[place] = counts.get(place, 0) + 1
        if counts:
            found[model._meta.db_table] = counts
    return found


def _rotate_table(
    model: type[models.Model],
    columns: Sequence[models.Field],
    indexes: Sequence[BlindIndexField],
    newest: Fernet,
    progress: Progress,
    batch: int,
) -> int:
    table, total, looked_at, last, changed = model._meta.db_table, model._default_manager.count(), 0, None, 0
    if not total:
        return 0
    progress(table, 0, total)
    while True:
        with transaction.atomic(), let_change(table):
            rows = _raw_rows(model, columns, after=last, limit=batch, lock=True)
            for row in rows:
                changed += _renew(model, columns, indexes, row, newest)
        if not rows:
            return changed
        last, looked_at = rows[-1][0], looked_at + len(rows)
        progress(table, looked_at, total)


def _renew(
    model: type[models.Model],
    columns: Sequence[models.Field],
    indexes: Sequence[BlindIndexField],
    row: Sequence[Any],
    newest: Fernet,
) -> int:
    tokens = dict(zip([field.name for field in columns], row[1:], strict=True))
    texts = {name: decrypt(token or "") for name, token in tokens.items()}
    values = {
        field.column: encrypt(texts[field.name])
        for field in columns
        if tokens[field.name] and not _opens(newest, tokens[field.name])
    }
    if indexes:
        held = model._default_manager.filter(pk=row[0]).values(*[field.name for field in indexes]).get()
        made = {field: blind_index(texts[field.of], field.standard) for field in indexes}
        values |= {field.column: index for field, index in made.items() if held[field.name] != index}
    if not values:
        return 0
    quote = connection.ops.quote_name
    sets = ", ".join(f"{quote(column)} = %s" for column in values)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {quote(model._meta.db_table)} SET {sets} WHERE {quote(model._meta.pk.column)} = %s",  # noqa: S608
            [*values.values(), row[0]],
        )
    return 1


def _raw_rows(
    model: type[models.Model],
    columns: Sequence[models.Field],
    after: Any = None,
    limit: int | None = None,
    lock: bool = False,
) -> list[tuple[Any, ...]]:
    """The key and the tokens of rows, as they stand in the database, in order of the key."""
    quote = connection.ops.quote_name
    key = quote(model._meta.pk.column)
    names = ", ".join([key, *(quote(field.column) for field in columns)])
    where = f"WHERE {key} > %s" if after is not None else ""
    most = f"LIMIT {int(limit)}" if limit else ""
    locked = "FOR UPDATE" if lock and connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {names} FROM {quote(model._meta.db_table)} {where} ORDER BY {key} {most} {locked}",  # noqa: S608
            [] if after is None else [after],
        )
        return list(cursor.fetchall())


def _rotate_second_factors(newest: Fernet) -> int:
    # allauth keeps the secrets of authenticator apps and recovery codes as JSON, encrypted by our adapter.
    changed = 0
    for row in Authenticator.objects.all():
        data = {
            name: encrypt(decrypt(value)) if _is_token(value) and not _opens(newest, value) else value
            for name, value in row.data.items()
        }
        if data != row.data:
            Authenticator.objects.filter(pk=row.pk).update(data=data)
            changed += 1
    return changed


def _is_token(value: object) -> bool:
    return isinstance(value, str) and value.startswith("gAAAA")


def _opens(cipher: Fernet, token: str) -> bool:
    try:
        cipher.decrypt(token.encode())
    except InvalidToken:
        return False
    return True
