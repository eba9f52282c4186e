"""Segments and stages are the same as a plain reading of the file, case by case, would give."""

import tomllib
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duly.collection import segments as room
from duly.collection.base_currency import in_base_currency
from duly.collection.segments import FLAGS, RANGES, SegmentError, read_segments, segments

FILE = Path(room.__file__).parent / "standard.toml"
figures = st.integers(0, 700) | st.integers(0, 2_000_000)
rows = st.fixed_dictionaries(
    {name: figures for name in RANGES if name != "score"}
    | {"overdue": st.none() | figures, "score": st.none() | st.integers(300, 800), "reachable": st.booleans()}
)


def slowly(row: dict) -> tuple[str, int]:
    """The first segment whose conditions hold, read straight from the file; and overdue × lift, rounded down."""
    row = row | {"scored": row["score"] is not None}
    for one in tomllib.loads(FILE.read_text(encoding="utf-8"))["segments"]:
        for name, wanted in one.get("when", {}).items():
            value = row[name]
            if name in FLAGS:
                if value != wanted:
                    break
            elif value is None or value < wanted[0] or (len(wanted) > 1 and value > wanted[1]):
                break
        else:
            return one["id"], (row["overdue"] or 0) * one["lift"] // 1_000_000
    raise AssertionError("the last segment takes all")


@given(st.lists(rows, min_size=1, max_size=20))
def test_columns_agree_with_reading_the_file_row_by_row(some):
    schema = dict.fromkeys(RANGES, pl.Int64) | {"reachable": pl.Boolean}
    found = segments().of(pl.DataFrame(some, schema=schema).with_columns(scored=pl.col("score").is_not_null()))
    assert list(found.select("segment", "worth").iter_rows()) == [slowly(row) for row in some]


@given(st.integers(0, 10**15), st.sampled_from([("JPY", 0), ("USD", 2), ("KWD", 3)]))
def test_an_amount_in_another_currency_is_converted_exactly_and_rounded_down(amount, currency):
    from django.test import override_settings

    code, decimals = currency
    with override_settings(DULY_BASE_CURRENCY="CNY", DULY_EXCHANGE_RATES={code: 7_123_456}):
        table = pl.DataFrame({"amount": [amount], "currency": [code]})
        found = table.select(in_base_currency(pl.col("amount"), pl.col("currency"))).item()
    at_rate = amount * 7_123_456 // 1_000_000
    assert found == (at_rate * 10 ** (2 - decimals) if decimals <= 2 else at_rate // 10 ** (decimals - 2))


def test_an_amount_without_a_rate_is_unknown(settings):
    settings.DULY_BASE_CURRENCY, settings.DULY_EXCHANGE_RATES = "CNY", {}
    table = pl.DataFrame({"amount": [5, 7], "currency": ["CNY", "NGN"]})
    assert table.select(in_base_currency(pl.col("amount"), pl.col("currency"))).to_series().to_list() == [5, None]


def test_every_fault_of_the_file_is_told_at_once(tmp_path):
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(
        'id = "x"\nversion = 1\n'
        '[[segments]]\nid = "a"\nname = { en = "A" }\nlift = 2_000_000\n'
        '[[segments]]\nid = "a"\nname = { en = "A", zh = "甲" }\nlift = 1\nwhen = { moon = [1], days_late = [9, 1] }\n'
    )
    with pytest.raises(SegmentError) as caught:
        read_segments(wrong)
    for fault in (
        "segment 1: give its name in en, zh",
        "segment 1: lift is in millionths",
        "segment 2: there is no figure 'moon'",
        "segment 2: days_late is a range",
        "segment a is there twice",
        "the last segment takes all",
        "segment a takes all, so none after it is reached",
    ):
        assert fault in str(caught.value)
