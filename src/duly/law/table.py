"""A table of questions in Arrow: the same fields as the JSON document, checked and put in columns for the gate."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from duly.engine.errors import InputError
from duly.law import clock
from duly.law.clock import microseconds
from duly.law.columns import BUSY, CIRCUMSTANCE, CONSENT, CONTACT, NEVER, PAST, UNKNOWN, Facts, Int64, Records
from duly.law.question import FIELDS, HISTORY_FIELDS, interval
from duly.law.vocabulary import (
    CHANNELS,
    CIRCUMSTANCES,
    CONSENTS,
    DIRECTIONS,
    OUTCOMES,
    PARTIES,
    PLACES,
    PURPOSES,
    RELATIONS,
    STATUSES,
)

_TIME = pa.timestamp("us", "UTC")
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Questions:
    """Questions in columns; row i is under the packs named packs[pack[i]]."""

    packs: Sequence[str]
    pack: Int64
    facts: Facts


class _Reader:
    """Reads columns of `count` questions, and notes the rows in which something is not understood."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.understood = np.ones(count, np.bool_)

    def not_understood(self, wrong: Bools, parent: Int64 | None = None) -> None:
        rows = np.flatnonzero(wrong)
        self.understood[rows if parent is None else parent[rows]] = False

    def codes(
        self, column: pa.Array | None, vocabulary: Sequence[str], count: int, parent: Int64 | None, needed: bool
    ) -> Int64:
        """Words as codes. A word that is unknown, or missing where one is needed, is not understood."""
        if column is None:
            if needed:
                self.not_understood(np.ones(count, np.bool_), parent)
            return np.full(count, UNKNOWN)
        found = pc.index_in(column.cast(pa.string()), value_set=pa.array(vocabulary))
        codes = found.fill_null(UNKNOWN).to_numpy(zero_copy_only=False).astype(np.int64)
        wrong = codes == UNKNOWN
        self.not_understood(wrong if needed else wrong & _given(column), parent)
        return codes

    def members(self, structs: pa.Array | None, known: set[str], parent: Int64 | None = None) -> None:
        """Note the fields that are not known, where they say something."""
        if structs is None or not _is_struct(structs):
            return
        for field in structs.type:
            if field.name not in known:
                column = _member(structs, field.name)
                if column is not None:
                    self.not_understood(_given(column), parent)


