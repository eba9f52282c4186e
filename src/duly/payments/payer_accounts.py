"""Finding an account without reading it: its number as banks and people write it, made one, and its blind index."""

import re

from duly.people.blind_index import blind_index, every_index


def plain_account(number: str) -> str:
    """The number of an account without spaces and other signs, in capitals: "nl77 abna 05" is NL77ABNA05."""
    return re.sub(r"[^0-9A-Za-z@.]", "", number).upper()


def account_index(number: str) -> str:
    """The blind index of an account's number; "" of none."""
    return blind_index(number, plain_account)


def account_indexes(number: str) -> list[str]:
    """What to look for: the account's index under every key there is."""
    return every_index(number, plain_account)


def masked_account(number: str) -> str:
    """The last four of an account's number, the rest hidden."""
    plain = plain_account(number)
    return f"•••• {plain[-4:]}" if len(plain) > 4 else "••••" if plain else ""
