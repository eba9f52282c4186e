"""Report a month: the whole book once, every loan that may be reported, and what changed of the months before.

The month is decided and put on record once; written again it has the same bytes. Nothing is half written: the lines of
a report are committed together, and its files are put in place after that, the manifest last.
"""

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from django.db import IntegrityError, connection, transaction

from duly.bureau import reading, writing
from duly.bureau.corrections import Corrections, again, corrections_to
from duly.bureau.layouts.metro2_file import FIXED, FORMS
from duly.bureau.layouts.said import Said
from duly.bureau.models import HeldBack, Layout, Line, Report
from duly.bureau.months import HISTORY, Month, month_of, months_to, some_rows
from duly.bureau.standing import Standing
from duly.close.book import Book, high_water_mark
from duly.close.models import Close
from duly.engine.dates import NO_DATE
from duly.engine.errors import InputError
from duly.engine.money import decimals
from duly.lending.arrow import connect

CHUNK = 100_000  # loans worked on at a time
CSV = "csv"
STAGED = "bureau_line_staged"
TAKE_OVER = """
INSERT INTO bureau_line (
    report_id, loan_id, month, kind, status, days_past_due, balance, past_due, risk_class
)
SELECT %s, loan_id, month, kind, status, days_past_due, balance, past_due, risk_class
FROM bureau_line_staged
ORDER BY month, loan_id
"""
Progress = Callable[[int, int], None]  # loans done, loans in all
Mask = npt.NDArray[np.bool_]


class ReportError(Exception):
    """A month that cannot be reported now; the text says why and what to do."""


@dataclass(frozen=True)
class Reported:
    """A report, and its manifest; `is_again`: it was on record already, and its files were written again."""

    report: Report
    manifest: Path
    is_again: bool


def report_month(
    month: datetime.date,
    layout: str,
    folder: Path,
    now: datetime.datetime,
    form: str = "",
    progress: Progress | None = None,
) -> Reported:
    """Report the month that ends on `month` in `layout` as known now, and write its files into `folder`.

    `form` is one of metro2_file.FORMS for Metro 2 (fixed when left out), "csv" for cn. A month on record is written
    again, the same bytes. Raises InputError for a layout or form that there is not, ReportError for a month that is
    not closed or comes after one that is reported, and where the files would no longer be the same. Must not be called
    inside a transaction.
    """
    form = _form(layout, form)
    report = Report.objects.filter(layout=layout, month=month).first()
    is_again = report is not None
    if report is None:
        _refuse_untimely(month, layout)
        report = Report(layout=layout, form=form, month=month, reported_at=now.replace(microsecond=0))
    elif report.form != form:
        raise InputError(f"{report} was reported in the form {report.form}", "/form", f"give {report.form}")
    run = _Run(report, progress or (lambda done, of: None))
    with writing.staging_in(folder) as staging:
        files = writing.files_for(report, staging)
        if is_again:
            run.write_again(files)
            if writing.digests(staging) != report.files:
                raise ReportError(
                    f"{report} can no longer be written with the same bytes: what is known of a person, or of the "
                    "lender, has changed since; use the files that were written then"
                )
        else:
            run.write(files)
            report.files = writing.digests(staging)
            run.record()
        return Reported(report, writing.put_in_place(staging, folder, report), is_again)


def _form(layout: str, form: str) -> str:
    if layout not in Layout.values:
        raise InputError(f"there is no layout {layout!r}", "/layout", f"use {', '.join(Layout.values)}")
    forms = FORMS if layout == Layout.METRO2 else (CSV,)
    if form and form not in forms:
        raise InputError(f"{layout} has no form {form!r}", "/form", f"use {', '.join(forms)}")
    return form or (FIXED if layout == Layout.METRO2 else CSV)


def _refuse_untimely(month: datetime.date, layout: str) -> None:
    if not Close.objects.filter(business_date=month).exists():
        raise ReportError(f"{month:%Y-%m} is not closed: run `duly close --through {month}` first")
    later = Report.objects.filter(layout=layout, month__gt=month).order_by("month").first()
    if later is not None:
        raise ReportError(
            f"{later} is reported already: months are reported in order; what changed goes out with the next"
        )