def read_table(table: pa.Table) -> Questions:
    """The questions of a table, one a row. Raises InputError with a pointer to the column, or the row and column."""
    reader = _Reader(table.num_rows)
    whole = pa.StructArray.from_arrays([_one(column) for column in table.columns], names=table.column_names)
    reader.members(whole, FIELDS[""])
    contact, person, debt = (_needed(whole, name) for name in ("contact", "person", "debt"))
    by, to = _needed(contact, "by", "/contact/by"), _needed(contact, "to", "/contact/to")
    preferences = _member(person, "preferences")
    for where, structs in (
        ("/contact", contact),
        ("/contact/by", by),
        ("/contact/to", to),
        ("/person", person),
        ("/person/preferences", preferences),
        ("/debt", debt),
    ):
        reader.members(structs, FIELDS[where])
    packs = _needed(whole, "pack").cast(pa.string()).dictionary_encode()
    entries, parent, history_start = _list(whole, "history", reader.count)
    if entries is not None and not _is_struct(entries):
        raise InputError("history holds what is no earlier contact", "/history", 'give {"at", "channel", …}')
    reader.members(entries, HISTORY_FIELDS, parent)
    consents, consent_of, consent_start = _list(person, "consents", reader.count)
    entry_by, entry_to = _member(entries, "by"), _member(entries, "to")
    party, entry_party, consent_party = _numbers(
        (_member(by, "name"), reader.count),
        (_member(entry_by, "name"), len(parent)),
        (_member(consents, "to") if _is_struct(consents) else None, len(consent_of)),
    )
    third, entry_third = _numbers((_member(to, "id"), reader.count), (_member(entry_to, "id"), len(parent)))
    debts, entry_debt = _numbers((_member(debt, "id"), reader.count), (_member(entries, "debt"), len(parent)))
    columns: dict[str, Any] = {
        "at": _instants(_member(contact, "at"), reader.count, "/contact/at", None),
        "channel": reader.codes(_member(contact, "channel"), CHANNELS, reader.count, None, True),
        "purpose": reader.codes(_member(contact, "purpose"), PURPOSES, reader.count, None, True),
        "party_kind": reader.codes(_member(by, "kind"), PARTIES, reader.count, None, True),
        "party": party,
        "relation": reader.codes(_member(to, "relation"), RELATIONS, reader.count, None, True),
        "person": third,
        "place": reader.codes(_member(to, "place"), PLACES, reader.count, None, False),
        "debt": debts,
        **_debt(reader, debt),
    }
    contact_rows = np.zeros(reader.count, CONTACT)
    zone, change, zone_start = _zones(reader, person)
    past = np.zeros(len(parent), PAST)
    past["at"] = _instants(_member(entries, "at"), len(parent), "/history/at", None)
    past["channel"] = reader.codes(_member(entries, "channel"), CHANNELS, len(parent), parent, True)
    past["direction"] = reader.codes(_member(entries, "direction"), DIRECTIONS, len(parent), parent, True)
    past["outcome"] = reader.codes(_member(entries, "outcome"), OUTCOMES, len(parent), parent, True)
    past["relation"] = reader.codes(_member(entry_to, "relation"), RELATIONS, len(parent), parent, False)
    past["consented"] = _flags(_member(entries, "with_consent"), len(parent))
    past["person"], past["party"], past["debt"] = entry_third, entry_party, entry_debt
    circumstance, circumstance_start = _circumstances(reader, person, debt)
    consent = _consents(reader, consents, consent_of, consent_party)
    refused, busy, busy_start = _preferences(reader, preferences)
    for name, column in (columns | refused | {"understood": reader.understood}).items():
        contact_rows[name] = column
    for name, start in (
        ("zone", zone_start),
        ("circumstance", circumstance_start),
        ("consent", consent_start),
        ("busy", busy_start),
        ("past", history_start),
    ):
        contact_rows[f"first_{name}"], contact_rows[f"last_{name}"] = start[:-1], start[1:]
    return Questions(
        packs=packs.dictionary.to_pylist(),
        pack=packs.indices.to_numpy().astype(np.int64),
        facts=Facts(contact_rows, zone, change, circumstance, consent, busy, _oldest_first(past, parent)),
    )


def _one(column: pa.ChunkedArray) -> pa.Array:
    joined = column.combine_chunks()
    return joined if isinstance(joined, pa.Array) else pa.concat_arrays(joined.chunks)


def _is_struct(array: pa.Array | None) -> bool:
    return array is not None and pa.types.is_struct(array.type)


def _member(structs: pa.Array | None, name: str) -> pa.Array | None:
    """A field of structs; None when no row says anything of it."""
    if structs is None or not _is_struct(structs) or structs.type.get_field_index(name) < 0:
        return None
    found = pc.struct_field(structs, name)
    return None if pa.types.is_null(found.type) else found


def _needed(structs: pa.Array, name: str, where: str = "") -> pa.Array:
    found = _member(structs, name)
    if found is None or found.null_count:
        row = 0 if found is None else int(np.flatnonzero(~_given(found))[0])
        where = where or f"/{name}"
        raise InputError(f"{name} is missing", f"/{row}{where}", "every row must state it")
    return found


def _given(column: pa.Array) -> Bools:
    return np.asarray(column.is_valid().to_numpy(zero_copy_only=False), np.bool_)


def _list(structs: pa.Array | None, name: str, count: int) -> tuple[pa.Array | None, Int64, Int64]:
    """The elements of a list column in a row, the row that each belongs to, and the offsets."""
    column = _member(structs, name)
    if column is None:
        return None, np.empty(0, np.int64), np.zeros(count + 1, np.int64)
    if not pa.types.is_list(column.type) and not pa.types.is_large_list(column.type):
        raise InputError(f"{name} is not a list", f"/{name}", "give a list, which may be empty")
    lengths = pc.list_value_length(column).fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    elements = pc.list_flatten(column)
    if elements.null_count:
        raise InputError(f"{name} holds what is nothing", f"/{name}", "leave it out of the list")
    if pa.types.is_null(elements.type):
        elements = None
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return elements, np.repeat(np.arange(count), lengths), offsets


