"""The layouts' tables of fields as pages of the documentation, written from the tables themselves."""

from collections.abc import Iterable, Sequence

from duly.bureau.layouts import cn, metro2
from duly.bureau.layouts.fields import Layout

_METRO2 = """# Metro 2: fields

Written by `duly bureau fields` from the table that writes and reads the files (`duly/bureau/layouts/metro2.py`).
Positions begin at 1. What each form is: [the credit record](../bureau.md#layouts).
"""
_CN = """# China's second-generation credit system: fields of the CSV

Written by `duly bureau fields` from the table that writes the file (`duly/bureau/layouts/cn.py`). One row is one
account in one month. Where names and codes come from: [the credit record](../bureau.md#layouts).
"""


def metro2_page() -> str:
    """Every record and segment of Metro 2, in Markdown."""
    layouts = [metro2.HEADER, metro2.BASE, *metro2.SEGMENTS.values(), metro2.TRAILER]
    packed = [metro2.PACKED_HEADER, metro2.PACKED_BASE, metro2.PACKED_TRAILER]
    return "\n".join([_METRO2, *(_layout(one) for one in [*layouts, *packed])])


def cn_page() -> str:
    """Every column of the CSV files, in Markdown."""
    accounts = _table(
        ("column", "segment", "名称", "meaning", "content"),
        ((f"`{one.name}`", one.segment, one.zh, one.en, one.source) for one in cn.FIELDS),
    )
    special = _table(
        ("column", "名称", "meaning", "content"),
        ((f"`{one.name}`", one.zh, one.en, one.source) for one in cn.SPECIAL_FIELDS),
    )
    return f"{_CN}\n## cn-YYYY-MM.csv, cn-YYYY-MM-corrections.csv\n\n{accounts}\n## cn-YYYY-MM-special.csv\n\n{special}"


def _layout(layout: Layout) -> str:
    rows = (
        (
            f"{field.start}–{field.start + field.length - 1}",
            str(field.length),
            field.kind,
            f"`{field.name}`",
            field.source,
        )
        for field in layout.fields
    )
    return f"## {layout.name} ({layout.length} bytes)\n\n" + _table(
        ("position", "length", "type", "field", "content"), rows
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)
