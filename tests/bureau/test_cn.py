"""China's layout: codes at their edges, what a row says in rare turns, special transactions, and the CSV read again."""

import csv
import datetime
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reported import everybody_agrees, report, rows

from duly.bureau.layouts import cn
from duly.bureau.standing import Standing
from duly.bureau.writing import write_rows
from duly.contact.models import PlannedContact
from duly.engine.fold import STATUS
from duly.lending.models import Fact
from duly.lending.positions import position_on
from small_book import happens, lend, pays


@pytest.mark.parametrize(
    ("status", "late", "balance", "nothing_due", "code"),
    [
        ("open", 0, 1, False, "N"),
        ("open", 0, 1, True, "*"),
        ("open", 1, 1, True, "1"),
        ("open", 30, 1, False, "1"),
        ("open", 31, 1, False, "2"),
        ("open", 60, 1, False, "2"),
        ("open", 90, 1, False, "3"),
        ("open", 120, 1, False, "4"),
        ("open", 150, 1, False, "5"),
        ("open", 180, 1, False, "6"),
        ("open", 181, 1, False, "7"),
        ("open", 2000, 1, False, "7"),
        ("settled", 0, 0, False, "C"),
        ("written_off", 0, 1, False, "B"),
        ("written_off", 0, 0, False, "C"),
    ],
)
def test_the_repayment_status_changes_where_the_credit_report_says(status, late, balance, nothing_due, code):
    one = Standing(*(np.array([value]) for value in (STATUS[status], late, balance, 0, 0)))
    assert cn.repayment_status(one, np.array([nothing_due])).tolist() == [code]
    if status == "open" and late:
        assert cn.late_code(late) == code


def test_amounts_are_rounded_half_up_to_whole_yuan(book, tmp_path):
    lend("L", principal=1200_50, installments=1)
    lend("M", principal=1200_49, installments=1)
    everybody_agrees()
    report("2025-01", tmp_path, "cn")
    assert [row["LoanAmt"] for row in rows(tmp_path, "2025-01")] == ["1201", "1200"]


def test_special_transactions_stand_in_a_file_of_their_own(book, tmp_path):
    early, moved, forgiven, due = (lend(name) for name in ("early", "moved", "forgiven", "due"))
    owed = position_on(early, datetime.date(2025, 2, 4)).payoff
    Fact.objects.create(
        loan=early, kind="paid", value_date=datetime.date(2025, 2, 4), amount=owed, details={"prepays": True},
        idempotency_key="all of it",
    )  # fmt: skip
    Fact.objects.create(
        loan=moved, kind="rescheduled", value_date=datetime.date(2025, 2, 3), idempotency_key="new terms",
        details={"installments": 5, "first_due_on": "2025-03-06"},
    )  # fmt: skip
    pays(due, datetime.date(2025, 2, 6), 412_00)
    happens(forgiven, "waived", datetime.date(2025, 2, 6), 10_00, "interest")
    pays(forgiven, datetime.date(2025, 2, 6), 402_00)
    everybody_agrees()
    report("2025-02", tmp_path, "cn")
    found = [
        (row["AcctCode"], row["ChanTranType"], row["DetAmt"], row["DueTranMon"])
        for row in rows(tmp_path, "2025-02", "-special")
    ]
    assert found == [
        ("early", "5", str((owed + 50) // 100), "0"),
        ("moved", "1", "0", "3"),  # the last due date moves from April to July
        ("forgiven", "9", "10", "0"),
    ]
    of = {row["AcctCode"]: row for row in rows(tmp_path, "2025-02")}
    assert (of["moved"]["DueDate"], of["moved"]["RemRepPrd"], of["moved"]["RpyStatus"]) == ("2025-07-06", "5", "*")
    assert (of["early"]["CloseDate"], of["early"]["RptDateCode"], of["early"]["RpyStatus"]) == ("2025-02-04", "20", "C")
    assert not PlannedContact.objects.exists()


def test_a_row_has_every_field_in_order(book, tmp_path):
    lend("L")
    everybody_agrees()
    report("2025-01", tmp_path, "cn")
    with (tmp_path / "cn-2025-01.csv").open(encoding="utf-8", newline="") as file:
        head, row = list(csv.reader(file))
    assert head == [field.name for field in cn.FIELDS]
    said = dict(zip(head, row, strict=True))
    assert (said["InfRecType"], said["AcctType"], said["RptDateCode"], said["RpyStatus"]) == ("210", "D1", "10", "*")
    assert (said["RepayMode"], said["RepayFreqcy"], said["RepayPrd"]) == ("12", "03", "3")


text = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)


@given(st.lists(st.fixed_dictionaries({field.name: text for field in cn.SPECIAL_FIELDS}), max_size=5))
def test_whatever_a_text_holds_it_is_read_again(written: list[dict[str, str]]):
    file = io.BytesIO()
    columns = {field.name: np.array([row[field.name] for row in written], object) for field in cn.SPECIAL_FIELDS}
    write_rows(file, cn.SPECIAL_FIELDS, columns, len(written))
    read = list(csv.reader(io.StringIO(file.getvalue().decode(), newline="")))
    assert read == [[row[field.name] for field in cn.SPECIAL_FIELDS] for row in written]
