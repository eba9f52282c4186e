"""Personal data at rest: columns that are encrypted on their way into the database and read back in the clear.

Rows written under an older key are read as long as that key is in settings.DULY_FIELD_KEYS; `duly people rotate` writes
them anew under the first, and then the older key may go.
"""

import datetime
import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.db import models


@lru_cache
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    """`text` as a Fernet token under the newest key; the empty text stays empty."""
    return _cipher(tuple(settings.DULY_FIELD_KEYS)).encrypt(text.encode()).decode() if text else ""


def decrypt(token: str) -> str:
    """The text behind `token`. Raises ValueError when no key in DULY_FIELD_KEYS opens it."""
    if not token:
        return ""
    try:
        return _cipher(tuple(settings.DULY_FIELD_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken:
        raise ValueError("personal data was written under a key that is not in DULY_FIELD_KEYS: add that key") from None


class EncryptedTextField(models.TextField):
    """Text, encrypted at rest. It cannot be searched or sorted by the database."""

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Any:
        return value if value is None else self.read(decrypt(value))

    def get_prep_value(self, value: object) -> str | None:
        return None if value is None else encrypt(self.written(value))

    def read(self, text: str) -> Any:
        """The value that `text` stands for."""
        return text

    def written(self, value: Any) -> str:
        """`value` as text."""
        return str(value)


class EncryptedDateField(EncryptedTextField):
    """A date, encrypted at rest."""

    def read(self, text: str) -> datetime.date | None:
        return datetime.date.fromisoformat(text) if text else None

    def written(self, value: datetime.date | str) -> str:
        day = datetime.date.fromisoformat(value) if isinstance(value, str) and value else value
        return day.isoformat() if isinstance(day, datetime.date) else ""


class EncryptedJSONField(EncryptedTextField):
    """A JSON document, encrypted at rest."""

    def read(self, text: str) -> Any:
        return json.loads(text) if text else None

    def written(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)


def encrypted_columns() -> Iterator[tuple[type[models.Model], list[EncryptedTextField]]]:
    """Every table of every room with encrypted columns, and those columns."""
    for model in apps.get_models():
        columns = [field for field in model._meta.local_fields if isinstance(field, EncryptedTextField)]
        if columns:
            yield model, columns