def _numbers(*columns: tuple[pa.Array | None, int]) -> list[Int64]:
    """Names as numbers, the same for the same name over all the columns; UNKNOWN where there is none."""
    present = [column.cast(pa.string()) for column, _ in columns if column is not None]
    coded: Iterator[Int64] = iter(())
    if present:
        together = pa.chunked_array(present).combine_chunks().dictionary_encode()
        together = _one(together) if isinstance(together, pa.ChunkedArray) else together
        flat = together.indices.fill_null(UNKNOWN).to_numpy(zero_copy_only=False).astype(np.int64)
        coded = iter(np.split(flat, np.cumsum([len(column) for column in present])[:-1]))
    return [np.full(count, UNKNOWN) if column is None else next(coded) for column, count in columns]


def _instants(column: pa.Array | None, count: int, where: str, otherwise: int | None) -> Int64:
    """Instants in microseconds; `otherwise` where there is none, which is an error when that is None."""
    if column is None:
        if count and otherwise is None:
            raise InputError("the instant is missing", where, "every row must state it")
        return np.full(count, 0 if otherwise is None else otherwise)
    naive = pa.types.is_timestamp(column.type) and column.type.tz is None
    try:
        found = None if naive else column.cast(_TIME)
    except pa.ArrowInvalid:
        found = None
    if found is None:
        raise InputError("not every value is an instant", where, 'write instants as "2024-01-31T09:30:00Z"')
    if otherwise is None and found.null_count:
        raise InputError("the instant is missing", where, "every row must state it")
    at = found.cast(pa.int64()).fill_null(otherwise or 0).to_numpy(zero_copy_only=False).astype(np.int64)
    outside = _given(found) & ((at < microseconds(clock.FIRST)) | (at >= microseconds(clock.LAST)))
    if outside.any() and not where.startswith("/history"):
        raise InputError(
            "the instant is too far away", f"/{int(np.flatnonzero(outside)[0])}{where}", "give one from 1990 to 2069"
        )
    return at


def _flags(column: pa.Array | None, count: int) -> Bools:
    if column is None:
        return np.zeros(count, np.bool_)
    return np.asarray(column.fill_null(False).to_numpy(zero_copy_only=False), np.bool_)


def _debt(reader: _Reader, debt: pa.Array) -> dict[str, Int64]:
    days = _member(debt, "days_past_due")
    status = _member(debt, "status")
    if status is not None:
        status = status.fill_null("open")
    return {
        "days_past_due": np.zeros(reader.count, np.int64)
        if days is None
        else days.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64),
        "status": np.full(reader.count, STATUSES.index("open"))
        if status is None
        else reader.codes(status, STATUSES, reader.count, None, True),
        "dispute_window_ends": _instants(
            _member(debt, "dispute_window_ends"), reader.count, "/debt/dispute_window_ends", NEVER
        ),
    }


def _circumstances(reader: _Reader, person: pa.Array, debt: pa.Array) -> tuple[Records, Int64]:
    elements, parent, _ = _list(person, "circumstances", reader.count)
    words, since, until, keep = _dated(reader, elements, parent, "circumstances", {"kind", "since", "until", "debt"})
    if _is_struct(elements):
        concerns, own = _numbers((_member(elements, "debt"), len(parent)), (_member(debt, "id"), reader.count))
        keep = (concerns == UNKNOWN) | (own[parent] == UNKNOWN) | (concerns == own[parent])
    kinds = np.full(len(parent), UNKNOWN)
    rows = np.flatnonzero(keep)
    if words is not None:
        kinds[rows] = reader.codes(words.take(pa.array(rows)), CIRCUMSTANCES, len(rows), parent[rows], True)
    keep = keep & (kinds != UNKNOWN)
    found = np.zeros(int(keep.sum()), CIRCUMSTANCE)
    found["kind"], found["since"], found["until"] = kinds[keep], since[keep], until[keep]
    return found, _offsets(parent[keep], reader.count)


