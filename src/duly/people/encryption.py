"""Personal data at rest: a text column that is encrypted on its way into the database and read back in the clear."""

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
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

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        return value if value is None else decrypt(value)

    def get_prep_value(self, value: object) -> str | None:
        return None if value is None else encrypt(str(value))
