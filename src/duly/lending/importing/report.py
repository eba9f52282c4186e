"""The rows that were not taken: beside each file, its own rows again, each with its number and all reasons."""

import shutil
from pathlib import Path

import polars as pl

from duly.lending.importing.source import ROW, SURPLUS, File

SUFFIX = ".rejected.csv"


def rejected_path(path: Path) -> Path:
    """Where the rows of `path` that were not taken are reported."""
    return path.with_name(path.name + SUFFIX)


def write_rejected(file: File, reasons: pl.DataFrame, separator: str) -> Path | None:
    """Write the rows of `file` with `reasons` (ROW, reason) beside it; a report of an earlier run goes.

    The report may be read as the file may: only by whom the file's own mode lets. Returns where it is, None when all
    rows were taken.
    """
    out = rejected_path(file.path)
    rejected = rejected_rows(file, reasons)
    if not rejected.height:
        out.unlink(missing_ok=True)
        return None
    # Made empty first, so that personal data is never in a file that others may read.
    out.touch()
    shutil.copymode(file.path, out)
    out.write_text(rejected.write_csv(separator=separator), encoding="utf-8")
    return out


def rejected_rows(file: File, reasons: pl.DataFrame) -> pl.DataFrame:
    """`row` (its number in the file), `reasons` (joined by "; "), then the file's own columns."""
    of_row = reasons.group_by(ROW, maintain_order=True).agg(
        pl.col("reason").unique(maintain_order=True).str.join("; ").alias(_free("reasons", file))
    )
    rows = file.rows.join(of_row, on=ROW, how="inner", maintain_order="left")
    shift = file.number_of(0)
    return rows.select(
        (pl.col(ROW) + shift).alias(_free("row", file)),
        _free("reasons", file),
        pl.exclude(ROW, SURPLUS, _free("reasons", file)),
    )


def _free(name: str, file: File) -> str:
    return f"rejected_{name}" if name in file.columns else name
