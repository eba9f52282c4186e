"""The mapping: which column of a file feeds which field of the record. Read from TOML; every mistake is told at once.

docs/import.md describes the form.
"""

import datetime
import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import polars as pl

from duly.engine import money
from duly.engine.contract import COMPONENT, Terms, parse_terms
from duly.engine.errors import InputError
from duly.lending.models import ALWAYS_DETAILED, Fact

COMPONENTS = [name for name in COMPONENT if name]
# A file cannot tell the terms of a reschedule or a new rate: those are recorded one by one.
KINDS = [kind for kind in Fact.Kind.values if kind not in ALWAYS_DETAILED]

# What each field holds; a name with * must be given.
FIELDS: dict[str, dict[str, str]] = {
    "borrowers": {
        "reference*": "reference",
        "name": "text",
        "phone": "text",
        "email": "text",
        "language": "language",
        "time_zones": "time_zones",
    },
    "loans": {
        "reference*": "reference",
        "borrower*": "reference",
        "product*": "reference",
        "version": "whole",
        "principal*": "money",
        "annual_rate": "rate",
        "service_fee": "money",
        "disbursed_on*": "date",
        "first_due_on": "date",
        "installments*": "whole",
        "installment_amount": "money",
    },
    "facts": {
        "kind*": "kind",
        "loan*": "reference",
        "value_date*": "date",
        "amount": "money",
        "component": "component",
        "reverses": "key",
        "key*": "key",
    },
}
UNITS = {"money": ("major", "minor"), "rate": ("fraction", "percent")}
TYPES = ("whole", "decimal", "date")
NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


class MappingError(Exception):
    """A mapping that cannot be used. `errors` holds all that is wrong with it, each with its place and remedy."""

    def __init__(self, errors: Sequence[InputError]) -> None:
        super().__init__("\n".join(map(str, errors)))
        self.errors = list(errors)


@dataclass(frozen=True)
class Source:
    """How the files are written."""

    separator: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    decimal: str = "."
    thousands: str = ""
    dates: str = "%Y-%m-%d"
    empty: tuple[str, ...] = ()  # words that stand for no value, besides the empty text


@dataclass(frozen=True)
class Reading:
    """How a written value becomes one of ours: `unit` of money and rates, `dates` format, zones of stamps, words."""

    holds: str
    unit: str = ""
    dates: str = ""
    from_zone: str = ""
    to_zone: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None


@dataclass(frozen=True)
class Field:
    """One field of a block: the expression that gives its written value, the columns it needs, and how to read it."""

    name: str
    where: str
    expression: pl.Expr
    columns: tuple[str, ...]
    reading: Reading
    required: bool
    constant: bool = False


@dataclass(frozen=True)
class Block:
    """One kind of record made from rows: of the files that match `files`, those for which `when` holds."""

    makes: str  # borrowers, loans or facts
    where: str
    files: str
    when: Field | None
    currency: str
    disbursement: bool
    fields: tuple[Field, ...]

    @property
    def columns(self) -> list[tuple[str, str]]:
        """Each column read, with the place in the mapping that names it."""
        named = [*self.fields, *([self.when] if self.when else [])]
        return [(column, one.where) for one in named for column in one.columns]


@dataclass(frozen=True)
class StatedProduct:
    """A product that the mapping states."""

    code: str
    version: int
    name_en: str
    name_zh: str
    currency: str
    terms: Terms
    document: Mapping[str, Any]  # the terms as written, with the currency


@dataclass(frozen=True)
class ImportMapping:
    """A whole mapping. `name` stands before every key taken from the files, and is the source of every fact."""

    name: str
    source: Source
    types: Mapping[str, Reading]
    products: tuple[StatedProduct, ...]
    blocks: tuple[Block, ...]