class _Run:
    """One report being made. The book is read once, then worked on chunk by chunk."""

    def __init__(self, report: Report, progress: Progress) -> None:
        self.report, self.progress = report, progress
        self.book = Book()
        with connect() as reader:
            if not report.pk:
                report.facts_through = high_water_mark(reader)
            self.book.read_through(reader, report.facts_through)
        loan_ids = self.book.loan_ids
        self.ends = months_to(report.month, HISTORY + 1)[1:]
        self.scale = np.array([10 ** decimals(code) for code in self.book.currencies] or [1], np.int64)
        self.told_on = reading.told_on(loan_ids, report.reported_at)
        self.reported = reading.reported_adverse(report.layout, loan_ids, self.ends, before=report.pk)
        self.objected, self.answered = reading.objected_to(report.layout, report.month, report.reported_at)
        self.lines: list[pa.Table] = []
        self.held_back: list[int] = []

    def write(self, files: writing.ReportFiles) -> None:
        """Decide what is said, and write it."""
        report, book = self.report, self.book
        agreed = reading.who_agreed(book.borrower_ids, report.reported_at)
        report.held_back = {"no_consent": 0, "not_told": 0}
        for rows, month in self._chunks():
            reportable = month.reportable
            told = self._told(month, rows)
            adverse = reading.IS_ADVERSE[report.layout](month.standing.status, month.standing.days_past_due)
            not_told = reportable & agreed[rows] & adverse & ~told
            report.held_back["no_consent"] += int(np.count_nonzero(reportable & ~agreed[rows]))
            self.held_back += book.loan_ids[rows[not_told]].tolist()
            picked = np.flatnonzero(reportable & agreed[rows] & ~not_told)
            month, rows = month.some(picked), rows[picked]
            files.add(self._said(month, month.standing, rows, told[picked]))
            self._note(rows, report.month, month.standing, [int(Line.Kind.OF_THE_MONTH)] * len(rows))
        report.held_back["not_told"] = len(self.held_back)
        last = Report.objects.filter(layout=report.layout).order_by("-month").first()
        corrections = []
        if last is not None:
            corrections = corrections_to(report.layout, book, report.month, last, agreed, self.told_on)
        self._write_corrections(files, corrections)
        for one in corrections:
            self._note(one.rows, one.month.end, one.standing, one.kinds)
        report.corrections = sum(len(one.rows) for one in corrections)
        report.loans = sum(len(table) for table in self.lines) - report.corrections
        files.end()

    def write_again(self, files: writing.ReportFiles) -> None:
        """Write what was said."""
        of_the_month = self.report.lines.filter(kind=Line.Kind.OF_THE_MONTH).order_by("loan_id")
        said = np.fromiter(of_the_month.values_list("loan_id", flat=True).iterator(chunk_size=10_000), np.int64)
        for rows, month in self._chunks():
            picked = np.flatnonzero(np.isin(self.book.loan_ids[rows], said))
            month, rows = month.some(picked), rows[picked]
            files.add(self._said(month, month.standing, rows, self._told(month, rows)))
        others = self.report.lines.exclude(kind=Line.Kind.OF_THE_MONTH).order_by("month", "loan_id")
        self._write_corrections(files, again(self.book, others))
        files.end()

    def record(self) -> None:
        """Put the report and all its lines on record, or nothing. Raises ReportError when another run was first."""
        _stage(self.lines)
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                self.report.save(force_insert=True)
                cursor.execute(TAKE_OVER, [self.report.pk])
                HeldBack.objects.bulk_create(
                    (HeldBack(report=self.report, loan_id=loan_id) for loan_id in self.held_back), batch_size=5000
                )
                cursor.execute(f"DROP TABLE {STAGED}")
        except IntegrityError as error:
            raise ReportError(f"{self.report} was reported by another run meanwhile; run again to write it") from error

    def _chunks(self) -> Iterator[tuple[npt.NDArray[np.int64], Month]]:
        loans = len(self.book.loan_ids)
        facts = self.book.facts()
        for start in range(0, loans, CHUNK):
            rows = np.arange(start, min(start + CHUNK, loans))
            yield rows, month_of(*some_rows(self.book.contracts, facts, rows), self.report.month)
            self.progress(int(rows[-1]) + 1, loans)

    def _told(self, month: Month, rows: npt.NDArray[np.int64]) -> Mask:
        """Whose borrower was told of the delinquency that stands, in time."""
        return (month.late_since != NO_DATE) & (self.told_on[rows] > month.late_since)

    def _said(
        self, month: Month, standing: Standing, rows: npt.NDArray[np.int64], told: Mask, is_correction: bool = False
    ) -> Said:
        currency = self.book.currency[rows]
        loan_ids = self.book.loan_ids[rows].tolist()
        # The history of an earlier month begins further back.
        reported = self.reported[sum(end >= month.end for end in self.ends) :]
        none = np.zeros(len(rows), np.bool_)
        return Said(
            month=month,
            standing=standing,
            references=self.book.references(rows),
            currencies=[self.book.currencies[index] for index in currency],
            scale=self.scale[currency],
            people=reading.people_of(self.book.borrower_ids[rows].tolist()),
            told=told,
            reported=[reported[place][rows] if place < len(reported) else none for place in range(len(month.history))],
            objected=np.array([loan_id in self.objected for loan_id in loan_ids], np.bool_),
            answered=np.array([loan_id in self.answered for loan_id in loan_ids], np.bool_),
            is_correction=is_correction,
        )

    def _write_corrections(self, files: writing.ReportFiles, corrections: Sequence[Corrections]) -> None:
        for one in corrections:
            told = self._told(one.month, one.rows)
            files.add(self._said(one.month, one.standing, one.rows, told, is_correction=True))

    def _note(
        self, rows: npt.NDArray[np.int64], month: datetime.date, standing: Standing, kinds: Sequence[int]
    ) -> None:
        columns = {
            "loan_id": pa.array(self.book.loan_ids[rows], pa.int64()),
            "month": pa.array([month] * len(rows), pa.date32()),
            "kind": pa.array(kinds, pa.int16()),
            "status": pa.array(standing.status, pa.int16()),
            "days_past_due": pa.array(standing.days_past_due, pa.int32()),
            "balance": pa.array(standing.balance, pa.int64()),
            "past_due": pa.array(standing.past_due, pa.int64()),
            "risk_class": pa.array(standing.risk_class, pa.int16()),
        }
        self.lines.append(pa.table(columns))


def _stage(lines: Sequence[pa.Table]) -> None:
    """The lines in a table of their own, from which they are taken over in one transaction."""
    with connect() as writer:
        with writer.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {STAGED}")
            cursor.adbc_ingest(STAGED, pa.concat_tables(lines), mode="create")
        writer.commit()
