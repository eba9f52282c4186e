"""Fields: written values become exact ones, whole columns at a time; what cannot be read counts against its row."""

from collections.abc import Iterable
from zoneinfo import available_timezones

import polars as pl

from duly.engine.errors import InputError
from duly.engine.money import DECIMALS, MAX_MONEY, MAX_RATE
from duly.lending.importing.mapping import (
    COMPONENTS,
    KINDS,
    Block,
    Field,
    ImportMapping,
    MappingError,
    Reading,
    Source,
    has_time,
)
from duly.lending.importing.source import ROW, SURPLUS, File

REASONS = {ROW: pl.Int64, "reason": pl.String}
LANGUAGES = ["en", "zh"]
LONGEST = {"reference": 64, "key": 128, "kind": 16, "component": 16, "language": 8, "time_zones": 200, "text": 1000}
DECIMAL_PLACES = 6
DTYPES = {"whole": pl.Int64, "money": pl.Int64, "rate": pl.Int64, "date": pl.Date}

# A value and the reason why there is none, which is null where there is one or nothing was written.
Read = tuple[pl.Expr, pl.Expr]


def unread(name: str) -> str:
    """The column of facts that tells of a field whether something was written that could not be read."""
    return f"{name}:unread"


def no_reasons() -> pl.DataFrame:
    """Nothing against any row."""
    return pl.DataFrame(schema=REASONS)


def typed(file: File, mapping: ImportMapping) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The file's rows with the columns under [types] read as such, and what stands against rows as a whole."""
    reasons = [
        against(file.rows, column, reading, mapping.source)
        for column, reading in mapping.types.items()
        if column in file.columns
    ]
    if SURPLUS in file.rows.columns:
        surplus = pl.lit(f"has more fields than the header, which has {len(file.columns)}")
        reasons.append(file.rows.filter(pl.col(SURPLUS).is_not_null()).select(ROW, reason=surplus))
    columns = [
        _read(pl.col(column), column, file.rows.schema[column], reading, mapping.source)[0].alias(column)
        for column, reading in mapping.types.items()
        if column in file.columns
    ]
    return file.rows.with_columns(columns), pl.concat([no_reasons(), *reasons])


def against(rows: pl.DataFrame, column: str, reading: Reading, source: Source) -> pl.DataFrame:
    """The rows whose `column` cannot be read, with the reason."""
    _, reason = _read(pl.col(column), column, rows.schema[column], reading, source)
    return rows.select(ROW, reason=reason).filter(pl.col("reason").is_not_null())


