"""Amounts and numbers as people type them."""

from django.utils.translation import gettext

from duly.engine.errors import InputError
from duly.engine.money import decimals, parse_money


def typed_amount(text: str, currency: str) -> int:
    """What was typed, such as 1,200.00, in minor units of `currency`. Raises InputError, in the reader's language."""
    try:
        return parse_money(text.replace(",", "").strip(), decimals(currency), "/amount")
    except InputError as error:
        raise InputError(
            gettext("This is not an amount."), "/amount", gettext("Write it in figures, such as 1200.")
        ) from error


def typed_number(text: str, where: str) -> int:
    """The whole number that was typed, of up to six digits. Raises InputError at `where` when it is none."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 6):
        raise InputError(gettext("This is not a number."), where, gettext("Write it in figures."))
    return int(text)
