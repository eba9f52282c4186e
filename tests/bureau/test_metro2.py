"""Metro 2: the table of fields against records put together by hand, writing and reading, and what each status says."""

import datetime
import string

import metro2_example
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reported import everybody_agrees, metro2, noon_after, report

from duly.bureau.layouts import metro2 as layouts
from duly.bureau.layouts.fields import Kind, Layout, one_record, read, read_one, write
from duly.bureau.layouts.metro2_file import FORMS, read_file
from duly.bureau.layouts.people import address_of, names_of
from duly.engine.dates import NO_DATE, date, days
from duly.lending.positions import position_on
from duly.people.models import Borrower
from small_book import happens, lend, pays

ALL = [
    layouts.HEADER, layouts.BASE, layouts.TRAILER, layouts.PACKED_HEADER, layouts.PACKED_BASE, layouts.PACKED_TRAILER,
    *layouts.SEGMENTS.values(),
]  # fmt: skip


@pytest.mark.parametrize(
    ("layout", "record"),
    [
        (layouts.HEADER, metro2_example.HEADER[:426]),
        (layouts.BASE, metro2_example.BASE),
        (layouts.TRAILER, metro2_example.TRAILER),
    ],
)
def test_a_record_read_and_written_has_every_byte_where_it_was(layout: Layout, record: str):
    assert one_record(layout, read_one(layout, record.encode())).decode() == record


@pytest.mark.parametrize(("form", "content"), [("fixed", metro2_example.FIXED), ("variable", metro2_example.VARIABLE)])
def test_a_whole_file_with_all_its_segments_is_read(form: str, content: bytes):
    found = read_file(content, form)
    assert found.header["reporter_name"] == "EXAMPLE LENDER"
    (account,) = found.accounts
    assert account.base["date_opened"] == days(datetime.date(2019, 11, 22))
    assert account.base["highest_credit"] == 2438
    assert date(account.base["date_last_payment"]) == datetime.date(2003, 8, 2)
    assert [name for name, _ in account.segments] == ["J1", "J2", "K3", "L1", "N1"]
    by_name = dict(account.segments)
    assert by_name["J1"]["social_security_number"] == 12
    assert by_name["J2"]["zip_code"] == "00013"
    assert by_name["K3"]["mortgage_identification_number"] == "Mortgage Number"
    assert by_name["L1"]["new_consumer_account_number"] == "New Account"
    assert by_name["N1"]["occupation"] == "Occupation"
    assert found.trailer["total_status_code_62"] == 1
    assert found.trailer["total_mortgage_information_segments"] == 1


# Positions of the packed base segment (first byte 0), as github.com/moov-io/metro2 has them.
PACKED_AT = {
    "time_stamp": 5, "identification_number": 14, "consumer_account_number": 36, "date_opened": 69, "credit_limit": 74,
    "highest_credit": 79, "terms_duration": 84, "scheduled_monthly_payment_amount": 88, "account_status": 98,
    "payment_history_profile": 101, "current_balance": 129, "amount_past_due": 134, "original_charge_off_amount": 139,
    "date_account_information": 144, "date_last_payment": 159, "surname": 182, "social_security_number": 248,
    "date_birth": 253, "telephone_number": 258, "ecoa_code": 264, "zip_code": 355, "residence_code": 365,
}  # fmt: skip


def test_packed_fields_have_their_published_places_and_lengths():
    found = {field.name: field.start - 1 for field in layouts.PACKED_BASE.fields}
    assert {name: found[name] for name in PACKED_AT} == PACKED_AT
    assert [layout.length for layout in ALL[:6]] == [426, 426, 426, 366, 366, 366]
    assert [layout.length for layout in layouts.SEGMENTS.values()] == [100, 200, 34, 34, 40, 30, 54, 146]


def test_packed_numbers_are_half_bytes_with_a_sign():
    values = {"record_descriptor_word": 366, "highest_credit": 12345, "date_opened": days(datetime.date(2019, 11, 22))}
    record = one_record(layouts.PACKED_BASE, values)
    assert record[:4] == bytes([0x01, 0x6E, 0, 0])
    assert record[79:84].hex() == "000012345c"
    assert record[69:74].hex() == "011222019c"


def contents(layout: Layout) -> st.SearchStrategy[dict[str, object]]:
    printable = string.ascii_letters + string.digits + " -.#,"

    def of(field) -> st.SearchStrategy[object]:
        if field.kind == Kind.TEXT:
            return st.text(printable, max_size=field.length).map(lambda text: text.strip())
        if field.kind in (Kind.DATE, Kind.PACKED_DATE):
            return st.just(NO_DATE) | st.dates(datetime.date(1850, 1, 1)).map(days)
        if field.kind in (Kind.STAMP, Kind.PACKED_STAMP):
            return st.just(-1) | st.integers(0, days(datetime.date(9999, 12, 31)) * 86_400)
        return st.integers(0, 65_535 if field.kind == Kind.LENGTH else 10**field.digits - 1)

    return st.fixed_dictionaries({field.name: of(field) for field in layout.fields})


