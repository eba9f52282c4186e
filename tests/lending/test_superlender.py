"""The real book's mapping against plain counts: made rows of the same columns, and the data set where it is there.

The counts are taken from the rows with nothing but dates: a loan is open from its creation until it is closed, and
overdue from the day after its due date.
"""

import csv
import datetime
import random
from collections import Counter
from pathlib import Path

import pytest

from duly.close.services import close_through
from duly.close.status import book_status
from duly.lending.importing.mapping import read_mapping
from duly.lending.importing.run import import_files

pytestmark = pytest.mark.usefixtures("book")
ROOT = Path(__file__).parents[2]
MAPPING = ROOT / "examples" / "superlender" / "mapping.toml"
DATA = ROOT.parent / "shared" / "data" / "superlender" / "trainprevloans.csv"
COLUMNS = [
    *("customerid", "systemloanid", "loannumber", "approveddate", "creationdate", "loanamount", "totaldue"),
    *("termdays", "closeddate", "referredby", "firstduedate", "firstrepaiddate"),
]
BUCKETS = [("1-30", 1, 30), ("31-60", 31, 60), ("61-90", 61, 90), ("91-180", 91, 180), ("181+", 181, 10_000)]
ONE_DAY = datetime.timedelta(days=1)


def day(stamp: str) -> datetime.date:
    return datetime.date.fromisoformat(stamp[:10])


def counted(rows: list[dict[str, str]], on: datetime.date) -> dict[str, object]:
    """Loans, open, overdue and by bucket, from single-payment rows alone."""
    lent = [row for row in rows if day(row["creationdate"]) <= on]
    is_open = [row for row in lent if day(row["closeddate"]) > on]
    late = [(on - day(row["firstduedate"])).days for row in is_open]
    late_due = [row["totaldue"] for row in is_open if day(row["firstduedate"]) < on]
    return {
        "loans": len(lent),
        "open": len(is_open),
        "overdue": len(late_due),
        "overdue_total": f"{sum(map(float, late_due)):.2f}",
        "by_bucket": {name: sum(first <= days <= last for days in late) for name, first, last in BUCKETS},
    }


def told(on: datetime.date) -> dict[str, object]:
    status = book_status(on)
    return {name: status[name] for name in ("loans", "open", "overdue", "overdue_total")} | {
        "by_bucket": {name: one["loans"] for name, one in status["by_bucket"].items()}
    }


def made_rows(count: int) -> list[dict[str, str]]:
    chance = random.Random(11)
    rows = []
    for number in range(count):
        created = datetime.datetime(2016, 1, 15, 9, 30) + datetime.timedelta(days=chance.randrange(8))  # noqa: DTZ001
        term = chance.choice([15, 30])
        due = created + datetime.timedelta(days=term + chance.randrange(4))
        closed = max(created, due + datetime.timedelta(days=chance.choice([-5, 0, 0, 1, 9, 32])))
        amount = chance.randrange(3, 40) * 1000
        rows.append(
            dict.fromkeys(COLUMNS, "")
            | {
                "customerid": f"c{number // 3}",
                "systemloanid": str(301_000_000 + number),
                "creationdate": f"{created:%Y-%m-%d %H:%M:%S}.000000",
                "loanamount": f"{amount}.0",
                "totaldue": f"{amount * 1.15:.1f}",
                "termdays": str(term),
                "closeddate": f"{closed:%Y-%m-%d %H:%M:%S}.000000",
                "firstduedate": f"{due:%Y-%m-%d} 00:00:00.000000",
                "firstrepaiddate": f"{closed:%Y-%m-%d %H:%M:%S}.000000",
            }
        )
    return rows


def import_rows(rows: list[dict[str, str]], folder: Path) -> None:
    with (folder / "trainprevloans.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    outcome = import_files(read_mapping(MAPPING), [folder / "trainprevloans.csv"])
    assert (outcome.rejected_rows, outcome.new["loans"]) == (0, len(rows))


def test_every_day_closed_agrees_with_counts_of_the_rows_and_the_ledger_ties(tmp_path):
    rows = made_rows(60)
    import_rows(rows, tmp_path)
    first, last = min(day(row["creationdate"]) for row in rows), max(day(row["closeddate"]) for row in rows)
    close_through(last)
    for number in range(0, (last - first).days + 1, 4):
        on = first + number * ONE_DAY
        assert told(on) == counted(rows, on), on
        assert book_status(on)["ledger_ties"]
    assert told(last)["open"] == 0


def test_loans_in_installments_end_on_the_day_they_were_closed_with_nothing_over(tmp_path):
    # 50,000 in three: 16,666.67 of principal and 2,500.00 of the charge fall due each time.
    row = dict.fromkeys(COLUMNS, "") | {
        "customerid": "c1",
        "systemloanid": "1",
        "creationdate": "2017-01-02 09:00:00.000000",
        "loanamount": "50000.0",
        "totaldue": "57500.0",
        "termdays": "90",
        "firstduedate": "2017-02-01 00:00:00.000000",
        "firstrepaiddate": "2017-02-05 10:00:00.000000",
        "closeddate": "2017-04-10 10:00:00.000000",
    }
    import_rows([row], tmp_path)
    late = {
        on: told(datetime.date.fromisoformat(on)) for on in ("2017-02-01", "2017-02-04", "2017-02-05", "2017-04-09")
    }
    assert [one["overdue_total"] for one in late.values()] == ["0.00", "19166.67", "0.00", "38333.33"]
    end = book_status(datetime.date(2017, 4, 10))
    assert (end["open"], end["principal_outstanding"], end["overdue_total"]) == (0, "0.00", "0.00")


if DATA.is_file():

    def test_the_data_set_agrees_with_counts_taken_straight_from_it(tmp_path):
        with DATA.open(newline="") as file:
            every = list(csv.DictReader(file))
        single = [row for row in every if int(row["termdays"]) <= 30]
        assert Counter(int(row["termdays"]) for row in single) == {15: 6115, 30: 11045}
        import_rows(single, tmp_path)
        for number in range(0, 560, 40):
            on = datetime.date(2016, 1, 20) + number * ONE_DAY
            assert told(on) == counted(single, on), on
