"""What a close says happened to a loan: its standing at the last close against its standing now."""

import numpy as np
import pytest

from duly.close.buckets import bucket_names, by_bucket
from duly.close.transitions import KINDS, transitions
from duly.engine.dates import NO_DATE
from duly.engine.fold import STATUS, Positions

DAY = 20_000
CURRENT, LATE, VERY_LATE = 0, 1, 31


def standing(*loans: tuple[str, int, int]) -> Positions:
    """Positions of (status, days past due, next due date) and nothing else."""
    columns = {
        "status": [STATUS[status] for status, _, _ in loans],
        "days_past_due": [days for _, days, _ in loans],
        "next_due_on": [due for _, _, due in loans],
    }
    return Positions(*(np.array(columns.get(name, [0] * len(loans)), np.int64) for name in Positions._fields))


def story(before: tuple[str, int, int], after: tuple[str, int, int]) -> list[tuple[str, str, str]]:
    found = transitions(standing(before), standing(after), DAY)
    names = [*bucket_names(), ""]
    return [
        (KINDS[kind], names[from_bucket], names[to_bucket])
        for kind, from_bucket, to_bucket in zip(found.kind, found.from_bucket, found.to_bucket, strict=True)
    ]


ABSENT = ("not_disbursed", 0, NO_DATE)
GOOD = ("open", 0, DAY + 9)
DUE_TODAY = ("open", 0, DAY)
SETTLED = ("settled", 0, NO_DATE)
WRITTEN_OFF = ("written_off", 0, NO_DATE)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(ABSENT, GOOD, [], id="disbursed"),
        pytest.param(GOOD, GOOD, [], id="a quiet day"),
        pytest.param(DUE_TODAY, DUE_TODAY, [("fell_due", "", "")], id="due and not paid"),
        pytest.param(DUE_TODAY, GOOD, [("fell_due", "", "")], id="due and paid the same day"),
        pytest.param(
            DUE_TODAY, SETTLED, [("fell_due", "", ""), ("settled", "current", "")], id="the last one paid when due"
        ),
        pytest.param(GOOD, DUE_TODAY, [("fell_due", "", "")], id="an early payment of what is due today bounced"),
        pytest.param(GOOD, SETTLED, [("settled", "current", "")], id="paid off early"),
        pytest.param(GOOD, ("open", 1, NO_DATE), [("became_overdue", "current", "1-30")], id="first day late"),
        pytest.param(ABSENT, ("open", 200, NO_DATE), [("became_overdue", "", "181+")], id="brought in when long late"),
        pytest.param(SETTLED, ("open", 40, NO_DATE), [("became_overdue", "", "31-60")], id="its last payment bounced"),
        pytest.param(("open", 5, NO_DATE), ("open", 6, NO_DATE), [], id="one more day in the same bucket"),
        pytest.param(
            ("open", 30, NO_DATE), ("open", 31, NO_DATE), [("moved_bucket", "1-30", "31-60")], id="into the next bucket"
        ),
        pytest.param(
            ("open", 70, NO_DATE), ("open", 10, NO_DATE), [("moved_bucket", "61-90", "1-30")], id="back by paying some"
        ),
        pytest.param(("open", 7, NO_DATE), GOOD, [("cured", "1-30", "current")], id="paid up"),
        pytest.param(("open", 7, NO_DATE), SETTLED, [("settled", "1-30", "")], id="paid off when late"),
        pytest.param(("open", 200, NO_DATE), WRITTEN_OFF, [("written_off", "181+", "")], id="written off"),
        pytest.param(WRITTEN_OFF, ("open", 201, NO_DATE), [("became_overdue", "", "181+")], id="write-off taken back"),
        pytest.param(("open", 3, NO_DATE), ABSENT, [("cured", "1-30", "")], id="disbursement taken back when late"),
        pytest.param(SETTLED, SETTLED, [], id="stays settled"),
    ],
)
def test_what_a_close_finds(before, after, expected):
    assert story(before, after) == expected


def test_transitions_come_by_loan_and_then_kind():
    found = transitions(standing(GOOD, DUE_TODAY, GOOD), standing(("open", 1, NO_DATE), SETTLED, SETTLED), DAY)
    assert found.loan.tolist() == [0, 1, 1, 2]
    assert [KINDS[kind] for kind in found.kind] == ["became_overdue", "fell_due", "settled", "settled"]


def test_buckets_are_drawn_where_the_lender_draws_them(settings):
    settings.DULY_BUCKETS = [1, 8]
    assert bucket_names() == ["current", "1-7", "8+"]


def test_the_open_book_by_currency_and_bucket_shows_empty_buckets_and_leaves_out_closed_loans(settings):
    settings.DULY_BUCKETS = [1, 31]
    book = standing(GOOD, ("open", 30, 0), ("open", 31, 0), SETTLED, ("open", 31, 0))
    book = book._replace(
        principal_outstanding=np.array([100, 200, 300, 0, 500]), principal_overdue=np.array([0, 20, 30, 0, 50])
    )
    assert [tuple(row) for row in by_bucket(book, np.array([0, 0, 0, 0, 1]), ["CNY", "NGN"])] == [
        ("CNY", "current", 1, 100, 0),
        ("CNY", "1-30", 1, 200, 20),
        ("CNY", "31+", 1, 300, 30),
        ("NGN", "current", 0, 0, 0),
        ("NGN", "1-30", 0, 0, 0),
        ("NGN", "31+", 1, 500, 50),
    ]
