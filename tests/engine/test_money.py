"""Money and rates as text, and exact products: what is taken, what is refused at the edge, and every rounding."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duly.engine import money
from duly.engine.errors import InputError

BY_DECIMAL = {"half_even": ROUND_HALF_EVEN, "half_up": ROUND_HALF_UP, "up": ROUND_CEILING, "down": ROUND_FLOOR}


def refused(call, *arguments):
    """The place that is named when the call is refused."""
    with pytest.raises(InputError) as raised:
        call(*arguments)
    return raised.value.where


# Text


@pytest.mark.parametrize(
    ("text", "number"),
    [(17, "17"), (0, "0"), (-3, "-3"), ("17", "17"), ("17.010", "17.010"), ("-0.5", "-0.5"), ("1" * 28, "1" * 28)],
)
def test_a_whole_number_or_a_decimal_text_is_a_number(text, number):
    found = money.parse_decimal(text, "/x")
    assert (found, str(found)) == (Decimal(number), number)


@pytest.mark.parametrize("text", [True, False, 1.5, None, "", "1.", ".5", "1e3", "+1", " 1", "1\n", "NaN", "1" * 29])
def test_anything_else_is_not(text):
    assert refused(money.parse_decimal, text, "/x") == "/x"


def test_amounts_go_from_nothing_to_ten_to_the_thirteenth_minor_units():
    assert money.parse_money("0", 2, "/x") == 0
    assert money.parse_money("17.01", 2, "/x") == 1701
    assert money.parse_money("100000000000.00", 2, "/x") == 10**13
    assert money.parse_money("10000000000000", 0, "/x") == 10**13
    assert money.parse_money("10000000000.000", 3, "/x") == 10**13
    for text, decimals in (
        ("-0.01", 2), ("100000000000.01", 2), ("10000000000001", 0), ("10000000000001", 2), ("1.001", 2), ("0.1", 0),
    ):  # fmt: skip
        assert refused(money.parse_money, text, decimals, "/x") == "/x"


def test_rates_go_from_nothing_to_a_hundred_in_millionths():
    assert money.parse_rate("0", "/x") == 0
    assert money.parse_rate("0.000001", "/x") == 1
    assert money.parse_rate("100", "/x") == 100_000_000
    assert money.parse_rate(100, "/x") == 100_000_000
    for text in ("-0.000001", "100.000001", "101", "0.0000001"):
        assert refused(money.parse_rate, text, "/x") == "/x"


def test_currencies_are_those_of_iso_4217():
    assert [money.decimals(code) for code in ("JPY", "CNY", "KWD")] == [0, 2, 3]
    assert refused(money.decimals, "QQQ") == "/currency"
    assert refused(money.decimals, "cny", "/terms/currency") == "/terms/currency"
    for nothing in (None, 156, ["CNY"], {}):
        assert refused(money.decimals, nothing) == "/currency"


@pytest.mark.parametrize(
    ("millionths", "text"),
    [(0, "0"), (70_000, "0.07"), (1, "0.000001"), (1_000_000, "1"), (10_000_000, "10"), (123_450, "0.12345")],
)
def test_a_rate_is_written_without_idle_zeros(millionths, text):
    assert money.format_rate(millionths) == text


def test_money_is_written_with_the_currencys_decimals():
    assert [money.format_money(1700, places) for places in (0, 2, 3)] == ["1700", "17.00", "1.700"]
    assert money.format_money(-5, 2) == "-0.05"


# Products


def exactly(amount, factor, divisor, mode):
    whole = Fraction(amount) * factor / divisor
    floor = whole.numerator // whole.denominator
    # Half a unit is enough of the fraction to round by; Decimal rounds it.
    rest = whole - floor
    shown = Decimal(floor) + (
        Decimal(0) if rest == 0 else Decimal(1 + (rest >= Fraction(1, 2)) + (rest > Fraction(1, 2))) / 4
    )
    return int(shown.quantize(Decimal(1), rounding=BY_DECIMAL[mode]))


@pytest.mark.parametrize("mode", BY_DECIMAL)
@pytest.mark.parametrize("eighths", range(34))
def test_eighths_round_as_decimals_do(mode, eighths):
    found = money.multiply_divide(eighths, 1, 8, money.ROUNDING[mode])
    assert found == int((Decimal(eighths) / 8).quantize(Decimal(1), rounding=BY_DECIMAL[mode]))


@pytest.mark.parametrize("mode", BY_DECIMAL)
@pytest.mark.parametrize(
    ("amount", "factor", "divisor"),
    [
        (10**13, 10**8 * 366 * 365, 365 * 366 * 10**6),
        (2**60 + 1, 2**61 + 1, 2**61 - 1),
        (2**61 - 2, 2**62 - 1, 2**61 - 1),
        (7, 2**62 // 3, 3),
        (7, 2**62 // 3 + 1, 3),
        (10**13 - 1, 3 * 10**14 + 7, 10**15),
        (2**61 - 1, 2**62, 2**61 - 1),
        (5, 2**62, 2**60),
        (0, 2**62, 7),
        (6, 2**40, 3),
    ],
)
def test_products_beyond_64_bits_are_exact(mode, amount, factor, divisor):
    assert money.multiply_divide(amount, factor, divisor, money.ROUNDING[mode]) == exactly(
        amount, factor, divisor, mode
    )


@given(st.integers(0, 10**14), st.integers(0, 2**62), st.integers(1, 2**61 - 1), st.sampled_from(list(BY_DECIMAL)))
def test_every_product_that_fits_is_exact(amount, factor, divisor, mode):
    if amount * factor // divisor >= 2**62:
        factor %= divisor
    if amount * factor // divisor < 2**62:
        assert money.multiply_divide(amount, factor, divisor, money.ROUNDING[mode]) == exactly(
            amount, factor, divisor, mode
        )
        whole, rest = money.product_parts(amount, factor, divisor)
        assert (whole, rest) == divmod(amount * factor, divisor)
