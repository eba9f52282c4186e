"""The short code that people can read out and type: eleven random symbols and one that checks them.

Crockford's base 32 (no I, L, O, U; what looks like a digit is read as it). 55 random bits. The last symbol is a sum
over GF(32) with the powers of a primitive element as weights, so every single wrong symbol, and every swap of two
unequal symbols, anywhere, is noticed before anything is looked up.
"""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM = 11
LENGTH = RANDOM + 1
BITS = 5 * RANDOM
_VALUE = {symbol: value for value, symbol in enumerate(ALPHABET)}
_READ_AS = str.maketrans("OILU", "011V")
_POLYNOMIAL = 0b100101  # x^5 + x^2 + 1, primitive over GF(2)


def new_code() -> str:
    """A new code, twelve symbols without hyphens."""
    random = [secrets.randbelow(32) for _ in range(RANDOM)]
    return "".join(ALPHABET[value] for value in [*random, _check(random)])


def shown(code: str) -> str:
    """A code as it is printed: three groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def read_code(text: str) -> str | None:
    """The code that somebody typed, however grouped, in whatever case; None when it cannot be one."""
    typed = "".join(symbol for symbol in text.upper() if symbol.isalnum()).translate(_READ_AS)
    if len(typed) != LENGTH or any(symbol not in _VALUE for symbol in typed):
        return None
    values = [_VALUE[symbol] for symbol in typed]
    return typed if _check(values[:-1]) == values[-1] else None


def _check(values: list[int]) -> int:
    total, weight = 0, 1
    for value in values:
        weight = _times(weight, 2)
        total ^= _times(weight, value)
    return total


def _times(one: int, other: int) -> int:
    product = 0
    while other:
        if other & 1:
            product ^= one
        one <<= 1
        if one & 32:
            one ^= _POLYNOMIAL
        other >>= 1
    return product