def read_mapping(path: Path, fields: Mapping[str, Mapping[str, str]] = FIELDS) -> ImportMapping:
    """The mapping in the TOML file `path`, which makes what `fields` names. Raises MappingError: all that is wrong."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise MappingError(
            [InputError(f"{path} cannot be read: {error.strerror}", "", "name a file that exists")]
        ) from error
    except UnicodeDecodeError as error:
        raise MappingError([InputError("the mapping is not UTF-8 text", "", "save it as UTF-8")]) from error
    except tomllib.TOMLDecodeError as error:
        raise MappingError([InputError(f"the mapping is not TOML: {error}", "", "correct that line")]) from error
    return parse_mapping(document, fields)


def parse_mapping(document: Mapping[str, Any], fields: Mapping[str, Mapping[str, str]] = FIELDS) -> ImportMapping:
    """The mapping in `document`, as TOML gives it, which makes what `fields` names. Raises MappingError."""
    parser = _Parser(fields)
    found = parser.mapping(document)
    if parser.errors:
        raise MappingError(parser.errors)
    return found


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A remedy that names what is nearest to `word`, or all there is."""
    known = list(known)
    near = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"use one of: {', '.join(known)}"


class _Parser:
    """Walks the document and keeps what is wrong with it; a part that is wrong is left out, and the rest goes on."""

    def __init__(self, fields: Mapping[str, Mapping[str, str]]) -> None:
        self.fields = fields
        self.errors: list[InputError] = []

    def wrong(self, what: str, where: str, remedy: str) -> None:
        self.errors.append(InputError(what, where, remedy))

    def mapping(self, document: Mapping[str, Any]) -> ImportMapping:
        self.known(document, ("name", "currency", "source", "types", "products", *self.fields), "")
        name = document.get("name")
        if not isinstance(name, str) or not NAMED.fullmatch(name):
            self.wrong(
                "the mapping has no name that keys can begin with",
                "/name",
                'name the source in up to 40 letters, digits, ".", "_" and "-": name = "old-system"',
            )
            name = ""
        currency = document.get("currency", "")
        if currency:
            self.currency(currency, "/currency")
        source = self.source(self.table(document, "source", ""))
        types = {
            column: reading
            for column, given in self.table(document, "types", "").items()
            if (reading := self.type(given, f"/types/{column}", source))
        }
        products = [
            product
            for code, given in self.table(document, "products", "").items()
            if (product := self.product(code, given, currency, f"/products/{code}"))
        ]
        blocks = [
            self.block(makes, given, currency, source, f"/{makes}/{index}")
            for makes in self.fields
            for index, given in enumerate(self.tables(document, makes))
        ]
        if not any(document.get(makes) for makes in (*self.fields, "products")):
            self.wrong("the mapping makes nothing", "", f"write {' or '.join(f'[[{makes}]]' for makes in self.fields)}")
        return ImportMapping(name, source, types, tuple(products), tuple(blocks))

    def known(self, given: Mapping[str, Any], names: Iterable[str], where: str) -> None:
        names = list(names)
        for name in given:
            if name not in names:
                self.wrong(f"there is no {name!r} here", f"{where}/{name}", did_you_mean(name, names))

    def table(self, document: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
        given = document.get(name, {})
        if isinstance(given, Mapping):
            return given
        self.wrong(f"{name} is not a table", f"{where}/{name}", f"write [{name}]")
        return {}

    def tables(self, document: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
        given = document.get(name, [])
        if isinstance(given, Mapping):
            given = [given]
        if isinstance(given, list) and all(isinstance(one, Mapping) for one in given):
            return given
        self.wrong(f"{name} is not a list of tables", f"/{name}", f"write [[{name}]]")
        return []

    def currency(self, given: object, where: str) -> bool:
        try:
            money.decimals(given, where)
        except InputError as error:
            self.errors.append(error)
            return False
        return True

    def source(self, given: Mapping[str, Any]) -> Source:
        texts = ("separator", "quote", "encoding", "decimal", "thousands", "dates")
        self.known(given, (*texts, "empty"), "/source")
        values = {name: given[name] for name in texts if name in given}
        for name, value in values.items():
            short = name in ("separator", "quote", "decimal", "thousands")
            if not isinstance(value, str) or (short and len(value) != 1):
                self.wrong(
                    f"{value!r} will not do", f"/source/{name}", "give one character" if short else "give a text"
                )
        try:
            "".encode(values.get("encoding", "utf-8"))
        except (LookupError, TypeError):
            self.wrong("no such encoding", "/source/encoding", 'give "utf-8", "gb18030", "windows-1252", …')
        if "dates" in values:
            self.date_format(values["dates"], "/source/dates")
        empty = given.get("empty", [])
        if not isinstance(empty, list) or not all(isinstance(word, str) for word in empty):
            self.wrong(f"{empty!r} is not a list of words", "/source/empty", 'give a list: empty = ["NULL", "-"]')
            empty = []
        return Source() if self.errors else Source(**values, empty=tuple(empty))

    def date_format(self, given: object, where: str) -> None:
        try:
            works = isinstance(given, str) and _reads_back(given)
        except pl.exceptions.PolarsError:
            works = False
        if not works:
            self.wrong(f"{given!r} is not a date format", where, 'write "%d/%m/%Y", "%Y-%m-%d %H:%M:%S%.f", …')

    def type(self, given: object, where: str, source: Source) -> Reading | None:
        options = {"type": given} if isinstance(given, str) else given
        if not isinstance(options, Mapping) or options.get("type") not in TYPES:
            self.wrong(f"{given!r} is not a type", where, f"use {', '.join(TYPES)}")
            return None
        self.known(options, ("type", "default", "dates", "from_zone", "to_zone"), where)
        default = options.get("default")
        reading = Reading(
            default=None if default is None else str(default),
            holds=options["type"],
            dates=options.get("dates", source.dates),
            from_zone=options.get("from_zone", ""),
            to_zone=options.get("to_zone", ""),
        )
        self.reading(reading, where)
        return reading

    def product(self, code: str, given: object, currency: str, where: str) -> StatedProduct | None:
        if not isinstance(given, Mapping):
            self.wrong(f"product {code} is not a table", where, f"write [products.{code}]")
            return None
        before = len(self.errors)
        self.known(given, ("version", "name_en", "name_zh", "currency", "terms"), where)
        version = given.get("version", 1)
        if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version < 2**31:
            self.wrong(f"{version!r} is not a version", f"{where}/version", "give a whole number from 1")
        if len(code) > 64:
            self.wrong("the code is longer than 64 characters", where, "shorten it")
        for name in ("name_en", "name_zh"):
            if not isinstance(given.get(name, ""), str) or len(given.get(name, "")) > 200:
                self.wrong(f"{name} is not a text of up to 200 characters", f"{where}/{name}", "shorten it")
        document = dict(self.table(given, "terms", where))
        document["currency"] = given.get("currency", document.get("currency", currency))
        terms = None
        if not document["currency"]:
            self.wrong("the product has no currency", f"{where}/currency", 'give it, or one for all: currency = "EUR"')
        else:
            try:
                terms = parse_terms(document)
            except InputError as error:
                self.wrong(error.what, f"{where}/terms{error.where}", error.remedy)
        if terms is None or len(self.errors) > before:
            return None
        return StatedProduct(
            code, version, given.get("name_en", code), given.get("name_zh", ""), terms.currency, terms, document
        )

    def block(self, makes: str, given: Mapping[str, Any], currency: str, source: Source, where: str) -> Block:
        own = ("files", "when", "currency", *(("disbursement",) if makes == "loans" else ()))
        names = {name.rstrip("*"): holds for name, holds in self.fields[makes].items()}
        self.known(given, (*own, *names), where)
        for name in self.fields[makes]:
            if name.endswith("*") and name[:-1] not in given:
                self.wrong(f"{name[:-1]} is missing", f"{where}/{name[:-1]}", "say which column feeds it")
        block_currency = given.get("currency", currency)
        if block_currency:
            if "currency" in given:
                self.currency(block_currency, f"{where}/currency")
        elif "money" in {names.get(name) for name in given}:
            self.wrong(
                "the currency is missing", f"{where}/currency", 'say it once for all at the top: currency = "EUR"'
            )
        files = given.get("files", "*")
        if not isinstance(files, str):
            self.wrong(f"{files!r} is not a pattern of file names", f"{where}/files", 'write files = "payments*.csv"')
            files = "*"
        disbursement = given.get("disbursement", True)
        if not isinstance(disbursement, bool):
            self.wrong(f"{disbursement!r} is not true or false", f"{where}/disbursement", "write true or false")
        when = self.expression("when", given["when"], f"{where}/when") if "when" in given else None
        fields = [
            field
            for name, holds in names.items()
            if name in given and (field := self.field(name, holds, given[name], source, makes, f"{where}/{name}"))
        ]
        return Block(makes, where, files, when, block_currency, bool(disbursement), tuple(fields))

    def expression(self, name: str, text: object, where: str) -> Field | None:
        try:
            expression = pl.sql_expr(text) if isinstance(text, str) else None
        except pl.exceptions.PolarsError as error:
            self.wrong(f"the expression cannot be read: {error}", where, "write it as in SQL: 'totaldue - loanamount'")
            return None
        if expression is None:
            self.wrong(f"{text!r} is not an expression", where, "write it as a text: 'totaldue - loanamount'")
            return None
        columns = tuple(dict.fromkeys(expression.meta.root_names()))
        return Field(name, where, expression, columns, Reading("text"), required=False)

    def field(self, name: str, holds: str, given: object, source: Source, makes: str, where: str) -> Field | None:
        options = {"column": given} if isinstance(given, str) else given
        ways = ("column", "expression", "value")
        if not isinstance(options, Mapping) or sum(way in options for way in ways) != 1:
            self.wrong(
                f"{given!r} does not say where {name} comes from",
                where,
                f'write {name} = "its column", {{ expression = "…" }} or {{ value = … }}',
            )
            return None
        before = len(self.errors)
        more = {"money": ("unit",), "rate": ("unit",), "date": ("dates", "from_zone", "to_zone")}.get(holds, ("words",))
        self.known(options, (*ways, "default", *more), where)
        words = options.get("words", {})
        if not isinstance(words, Mapping) or not all(isinstance(word, str) for word in words.values()):
            self.wrong("words is not a table of texts", f"{where}/words", 'write words = { PMT = "paid" }')
            words = {}
        choices = {"kind": KINDS, "component": COMPONENTS}.get(holds)
        for word, meaning in words.items():
            if choices and meaning not in choices:
                self.wrong(f"{meaning!r} is not a {holds}", f"{where}/words/{word}", did_you_mean(meaning, choices))
        default = options.get("default")
        reading = Reading(
            holds=holds,
            unit=options.get("unit", UNITS.get(holds, ("",))[0]),
            dates=options.get("dates", source.dates),
            from_zone=options.get("from_zone", ""),
            to_zone=options.get("to_zone", ""),
            words=words,
            default=None if default is None else str(default),
        )
        self.reading(reading, where)
        required = f"{name}*" in self.fields[makes]
        if "column" in options:
            column = options["column"]
            if not isinstance(column, str):
                self.wrong(f"{column!r} is not the name of a column", f"{where}/column", "give its name as a text")
                return None
            found = Field(name, where, pl.col(column), (column,), reading, required)
        elif "expression" in options:
            made = self.expression(name, options["expression"], f"{where}/expression")
            if made is None:
                return None
            found = Field(name, f"{where}/expression", made.expression, made.columns, reading, required)
        else:
            value = options["value"]
            found = Field(name, f"{where}/value", pl.lit(_written(value)), (), reading, required, constant=True)
        return found if len(self.errors) == before else None

    def reading(self, reading: Reading, where: str) -> None:
        if reading.holds in UNITS and reading.unit not in UNITS[reading.holds]:
            self.wrong(f"{reading.unit!r} is not a unit", f"{where}/unit", f"use {' or '.join(UNITS[reading.holds])}")
        if reading.holds != "date":
            return
        self.date_format(reading.dates, f"{where}/dates")
        for name, zone in (("from_zone", reading.from_zone), ("to_zone", reading.to_zone)):
            if zone and zone not in available_timezones():
                self.wrong(f"{zone!r} is not a time zone", f"{where}/{name}", 'give an IANA name: "Africa/Lagos"')
        if bool(reading.from_zone) != bool(reading.to_zone):
            self.wrong("one zone says nothing alone", where, "give from_zone (of the stamps) and to_zone (of the days)")


def has_time(dates: str) -> bool:
    """Whether a date format reads a time of day too."""
    return re.search(r"%[-_0]?[HIMSTRrXcsf+]|%\.", dates) is not None


def _reads_back(dates: str) -> bool:
    # A format is good when a day written with it is read as that day again.
    day = pl.Series([datetime.datetime(2024, 12, 31, 13, 14, 15)])  # noqa: DTZ001
    read = day.dt.strftime(dates).str.strptime(pl.Datetime if has_time(dates) else pl.Date, dates, strict=False)
    return read.cast(pl.Date).item() == datetime.date(2024, 12, 31)


def _written(value: object) -> object:
    # A constant is read like a cell: dates as dates, everything else by its text.
    return value if hasattr(value, "isoformat") else str(value)
