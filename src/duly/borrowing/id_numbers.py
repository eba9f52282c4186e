"""Resident identity numbers of China (GB 11643-1999): 17 digits and a check character, a birth date inside."""

import datetime
import re

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
# The check character by the weighted sum modulo 11 (ISO 7064:1983, MOD 11-2).
_CHECK = "10X98765432"


def is_resident_number(text: str) -> bool:
    """Whether `text` is a number that can have been issued: its form, its birth date and its check character."""
    if not re.fullmatch(r"[1-9][0-9]{16}[0-9X]", text) or birth_date_in(text) is None:
        return False
    return check_character(text[:17]) == text[17]


def check_character(digits: str) -> str:
    """The character that goes with 17 digits."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True))
    return _CHECK[total % 11]


def birth_date_in(text: str) -> datetime.date | None:
    """The birth date inside a number of 18 characters; None where it has no such day."""
    try:
        return datetime.datetime.strptime(text[6:14], "%Y%m%d").replace(tzinfo=datetime.UTC).date()
    except ValueError:
        return None