def read_block(block: Block, rows: pl.DataFrame, source: Source) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The records that `block` makes of `rows`, one row each with ROW and every field it has, and the reasons.

    Money in minor units of the block's currency, rates in millionths a year. A value that cannot be read is null;
    facts tell such fields by `unread` columns.
    Raises MappingError for an expression that does not work on these columns.
    """
    written = rows.select(ROW, *(_evaluated(one, rows) for one in block.fields))
    if block.when:
        holds = rows.select(_evaluated(block.when, rows)).to_series()
        if holds.dtype not in (pl.Boolean, pl.Null):
            remedy = "compare something: \"status <> 'void'\""
            raise MappingError([InputError("`when` is neither true nor false", block.when.where, remedy)])
        written = written.filter(holds.fill_null(False))
    values, reasons = [], []
    for one in block.fields:
        dtype = written.schema[one.name]
        value, reason = _read(pl.col(one.name), one.name, dtype, one.reading, source, block.currency)
        if one.required:
            empty = _text(pl.col(one.name), dtype, one.reading, source).is_null()
            reason = pl.when(empty).then(pl.lit(f"{one.name} is empty")).otherwise(reason)
        values.append(value.alias(one.name))
        if block.makes == "facts":
            values.append(reason.is_not_null().alias(unread(one.name)))
        reasons.append(written.select(ROW, reason=reason).filter(pl.col("reason").is_not_null()))
    return written.select(ROW, *values), pl.concat([no_reasons(), *reasons])


def check_constants(mapping: ImportMapping) -> None:
    """Raise MappingError for constants that no row could be right with."""
    errors = []
    for block in mapping.blocks:
        for one in block.fields:
            if one.constant:
                lone = pl.DataFrame({ROW: [0]}).with_columns(one.expression.alias(one.name))
                dtype = lone.schema[one.name]
                _, reason = _read(pl.col(one.name), one.name, dtype, one.reading, mapping.source, block.currency)
                found = lone.select(reason.cast(pl.String)).item()
                if found:
                    errors.append(InputError(found, one.where, "correct the value"))
    if errors:
        raise MappingError(errors)


def _evaluated(one: Field, rows: pl.DataFrame) -> pl.Expr:
    # Tried alone first, so that an expression that fails is named by its place in the mapping.
    if one.columns and not one.expression.meta.is_column():
        try:
            rows.select(one.expression)
        except pl.exceptions.PolarsError as error:
            reason = str(error).split("\n")[0]
            remedy = "say under [types] what its columns hold (whole, decimal, date), or use TRY_CAST"
            raise MappingError([InputError(f"the expression fails: {reason}", one.where, remedy)]) from error
    return one.expression.alias(one.name)


def _text(value: pl.Expr, dtype: pl.DataType, reading: Reading, source: Source) -> pl.Expr:
    """The written value as text, null where nothing is written; an empty cell takes the default."""
    text = value.cast(pl.String).str.strip_chars()
    text = pl.when(text != "").then(text)
    if reading.default is not None:
        text = pl.coalesce(text, pl.lit(reading.default))
    return text


def _read(value: pl.Expr, name: str, dtype: pl.DataType, reading: Reading, source: Source, currency: str = "") -> Read:
    text = _text(value, dtype, reading, source)
    written = dtype == pl.String
    if reading.holds == "date":
        return _date(value, text, name, dtype, reading)
    if reading.holds in ("money", "rate", "whole", "decimal"):
        return _number(_plain(text, source) if written else text, text, name, reading, currency)
    return _word(text, name, reading)


def _plain(text: pl.Expr, source: Source) -> pl.Expr:
    if source.thousands:
        text = text.str.replace_all(source.thousands, "", literal=True)
    return text.str.replace_all(source.decimal, ".", literal=True) if source.decimal != "." else text


def _number(plain: pl.Expr, text: pl.Expr, name: str, reading: Reading, currency: str) -> Read:
    if reading.holds == "decimal":
        value, reason = _exactly(plain, text, name, DECIMAL_PLACES, 10**17, "six decimals", signed=True)
        # Scaled back into a decimal, so that expressions reckon exactly.
        return value.cast(pl.Decimal(38, DECIMAL_PLACES)) / pl.lit(10**DECIMAL_PLACES), reason
    if reading.holds == "money":
        places = DECIMALS[currency] if reading.unit == "major" else 0
        most, fineness = (
            MAX_MONEY,
            f"{places} decimals, as {currency} has" if reading.unit == "major" else "whole minor units",
        )
    elif reading.holds == "rate":
        places = 4 if reading.unit == "percent" else 6
        most, fineness = MAX_RATE, "a millionth a year"
    else:
        places, most, fineness = 0, 2**31 - 1, "whole numbers"
    return _exactly(plain, text, name, places, most, fineness)


def _exactly(
    plain: pl.Expr, text: pl.Expr, name: str, places: int, most: int, fineness: str, *, signed: bool = False
) -> Read:
    """The decimal number in `plain` times 10^places as an exact int64."""
    is_number = plain.str.contains(r"^[+-]?\d+(\.\d*)?$")
    whole = plain.str.extract(r"^[+-]?(\d+)", 1).str.strip_chars_start("0")
    fraction = plain.str.extract(r"\.(\d*)$", 1).fill_null("").str.strip_chars_end("0")
    too_fine = fraction.str.len_chars() > places
    # Too long for the limit of 10^13 minor units is too long for int64, which is never reached.
    too_large = whole.str.len_chars() > 17 - places
    digits = (whole + fraction.str.pad_end(places, "0")).str.slice(0, 18)
    size = pl.when(digits == "").then(pl.lit(0, pl.Int64)).otherwise(digits.cast(pl.Int64, strict=False))
    negative = plain.str.starts_with("-") & (size != 0)
    reason = (
        pl.when(text.is_null())
        .then(pl.lit(None, pl.String))
        .when(~is_number)
        .then(_said(name, text, "is not a number"))
        .when(too_large | (size > most))
        .then(_said(name, text, "is too large"))
        .when(too_fine)
        .then(_said(name, text, f"is finer than {fineness}"))
    )
    if not signed:
        reason = reason.when(negative).then(_said(name, text, "is negative"))
    value = pl.when(reason.is_null() & text.is_not_null()).then(pl.when(negative).then(-size).otherwise(size))
    return value.cast(pl.Int64), reason


def _date(value: pl.Expr, text: pl.Expr, name: str, dtype: pl.DataType, reading: Reading) -> Read:
    if dtype == pl.Date:
        day = value
    else:
        if dtype == pl.Datetime:
            stamp = value
        elif has_time(reading.dates):
            stamp = text.str.strptime(pl.Datetime("us"), reading.dates, strict=False)
        else:
            stamp = text.str.strptime(pl.Date, reading.dates, strict=False).cast(pl.Datetime("us"))
        if reading.to_zone:
            aware = isinstance(dtype, pl.Datetime) and dtype.time_zone is not None
            stamp = (
                stamp
                if aware
                else stamp.dt.replace_time_zone(reading.from_zone, ambiguous="earliest", non_existent="null")
            )
            stamp = stamp.dt.convert_time_zone(reading.to_zone)
        day = stamp.dt.date()
    remedy = "is not a date" if dtype != pl.String else f"is not a date written as {reading.dates}"
    reason = (
        pl.when(text.is_null())
        .then(pl.lit(None, pl.String))
        .when(day.is_null())
        .then(_said(name, text, remedy))
        .when(~day.dt.year().is_between(1900, 2200))
        .then(_said(name, text, "is not from 1900 to 2200"))
    )
    return pl.when(reason.is_null()).then(day), reason


def _word(text: pl.Expr, name: str, reading: Reading) -> Read:
    # An unknown word is quoted, a value that could be somebody's own (a name, a phone) is not.
    longest = LONGEST[reading.holds]
    wrong: list[tuple[pl.Expr, pl.Expr]] = [
        (text.str.len_chars() > longest, pl.lit(f"{name} is longer than {longest} characters")),
        (text.str.contains("\x00", literal=True), pl.lit(f"{name} holds a character that is no text")),
    ]
    value = text
    if reading.words:
        known = list(reading.words)
        value = text.replace_strict(known, list(reading.words.values()), default=None, return_dtype=pl.String)
        wrong.append((~text.is_in(known), _said(name, text, f"is none of the words {', '.join(known)}")))
    choices = {"kind": KINDS, "component": COMPONENTS, "language": LANGUAGES}.get(reading.holds)
    if choices:
        wrong.append((~value.is_in(choices), _said(name, text, f"is none of {', '.join(choices)}")))
    if reading.holds == "time_zones":
        known_zones = pl.element().str.strip_chars().is_in(sorted(available_timezones()))
        wrong.append((~value.str.split(",").list.eval(known_zones).list.all(), _said(name, text, "is not a time zone")))
    reason = _first(wrong)
    return pl.when(reason.is_null()).then(value), reason


def _first(wrong: Iterable[tuple[pl.Expr, pl.Expr]]) -> pl.Expr:
    found = pl.lit(None, pl.String)
    for condition, said in reversed(list(wrong)):
        found = pl.when(condition).then(said).otherwise(found)
    return found


def _said(name: str, text: pl.Expr, what: str) -> pl.Expr:
    return pl.concat_str(pl.lit(f"{name} '"), text.str.slice(0, 60), pl.lit(f"' {what}"))