def _dated(
    reader: _Reader, elements: pa.Array | None, parent: Int64, name: str, known: set[str]
) -> tuple[pa.Array | None, Int64, Int64, Bools]:
    """Words, or objects {"kind", "since", "until"}: the words, since when and until when."""
    count = len(parent)
    if not _is_struct(elements):
        words = None if elements is None or pa.types.is_null(elements.type) else elements
        return words, np.full(count, -NEVER), np.full(count, NEVER), np.full(count, words is not None)
    reader.members(elements, known, parent)
    since = _instants(_member(elements, "since"), count, f"/person/{name}/since", -NEVER)
    until = _instants(_member(elements, "until"), count, f"/person/{name}/until", NEVER)
    return _member(elements, "kind"), since, until, np.ones(count, np.bool_)


def _consents(reader: _Reader, elements: pa.Array | None, parent: Int64, party: Int64) -> Records:
    known = {"kind", "given_at", "until", "to"}
    words, _, until, _ = _dated(reader, elements, parent, "consents", known)
    given = np.full(len(parent), NEVER)
    if _is_struct(elements):
        given = _instants(_member(elements, "given_at"), len(parent), "/person/consents/given_at", NEVER)
    found = np.zeros(len(parent), CONSENT)
    # A consent of an unknown kind stays in its place: it lifts nothing.
    found["kind"] = reader.codes(words, CONSENTS, len(parent), parent, True)
    found["party"], found["given"], found["until"] = party, given, until
    return found


def _preferences(reader: _Reader, preferences: pa.Array | None) -> tuple[dict[str, Int64], Records, Int64]:
    columns = {}
    for name, vocabulary in (("refused_channels", CHANNELS), ("refused_places", PLACES)):
        elements, parent, _ = _list(preferences, name, reader.count)
        masks = np.zeros(reader.count, np.int64)
        if elements is not None and not pa.types.is_null(elements.type):
            codes = reader.codes(elements, vocabulary, len(parent), parent, True)
            known = codes >= 0
            np.bitwise_or.at(masks, parent[known], 1 << codes[known])
        columns[name] = masks
    elements, parent, start = _list(preferences, "inconvenient_hours", reader.count)
    spans = [] if elements is None or pa.types.is_null(elements.type) else elements.to_pylist()
    times = [
        interval(span, f"/{row}/person/preferences/inconvenient_hours")
        for row, span in zip(parent, spans, strict=False)
    ]
    return columns, np.array(times, BUSY), start


def _zones(reader: _Reader, person: pa.Array) -> tuple[Records, Records, Int64]:
    elements, parent, _ = _list(person, "time_zones", reader.count)
    if elements is None or pa.types.is_null(elements.type):
        return *clock.changes_of(()), np.zeros(reader.count + 1, np.int64)
    coded = elements.cast(pa.string()).dictionary_encode()
    names = coded.dictionary.to_pylist()
    known = [name for name in names if name in clock.known_zones()]
    place = np.array([known.index(name) if name in known else UNKNOWN for name in names] + [UNKNOWN], np.int64)
    zone = place[coded.indices.fill_null(len(names)).to_numpy(zero_copy_only=False)]
    reader.not_understood(zone == UNKNOWN, parent)
    keep = zone != UNKNOWN
    tables, change = clock.changes_of(tuple(known))
    return tables[zone[keep]], change, _offsets(parent[keep], reader.count)


def _offsets(parent: Int64, count: int) -> Int64:
    return np.concatenate([[0], np.cumsum(np.bincount(parent, minlength=count))]).astype(np.int64)


def _oldest_first(past: Records, parent: Int64) -> Records:
    falls = (np.diff(past["at"]) < 0) & (np.diff(parent) == 0)
    return past[np.lexsort((past["at"], parent))] if falls.any() else past
