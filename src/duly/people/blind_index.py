"""Finding what is encrypted: a keyed hash of each value in its standard form, equal for equal values and nothing else.

HMAC-SHA256 under a key of its own (settings.DULY_INDEX_KEYS, newest first), so that nobody who has the database alone
can try telephone numbers against it. What is searched for is hashed under every key, so keys can change in peace.
"""

import hashlib
import hmac
import re
from collections.abc import Callable

import phonenumbers
from django.conf import settings
from django.db import models

from duly.engine.errors import InputError

Standard = Callable[[str], str]


def standard_phone(text: str) -> str:
    """A telephone number as E.164 has it, +8613800000000; national numbers are of settings.DULY_PHONE_REGION.

    What is no possible number keeps its digits and plus sign, so that equal spellings still meet.
    """
    try:
        number = phonenumbers.parse(text, settings.DULY_PHONE_REGION)
    except phonenumbers.NumberParseException:
        return re.sub(r"[^\d+]", "", text)
    if not phonenumbers.is_possible_number(number):
        return re.sub(r"[^\d+]", "", text)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def checked_phone(text: str, where: str = "/phone") -> str:
    """A telephone number in E.164. Raises InputError when it is no number that could be dialled."""
    try:
        number = phonenumbers.parse(text, settings.DULY_PHONE_REGION)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise InputError("this is not a telephone number", where, "write it with its country code: +86 138 0000 0000")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def standard_email(text: str) -> str:
    """An e-mail address in lower case."""
    return text.strip().lower()


def standard_address(text: str) -> str:
    """An e-mail address or a telephone number in its standard form: the at sign tells them apart."""
    return standard_email(text) if "@" in text else standard_phone(text)


def standard_id_number(text: str) -> str:
    """A number of an identity document in upper case, without spaces and hyphens."""
    return re.sub(r"[\s-]", "", text).upper()


def blind_index(text: str, standard: Standard) -> str:
    """The hash that `text` is found by: 64 hexadecimal digits; empty where there is nothing to find."""
    form = standard(text)
    return _hash(form, settings.DULY_INDEX_KEYS[0]) if form else ""


def every_index(text: str, standard: Standard) -> list[str]:
    """What to look for: the hash of `text` under every key there is. Empty for nothing."""
    form = standard(text)
    return [_hash(form, key) for key in settings.DULY_INDEX_KEYS] if form else []


def _hash(form: str, key: str) -> str:
    return hmac.new(key.encode(), form.encode(), hashlib.sha256).hexdigest()


class BlindIndexField(models.CharField):
    """The blind index of another field of the same row, worked out whenever the row is saved."""

    def __init__(self, of: str = "", standard: Standard = str, **options: object) -> None:
        self.of, self.standard = of, standard
        super().__init__(
            **{"max_length": 64, "blank": True, "editable": False, "default": "", "db_default": ""} | options
        )

    def deconstruct(self) -> tuple[str, str, list[object], dict[str, object]]:
        name, path, args, options = super().deconstruct()
        return name, path, args, {"of": self.of, "standard": self.standard} | options

    def pre_save(self, row: models.Model, add: bool) -> str:
        value = blind_index(getattr(row, self.of) or "", self.standard)
        setattr(row, self.attname, value)
        return value
