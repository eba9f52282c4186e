"""Exact money: minor units of a currency, rates in millionths, and every rounding named."""

import re
from decimal import Decimal

from duly.engine.compiled import compiled
from duly.engine.errors import InputError

MILLION = 1_000_000
# Limits enforced at the door: beyond them a product could leave int64.
MAX_MONEY = 10**13
MAX_RATE = 100 * MILLION
# As many as `decimal` moves the point of without rounding.
_MOST_DIGITS = 28

ROUNDING = {"half_even": 0, "half_up": 1, "up": 2, "down": 3}
HALF_EVEN, HALF_UP, UP, DOWN = ROUNDING.values()

# ISO 4217 active currencies, by their number of decimals.
_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC "
    "CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD "
    "KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO "
    "NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL "
    "THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
DECIMALS = {code: decimals for decimals, codes in _DECIMALS.items() for code in codes.split()}


def decimals(currency: object, where: str = "/currency") -> int:
    """How many decimals `currency` has (ISO 4217). Raises InputError for a code that is not one."""
    if not isinstance(currency, str) or currency not in DECIMALS:
        raise InputError(f"{currency!r} is not an ISO 4217 currency", where, 'give a code such as "CNY"')
    return DECIMALS[currency]


def parse_decimal(text: object, where: str) -> Decimal:
    """The finite number written in `text` (a string or an integer). Floats are refused: they are not exact."""
    if isinstance(text, int) and not isinstance(text, bool):
        return Decimal(text)
    if not isinstance(text, str):
        raise InputError(f"{text!r} is not a decimal string", where, 'write numbers as strings, such as "17.01"')
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
        raise InputError(f"{text!r} is not a number", where, 'write numbers as strings, such as "17.01"')
    if len(text) > _MOST_DIGITS:
        raise InputError(f"{text[:12]}… has too many digits", where, f"give at most {_MOST_DIGITS} characters")
    return Decimal(text)


def parse_money(text: object, currency_decimals: int, where: str) -> int:
    """Major units in `text` as minor units. Raises InputError when negative, too fine, or beyond 10^13 minor units."""
    number = parse_decimal(text, where)
    if number < 0:
        raise InputError(f"{text!r} is negative", where, "give an amount of zero or more")
    if number > Decimal(MAX_MONEY):
        raise InputError(f"{text!r} is too large", where, "amounts go up to 10^13 minor units")
    scaled = number.scaleb(currency_decimals)
    if scaled != scaled.to_integral_value():
        raise InputError(f"{text!r} has more decimals than the currency", where, f"give {currency_decimals} decimals")
    if scaled > MAX_MONEY:
        raise InputError(f"{text!r} is too large", where, "amounts go up to 10^13 minor units")
    return int(scaled)


def parse_rate(text: object, where: str) -> int:
    """A yearly rate ("0.07" is 7%) as millionths. Raises InputError when negative, over 100 (10,000%), or too fine."""
    number = parse_decimal(text, where)
    if number < 0 or number > MAX_RATE // MILLION:
        raise InputError(f"the rate {text!r} is out of range", where, 'give a rate from "0" to "100" a year')
    scaled = number.scaleb(6)
    if scaled != scaled.to_integral_value():
        raise InputError(f"the rate {text!r} is finer than a millionth", where, "give at most six decimals")
    return int(scaled)


def format_money(minor: int, currency_decimals: int) -> str:
    """Minor units as a decimal string in major units: 1701 → "17.01"."""
    return f"{Decimal(int(minor)).scaleb(-currency_decimals):f}"


def format_rate(millionths: int) -> str:
    """Millionths a year as a decimal string: 70000 → "0.07"."""
    text = f"{Decimal(int(millionths)).scaleb(-6):f}".rstrip("0").rstrip(".")
    return text or "0"


@compiled(inline="always")
def rounds_up(quotient: int, remainder: int, divisor: int, mode: int) -> bool:
    """Whether `quotient` + `remainder`/`divisor` (all not negative) rounds to `quotient` + 1 under `mode`."""
    if remainder == 0 or mode == DOWN:
        return False
    if mode == UP:
        return True
    rest = divisor - remainder
    if remainder == rest:
        return mode == HALF_UP or (quotient & 1) == 1
    return remainder > rest


@compiled()
def product_parts(amount: int, factor: int, divisor: int) -> tuple[int, int]:
    """`amount` × `factor` / `divisor` as a quotient and a remainder, exact though the product may not fit 64 bits.

    None may be negative; `divisor` is below 2^61 and the quotient must fit 63 bits.
    """
    whole, part = 0, amount
    if amount >= divisor:
        whole = amount // divisor
        part = amount - whole * divisor
    if part == 0:
        return whole * factor, 0
    if factor <= (1 << 62) // divisor:
        product = part * factor
        quotient = product // divisor
        return whole * factor + quotient, product - quotient * divisor
    # Double and add, keeping the remainder below the divisor: 128 bits are never needed at once.
    quotient, remainder = 0, 0
    for bit in range(62, -1, -1):
        quotient, remainder = quotient * 2, remainder * 2
        if (factor >> bit) & 1:
            remainder += part
        while remainder >= divisor:
            remainder -= divisor
            quotient += 1
    return whole * factor + quotient, remainder


@compiled()
def multiply_divide(amount: int, factor: int, divisor: int, mode: int) -> int:
    """`amount` × `factor` / `divisor` rounded once, exact though the product may not fit 64 bits.

    None may be negative; `divisor` is below 2^61 and the result must fit 63 bits.
    """
    quotient, remainder = product_parts(amount, factor, divisor)
    return quotient + rounds_up(quotient, remainder, divisor, mode)
