"""The code that people type: read however it is written, and every slip of one symbol noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duly.identity.codes import ALPHABET, BITS, LENGTH, new_code, read_code, shown

codes = st.builds(new_code)


def test_a_code_reads_as_it_was_made_however_it_is_typed() -> None:
    code = new_code()
    for typed in (code, shown(code), shown(code).lower(), f" {shown(code).replace('-', ' ')} "):
        assert read_code(typed) == code


def test_what_looks_alike_is_read_alike() -> None:
    code = next(one for one in iter(new_code, None) if "0" in one and "1" in one)
    assert read_code(code.replace("0", "o").replace("1", "l")) == code
    assert read_code(code.replace("1", "I")) == code


@given(codes, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_one_wrong_symbol_is_noticed(code: str, place: int, symbol: str) -> None:
    slipped = code[:place] + symbol + code[place + 1 :]
    assert read_code(slipped) == (code if slipped == code else None)


@given(codes, st.integers(0, LENGTH - 1), st.integers(0, LENGTH - 1))
def test_two_symbols_swapped_are_noticed(code: str, one: int, other: int) -> None:
    symbols = list(code)
    symbols[one], symbols[other] = symbols[other], symbols[one]
    swapped = "".join(symbols)
    assert read_code(swapped) == (code if swapped == code else None)


@pytest.mark.parametrize("typed", ["", "1234", "ABCDEFGHJKMNP", "密码", "-" * 12, "0" * 11 + "$"])
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


def test_ten_million_guesses_find_nothing_worth_having() -> None:
    """A million codes in use, ten million guesses, each with four digits guessed too: fewer than one in ten million."""
    hits = 10_000_000 * 1_000_000 / 2**BITS / 10**4
    assert hits < 1e-7
