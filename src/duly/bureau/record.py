"""A borrower's record as it was reported: by loan and month, what was put right, what may still be objected to."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from duly.bureau.layouts import cn
from duly.bureau.models import Line, Objection
from duly.bureau.reading import IS_ADVERSE
from duly.bureau.retention import shown_until
from duly.bureau.standing import DELETED, RISK_CLASSES
from duly.engine.fold import STATUS
from duly.lending.models import Loan
from duly.people.models import Borrower

STATUSES = {code: name for name, code in STATUS.items()} | {DELETED: "deleted"}


@dataclass(frozen=True)
class Reported:
    """What stands of one loan for one month. `before` are earlier lines that it took the place of, newest first.

    `code` is the one that a credit report shows for the month; money in minor units.
    """

    line: Line
    before: Sequence[Line]
    objection: Objection | None

    @property
    def status(self) -> str:
        """open, settled, written_off, or deleted: taken out of the record."""
        return STATUSES[self.line.status]

    @property
    def is_adverse(self) -> bool:
        """Whether it is bad for the borrower, in the layout that it was reported in."""
        return is_adverse(self.line)

    @property
    def risk_class(self) -> str:
        """The risk class, by its name."""
        return RISK_CLASSES[self.line.risk_class]

    @property
    def code(self) -> str:
        """N in good order, 1 to 7 by 30 days late, C settled, B written off, "" taken out."""
        status, late = self.line.status, self.line.days_past_due
        if status == DELETED:
            return ""
        if status == STATUS["written_off"]:
            return "B" if self.line.balance else "C"
        return "C" if status == STATUS["settled"] else cn.late_code(late) if late else "N"

    @property
    def may_object(self) -> bool:
        """Whether the borrower may object to it now."""
        return self.status != "deleted" and (self.objection is None or bool(self.objection.decision))


@dataclass(frozen=True)
class LoanRecord:
    """What was reported of one loan in one layout, newest month first."""

    loan: Loan
    layout: str
    months: Sequence[Reported]

    @property
    def worst(self) -> int:
        """The most days late that any month shown says."""
        return max((one.line.days_past_due for one in self.months), default=0)


def record_of(borrower: Borrower, on: datetime.date) -> list[LoanRecord]:
    """All that was reported of `borrower` and is still shown on `on`, newest loan first. Two queries.

    What was adverse is left out once the packs' time after its end is over.
    """
    lines = Line.objects.filter(loan__borrower=borrower).select_related("report", "loan__product")
    objections: dict[int, Objection] = {}
    for objection in borrower.record_objections.order_by("pk"):
        objections[objection.line_id] = objection
    said: dict[tuple[int, str], dict[datetime.date, list[Line]]] = defaultdict(lambda: defaultdict(list))
    for line in lines.order_by("report_id"):
        said[line.loan_id, line.report.layout][line.month].insert(0, line)
    found = []
    for (_, layout), months in said.items():
        rows = [_reported(of_month, objections) for _, of_month in sorted(months.items(), reverse=True)]
        found.append(LoanRecord(rows[0].line.loan, layout, _still_shown(rows, on)))
    return sorted(found, key=lambda one: (one.loan.disbursed_on, one.loan.pk, one.layout), reverse=True)


def is_adverse(line: Line) -> bool:
    """Whether a line is bad for the borrower, in the layout that it was reported in."""
    return bool(IS_ADVERSE[line.report.layout](np.array([line.status]), np.array([line.days_past_due]))[0])


def _reported(lines: Sequence[Line], objections: dict[int, Objection]) -> Reported:
    newest, *before = lines
    of_month = [objections[line.pk] for line in lines if line.pk in objections]
    return Reported(newest, before, of_month[0] if of_month else None)


def _still_shown(newest_first: Iterable[Reported], on: datetime.date) -> list[Reported]:
    shown: list[Reported] = []
    ended_on: datetime.date | None = None  # None: the delinquency that this month belongs to has not ended
    after: Reported | None = None
    for one in newest_first:
        if one.is_adverse:
            if after is not None and not after.is_adverse:
                ended_on = after.line.month
            until = shown_until(ended_on) if ended_on is not None else None
            if until is not None and until < on:
                after = one
                continue
        shown.append(one)
        after = one
    return shown