@given(st.data())
def test_what_is_written_is_read_again_in_every_layout(data: st.DataObject):
    layout = data.draw(st.sampled_from(ALL))
    values = data.draw(contents(layout))
    record = one_record(layout, values)
    assert len(record) == layout.length
    assert read_one(layout, record) == values
    if layout in (layouts.HEADER, layouts.BASE, layouts.TRAILER):
        assert record.isascii()


@pytest.mark.parametrize(
    "values",
    [{"highest_credit": 10**9}, {"highest_credit": -1}, {"surname": "X" * 26}, {"surname": "李"}, {"no_such": 1}],
)
def test_what_does_not_fit_is_refused(values):
    with pytest.raises(ValueError, match=r"highest_credit|surname|no_such"):
        write(layouts.BASE, values, 1)


@pytest.mark.parametrize("at", [slice(75, 83), slice(92, 101)])
def test_a_field_that_holds_something_else_is_not_read(at):
    record = np.frombuffer(metro2_example.BASE.encode(), np.uint8).copy()
    record[at] = ord("?")
    with pytest.raises(ValueError, match=r"digit|date"):
        read(layouts.BASE, record[np.newaxis])


def base_of(folder, text: str, reference: str) -> dict:
    (found,) = [one.base for one in metro2(folder, text).accounts if one.base["consumer_account_number"] == reference]
    return found


@pytest.mark.parametrize("form", FORMS)
def test_a_month_is_told_in_each_form_with_its_totals(book, tmp_path, form):
    lend("A", principal=3_000_000_000_00)
    pays(lend("B", installments=1), datetime.date(2025, 2, 6), 1212_00)
    Borrower.objects.filter(reference="borrower of A").update(birth_date=datetime.date(1959, 1, 2))
    everybody_agrees()
    report("2025-02", tmp_path, form=form, now=noon_after("2025-02"))
    found = read_file((tmp_path / "metro2-2025-02.dat").read_bytes(), form)
    first, second = (account.base for account in found.accounts)
    assert (first["highest_credit"], second["account_status"]) == (999_999_999, "13")
    assert date(second["date_closed"]) == datetime.date(2025, 2, 6)
    assert found.trailer["total_base_records"] == 2
    assert found.trailer["block_count"] == 4
    assert found.trailer["total_status_code_11"] == found.trailer["total_status_code_13"] == 1
    assert found.trailer["total_dates_birth_all_segments"] == 1


def test_an_open_loan_is_told_as_it_stands(book, tmp_path):
    loan = lend("L", installments=12)
    Borrower.objects.update(
        name="Borrower Middle Twelve", id_number="000-00-0012", phone="+1 555 555 0112",
        address="12 Example Place, Example City, MI 00012",
    )  # fmt: skip
    everybody_agrees()
    pays(loan, datetime.date(2025, 2, 6), 112_00)
    report("2025-02", tmp_path)
    found = base_of(tmp_path, "2025-02", "L")
    then = position_on(loan, datetime.date(2025, 2, 28))
    assert (
        found["current_balance"]
        == (then.outstanding["principal"] + sum(then.due.values()) - then.due["principal"]) // 100
    )
    told = (found["account_status"], found["payment_rating"], found["amount_past_due"], found["actual_payment_amount"])
    assert told == ("11", "", 0, 112)
    assert (found["surname"], found["first_name"], found["middle_name"]) == ("TWELVE", "BORROWER", "MIDDLE")
    assert (found["city"], found["state"], found["zip_code"]) == ("Example City", "MI", "00012")
    assert (found["social_security_number"], found["telephone_number"]) == (12, 5555550112)
    assert found["payment_history_profile"] == "0" + "B" * 23
    assert (found["terms_duration"], found["terms_frequency"]) == ("012", "M")
    assert date(found["date_account_information"]) == datetime.date(2025, 2, 28)


def test_what_is_bad_of_earlier_months_shows_only_once_it_was_told(book, tmp_path):
    loan = lend("L", installments=12)  # due on the 6th from 2025-02-06
    everybody_agrees()
    pays(loan, datetime.date(2025, 5, 20), 500_00)
    report("2025-05", tmp_path)
    found = base_of(tmp_path, "2025-05", "L")
    # 53 days late at the end of March, 83 in April, never told: no word of it.
    assert (found["account_status"], found["payment_history_profile"]) == ("11", "DD00" + "B" * 20)


def test_a_written_off_loan_is_held_back_until_the_borrower_was_told(book, tmp_path):
    loan = lend("L")
    happens(loan, "written_off", datetime.date(2025, 5, 6))
    everybody_agrees()
    assert report("2025-05", tmp_path).report.held_back == {"no_consent": 0, "not_told": 1}


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Borrower", ("BORROWER", "", "")),
        ("Borrower A. B. Twelve", ("TWELVE", "BORROWER", "A B")),
        ("Bórrower O'Twelve-Thirteen", ("OTWELVE-THIRTEEN", "BORROWER", "")),
        ("借款人12", ("12", "", "")),
        ("", ("", "", "")),
    ],
)
def test_names_come_in_capital_letters_of_ascii(name, parts):
    assert names_of(name) == parts


def test_an_address_of_another_shape_stands_in_two_lines():
    found = address_of("1 Example Road, Haidian District, Example City, China")
    assert (found.first_line, found.second_line) == ("1 Example Road, Haidian District", ", Example City, China"[:32])
    assert found.country == ""
