"""The files of a report: written out of sight as the records come, then put in their place with a manifest."""

import csv
import datetime
import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
from django.conf import settings

from duly.bureau.layouts import cn, metro2_records
from duly.bureau.layouts.metro2_file import Metro2Writer
from duly.bureau.layouts.people import digits_of
from duly.bureau.layouts.said import Reporter, Said
from duly.bureau.models import Layout, Report
from duly.engine.dates import days


class ReportFiles(Protocol):
    """Where the records of a report go, a batch at a time."""

    def add(self, said: Said) -> None:
        """Write records of the month, or corrections of an earlier one."""

    def end(self) -> None:
        """No more records come."""


class Metro2Files:
    """A file of the month, and one of corrections when there are some."""

    def __init__(self, staging: Path, name: str, form: str, reporter: Reporter, activity_date: int) -> None:
        self.staging, self.name, self.form = staging, name, form
        self.reporter, self.activity_date = reporter, activity_date
        self.writers: dict[str, Metro2Writer] = {}
        self._writer(f"{name}.dat")

    def add(self, said: Said) -> None:
        """Base segments; see metro2_records."""
        if len(said):
            name = f"{self.name}-corrections.dat" if said.is_correction else f"{self.name}.dat"
            self._writer(name).add(metro2_records.base_segments(said, self.reporter), len(said))

    def end(self) -> None:
        """Trailers."""
        for writer in self.writers.values():
            writer.end()
            _close(writer.out)

    def _writer(self, name: str) -> Metro2Writer:
        if name not in self.writers:
            self.writers[name] = Metro2Writer((self.staging / name).open("wb"), self.form)
            self.writers[name].begin(self.reporter, self.activity_date)
        return self.writers[name]


class CsvFiles:
    """Accounts of the month with their special transactions, and corrections when there are some."""

    def __init__(self, staging: Path, name: str, reporter: Reporter) -> None:
        self.staging, self.name, self.reporter = staging, name, reporter
        self.files: dict[str, BinaryIO] = {}
        self._file(f"{name}.csv", cn.FIELDS)
        self._file(f"{name}-special.csv", cn.SPECIAL_FIELDS)

    def add(self, said: Said) -> None:
        """Rows; see cn."""
        if not len(said):
            return
        name = f"{self.name}-corrections.csv" if said.is_correction else f"{self.name}.csv"
        write_rows(self._file(name, cn.FIELDS), cn.FIELDS, cn.rows_of(said, self.reporter), len(said))
        if not said.is_correction:
            special = cn.special_transactions(said)
            file = self._file(f"{self.name}-special.csv", cn.SPECIAL_FIELDS)
            write_rows(file, cn.SPECIAL_FIELDS, special, len(special["AcctCode"]))

    def end(self) -> None:
        """Everything down to the disk."""
        for file in self.files.values():
            _close(file)

    def _file(self, name: str, fields: Sequence[cn.CsvField]) -> BinaryIO:
        if name not in self.files:
            self.files[name] = (self.staging / name).open("wb")
            self.files[name].write((",".join(field.name for field in fields) + "\r\n").encode())
        return self.files[name]


def write_rows(file: BinaryIO, fields: Sequence[cn.CsvField], columns: Mapping[str, Any], rows: int) -> None:
    """Rows of CSV from columns by the names of `fields`: arrays of that many rows, or one value for all."""
    text = io.StringIO(newline="")
    told = [np.broadcast_to(np.asarray(columns[field.name]), (rows,)).tolist() for field in fields]
    csv.writer(text).writerows(zip(*told, strict=True))
    file.write(text.getvalue().encode())


def _close(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()


def files_for(report: Report, staging: Path) -> ReportFiles:
    """The files of `report`, written into the folder `staging`."""
    name = f"{report.layout}-{report.month:%Y-%m}"
    reporter = Reporter(
        name=settings.DULY_LENDER,
        address=settings.DULY_LENDER_ADDRESS,
        phone=f"{digits_of(settings.DULY_LENDER_PHONE, 10):010d}",
        number=settings.DULY_BUREAU_ID,
        version=version("duly"),
        reported_at=report.reported_at,
    )
    if report.layout == Layout.METRO2:
        return Metro2Files(staging, name, report.form, reporter, days(report.month))
    return CsvFiles(staging, name, reporter)


@contextmanager
def staging_in(folder: Path) -> Iterator[Path]:
    """A folder beside the files, out of sight, gone at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".report-", dir=folder))
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def digests(staging: Path) -> dict[str, str]:
    """The SHA-256 of each file in `staging`, by name."""
    found = {}
    for path in sorted(staging.iterdir()):
        with path.open("rb") as file:
            found[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def put_in_place(staging: Path, folder: Path, report: Report) -> Path:
    """Move the files of `staging` into `folder`, then the manifest, and give it: where it stands, all files stand."""
    for name in report.files:
        (staging / name).replace(folder / name)
    manifest = {
        "layout": report.layout,
        "form": report.form,
        "month": f"{report.month:%Y-%m}",
        "reported_at": report.reported_at.astimezone(datetime.UTC).isoformat(),
        "facts_through": report.facts_through,
        "loans": report.loans,
        "corrections": report.corrections,
        # PostgreSQL keeps the keys of JSON in an order of its own.
        "held_back": dict(sorted(report.held_back.items())),
        "files": {name: {"sha256": digest} for name, digest in sorted(report.files.items())},
    }
    path = folder / f"{report.layout}-{report.month:%Y-%m}.manifest.json"
    half = staging / path.name
    half.write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    half.replace(path)
    return path
