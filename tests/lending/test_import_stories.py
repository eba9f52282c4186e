"""An import told in small files: what goes in, what is refused and why, and that again changes nothing."""

import datetime
from decimal import Decimal

import polars as pl
import pytest
from written_files import FACTS, LOANS, TWO_LOANS, imported, refused, write

from duly.engine.contract import parse_contract
from duly.engine.schedule import schedule
from duly.lending.importing.mapping import MappingError, read_mapping
from duly.lending.importing.run import import_files
from duly.lending.models import Fact, Loan, Product
from duly.people.models import Borrower
from duly.people.services import find_borrowers

pytestmark = pytest.mark.usefixtures("book")


def facts() -> list[tuple[object, ...]]:
    columns = ("loan__reference", "kind", "value_date", "amount", "component", "reverses__idempotency_key")
    return [
        (loan, kind, on.isoformat(), amount, component, reverses)
        for loan, kind, on, amount, component, reverses in Fact.objects.order_by("id").values_list(*columns)
    ]


def test_a_row_gives_a_borrower_a_loan_and_its_disbursement(tmp_path):
    outcome = imported(tmp_path, LOANS, loans=TWO_LOANS)
    assert outcome.new == {"products": 1, "borrowers": 2, "loans": 2, "facts": 2}
    assert refused(outcome) == {}
    assert list(Borrower.objects.order_by("id").values_list("reference", flat=True)) == ["C1", "C2"]
    loan = Loan.objects.get(reference="L2")
    assert (loan.principal, loan.annual_rate, loan.installments) == (1200_00, 125_000, 12)
    assert loan.first_due_on == datetime.date(2024, 2, 29)
    assert facts() == [
        ("L1", "disbursed", "2024-01-01", 100_00, "", None),
        ("L2", "disbursed", "2024-01-31", 1200_00, "", None),
    ]


def test_the_level_installment_is_that_of_duly_schedule(tmp_path):
    imported(tmp_path, LOANS, loans=TWO_LOANS)
    for loan in Loan.objects.select_related("product"):
        contract = parse_contract(
            loan.product.terms
            | {
                "principal": str(Decimal(loan.principal) / 100),
                "annual_rate": str(Decimal(loan.annual_rate) / 1_000_000),
                "disbursed_on": loan.disbursed_on.isoformat(),
                "installments": loan.installments,
            }
        )
        assert loan.installment_amount == schedule(contract)[0].total


def test_facts_from_a_second_file_in_the_words_of_the_source(tmp_path):
    outcome = imported(
        tmp_path,
        LOANS + FACTS,
        loans=TWO_LOANS,
        facts="""
            id,loan,what,on,amount,of,back
            1,L1,PMT,2024-02-01,17.01,,
            2,L1,BACK,2024-02-05,17.01,,1
            3,L1,WAIVE,2024-02-10,0.50,penalty,
            4,L2,LOST,2024-12-31,,,
        """,
    )
    assert refused(outcome) == {}
    assert sorted(facts()) == sorted(
        [
            ("L1", "disbursed", "2024-01-01", 100_00, "", None),
            ("L2", "disbursed", "2024-01-31", 1200_00, "", None),
            ("L1", "paid", "2024-02-01", 17_01, "", None),
            ("L1", "reversed", "2024-02-05", None, "", "old:1"),
            ("L1", "waived", "2024-02-10", 50, "penalty", None),
            ("L2", "written_off", "2024-12-31", None, "", None),
        ]
    )
    assert set(Fact.objects.values_list("source", flat=True)) == {"old"}


# What is wrong with one row, and how it is told. The good row beside it goes in.
WRONG_LOANS = [
    ("C9,L9,,7,2024-01-01,6", "principal is empty"),
    ("C9,L9,12.345,7,2024-01-01,6", "principal '12.345' is finer than 2 decimals, as EUR has"),
    ("C9,L9,-5,7,2024-01-01,6", "principal '-5' is negative"),
    ("C9,L9,0,7,2024-01-01,6", "principal is zero"),
    ("C9,L9,1e3,7,2024-01-01,6", "principal '1e3' is not a number"),
    ("C9,L9,100000000000.01,7,2024-01-01,6", "principal '100000000000.01' is too large"),
    ("C9,L9,100,7,2024-02-30,6", "disbursed_on '2024-02-30' is not a date written as %Y-%m-%d"),
    ("C9,L9,100,7,0024-01-30,6", "disbursed_on '0024-01-30' is not from 1900 to 2200"),
    ("C9,L9,100,7,2024-01-01,601", "installments is more than 600"),
    ("C9,L9,100,7,2024-01-01,2.5", "installments '2.5' is finer than whole numbers"),
    ("C9,,100,7,2024-01-01,6", "reference is empty"),
    (",L9,100,7,2024-01-01,6", "borrower is empty"),
    ("C9,L9,100,7,2024-01-01,6,oops", "has more fields than the header, which has 6"),
    ("C9,L9,x,y,z,w", "principal 'x' is not a number"),
    ("C9,L1,150.00,7,2024-01-01,6", "reference L1 has another principal in an earlier row"),
]


@pytest.mark.parametrize(("row", "reason"), WRONG_LOANS, ids=[reason for _, reason in WRONG_LOANS])
def test_a_loan_that_cannot_be_is_told_by_its_row_and_the_rest_goes_in(tmp_path, row, reason):
    outcome = imported(tmp_path, LOANS, loans=f"{TWO_LOANS.rstrip()}\n    {row}\n")
    assert list(refused(outcome)) == [4]
    assert reason in refused(outcome)[4]
    assert Loan.objects.count() == Fact.objects.count() == Borrower.objects.count() == 2


def test_all_reasons_of_a_row_are_told_together(tmp_path):
    outcome = imported(tmp_path, LOANS, loans="customer,loan,lent,rate,out,months\nC9,,x,-1,soon,0")
    reasons = refused(outcome)[2].split("; ")
    assert [reason.split(" ")[0] for reason in sorted(reasons)] == [
        "annual_rate", "disbursed_on", "installments", "principal", "reference"
    ]  # fmt: skip


WRONG_FACTS = [
    ("9,L1,PMT,2023-12-31,1.00,,", "value_date 2023-12-31 is before the disbursement on 2024-01-01"),
    ("9,L1,PMT,2024-02-01,0,,", "amount is zero"),
    ("9,L1,PMT,2024-02-01,-1.00,,", "amount '-1.00' is negative"),
    ("9,L1,PMT,2024-02-01,,,", "amount is empty, which a paid fact must have"),
    ("9,L1,PMT,2024-02-01,1.00,fee,", "a paid fact has no component"),
    ("9,L1,GIFT,2024-02-01,1.00,,", "kind 'GIFT' is none of the words PMT, BACK, WAIVE, LOST, FOUND"),
    ("9,L7,PMT,2024-02-01,1.00,,", "loan L7 is neither on record nor in a row that is right"),
    ("9,L1,WAIVE,2024-02-01,1.00,postage,", "component 'postage' is none of"),
    ("9,L1,LOST,2024-02-01,1.00,,", "a written_off fact has no amount"),
    ("9,L1,BACK,2024-02-01,,,", "reverses is empty, which a reversed fact must have"),
    ("9,L1,BACK,2024-02-01,,,8", "reverses old:8, which is neither on record nor in a row that is right"),
    ("9,L1,BACK,2024-02-01,,,1", "reverses old:1 before it happened, on 2024-02-02"),
    ("9,L2,BACK,2024-03-01,,,1", "reverses old:1, a fact of another loan"),
    ("9,L1,BACK,2024-03-01,9.99,,1", "reverses old:1, whose amount is another"),
    ("9,L2,BACK,2024-03-01,,,2", "reverses old:2, which is reversed already"),
    ("9,L1,BACK,2024-03-01,,,disbursed:L1", "a disbursed fact cannot be reversed"),
    ("9,L2,BACK,2024-03-01,,,3", "a reversed fact cannot be reversed"),
    ("1,L1,PMT,2024-02-02,1.01,,", "key old:1 has another amount in an earlier row"),
    ("9,L2,FOUND,2024-05-31,1.00,,", "loan L2 is not written off by then"),
    ("9,L1,FOUND,2024-06-02,1.00,,", "loan L1 is not written off by then"),
]
RIGHT_FACTS = """
    id,loan,what,on,amount,of,back
    1,L1,PMT,2024-02-02,1.00,,
    2,L2,PMT,2024-02-02,1.00,,
    3,L2,BACK,2024-02-03,,,2
    4,L2,LOST,2024-06-01,,,
"""


@pytest.mark.parametrize(("row", "reason"), WRONG_FACTS, ids=[reason for _, reason in WRONG_FACTS])
def test_a_fact_that_cannot_be_is_told_by_its_row_and_the_rest_goes_in(tmp_path, row, reason):
    outcome = imported(tmp_path, LOANS + FACTS, loans=TWO_LOANS, facts=f"{RIGHT_FACTS.rstrip()}\n    {row}\n")
    assert list(refused(outcome)) == [6]
    assert reason in refused(outcome)[6]
    assert Fact.objects.count() == 2 + 4


def test_what_leans_on_a_row_that_is_wrong_falls_with_it(tmp_path):
    outcome = imported(
        tmp_path,
        LOANS + FACTS,
        loans="customer,loan,lent,rate,out,months\nC1,L1,x,7,2024-01-01,6",
        facts="id,loan,what,on,amount,of,back\n1,L1,PMT,2024-02-01,1.00,,\n2,L1,BACK,2024-02-01,,,1",
    )
    assert outcome.rejected_rows == 3
    assert Borrower.objects.count() == Fact.objects.count() == 0


def test_a_file_sent_again_changes_nothing(tmp_path):
    files = {"loans": TWO_LOANS, "facts": RIGHT_FACTS}
    imported(tmp_path, LOANS + FACTS, **files)
    before = facts()
    again = imported(tmp_path, LOANS + FACTS, **files)
    assert again.new == {"products": 0, "borrowers": 0, "loans": 0, "facts": 0}
    assert again.known == {"borrowers": 2, "loans": 2, "facts": 6}
    assert (refused(again), facts()) == ({}, before)


def test_the_same_key_with_other_content_is_reported_not_ignored(tmp_path):
    imported(tmp_path, LOANS + FACTS, loans=TWO_LOANS, facts=RIGHT_FACTS)
    outcome = imported(
        tmp_path,
        LOANS + FACTS,
        loans=TWO_LOANS.replace("C1,L1,100.00", "C1,L1,100.01"),
        facts=RIGHT_FACTS.replace("2,L2,PMT,2024-02-02,1.00", "2,L2,PMT,2024-02-02,2.00"),
    )
    assert refused(outcome) == {
        2: "reference L1 has another principal on record",
        3: "key old:2 has another amount on record",
    }
    assert Fact.objects.count() == 6


def test_later_facts_of_loans_on_record_come_in_a_file_of_their_own(tmp_path):
    imported(tmp_path, LOANS, loans=TWO_LOANS)
    alone = 'name = "old"\ncurrency = "EUR"\n' + "\n".join(line[4:] for line in FACTS.splitlines())
    outcome = imported(tmp_path, alone, facts=RIGHT_FACTS + "    5,L2,FOUND,2024-05-31,1.00,,")
    assert refused(outcome) == {6: "loan L2 is not written off by then: money that comes is paid, not recovered"}
    later = imported(tmp_path, alone, facts="id,loan,what,on,amount,of,back\n6,L2,BACK,2024-06-02,,,2")
    assert refused(later) == {2: "reverses old:2, which is reversed already"}
    assert Fact.objects.count() == 6


def test_strict_takes_all_or_nothing(tmp_path):
    wrong = f"{TWO_LOANS.rstrip()}\n    C3,L3,x,7,2024-01-01,6\n"
    outcome = imported(tmp_path, LOANS, strict=True, loans=wrong)
    assert not outcome.written
    assert Loan.objects.count() == Product.objects.count() == 0
    assert imported(tmp_path, LOANS, strict=True, loans=TWO_LOANS).written


def test_a_check_writes_nothing_anywhere(tmp_path):
    wrong = f"{TWO_LOANS.rstrip()}\n    C3,L3,x,7,2024-01-01,6\n"
    outcome = imported(tmp_path, LOANS, check=True, loans=wrong)
    assert outcome.new["loans"] == 2
    assert list(refused(outcome)) == [4]
    assert Loan.objects.count() == Product.objects.count() == 0
    assert sorted(path.suffix for path in tmp_path.iterdir() if path.is_file()) == [".csv", ".toml"]


def test_rows_not_taken_stand_beside_the_file_and_go_in_once_corrected(tmp_path):
    outcome = imported(tmp_path, LOANS, loans=f"{TWO_LOANS.rstrip()}\n    C3,L3,x,7,2024-01-01,6\n")
    (report,) = outcome.reports
    assert report == tmp_path / "loans.csv.rejected.csv"
    assert report.read_text().splitlines() == [
        "row,reasons,customer,loan,lent,rate,out,months",
        "4,principal 'x' is not a number,C3,L3,x,7,2024-01-01,6",
    ]
    corrected = imported(tmp_path, LOANS, loans_corrected=report.read_text().replace(",x,", ",300,"))
    assert (corrected.new["loans"], refused(corrected)) == (1, {})
    imported(tmp_path, LOANS, loans=TWO_LOANS)
    assert not report.exists(), "a report of an earlier run must not be taken for this one's"


def test_a_borrower_in_several_rows_is_one_and_what_each_tells_is_kept(tmp_path):
    mapping = """
        name = "crm"
        [[borrowers]]
        reference = "id"
        name = "name"
        phone = "phone"
        language = { column = "lang", words = { E = "en", C = "zh" } }
        time_zones = { value = "Asia/Shanghai" }
    """
    outcome = imported(tmp_path, mapping, people="id,name,phone,lang\n1,Ada,,E\n1,,555,E\n1,Eve,,\n2,,,C\n3,,,F")
    assert refused(outcome) == {
        4: "reference 1 has another name in an earlier row",
        6: "language 'F' is none of the words E, C",
    }
    one = Borrower.objects.get(reference="1")
    assert (one.name, one.phone, one.language, one.time_zones) == ("Ada", "555", "en", "Asia/Shanghai")
    assert list(find_borrowers("555")) == [one]
    again = imported(tmp_path, mapping, people="id,name,phone,lang\n1,Ada,556,E\n1,,555,E")
    assert refused(again) == {2: "reference 1 has another phone on record"}


def test_units_formats_and_words_of_another_country(tmp_path):
    outcome = imported(
        tmp_path,
        """
        name = "bank"
        currency = "EUR"
        source = { separator = ";", decimal = ",", thousands = ".", dates = "%d.%m.%Y", empty = ["-"] }
        types = { zins = "decimal", gebuehr = "decimal" }
        products = { b = { terms = { method = "bullet" } } }
        [[borrowers]]
        reference = "kunde"
        [[loans]]
        reference = "nr"
        borrower = "kunde"
        product = { value = "b" }
        principal = "betrag"
        annual_rate = { expression = "zins * 12", unit = "percent" }
        service_fee = { expression = "ROUND(gebuehr * 1.19, 2)" }
        disbursed_on = "am"
        installments = { value = 1 }
        """,
        loans="kunde;nr;betrag;zins;gebuehr;am\n007;1;1.234,56;1,5;10,00;31.01.2024\n007;2;5;-;-;1.2.2024",
    )
    assert refused(outcome) == {}
    figures = ("borrower__reference", "principal", "annual_rate", "service_fee")
    assert list(Loan.objects.order_by("id").values_list(*figures)) == [
        ("007", 1234_56, 180_000, 11_90),
        ("007", 5_00, 0, 0),
    ]


def test_a_file_in_another_encoding_and_amounts_up_to_the_limit(tmp_path):
    mapping = read_mapping(
        write(
            tmp_path,
            "map.toml",
            """
            name = "bank"
            currency = "CNY"
            source = { encoding = "gb18030" }
            types = { "金额" = "decimal" }
            products = { b = { terms = { method = "bullet" } } }
            [[borrowers]]
            reference = "客户"
            name = "姓名"
            [[loans]]
            reference = "借据"
            borrower = "客户"
            product = { value = "b" }
            principal = { expression = '"金额" * 10' }
            disbursed_on = "放款日"
            installments = { value = 1 }
            """,
        )
    )
    rows = "客户,姓名,借据,金额,放款日\n1,张三,L1,9999999999.999,2024-01-31\n1,张三,L2,10000000000.001,2024-01-31"
    (tmp_path / "loans.csv").write_bytes(rows.encode("gb18030"))
    outcome = import_files(mapping, [tmp_path / "loans.csv"])
    assert Borrower.objects.get().name == "张三"
    assert Loan.objects.get().principal == 9_999_999_999_999
    assert refused(outcome) == {3: "principal '100000000000.010000' is too large"}


def test_a_stamp_in_utc_is_a_day_where_the_lender_is(tmp_path):
    mapping = LOANS.replace(
        'disbursed_on = "out"',
        'disbursed_on = { column = "out", dates = "%Y-%m-%d %H:%M", from_zone = "UTC", to_zone = "Asia/Shanghai" }',
    )
    imported(
        tmp_path,
        mapping,
        loans=TWO_LOANS.replace("2024-01-01", "2024-01-01 15:59").replace("2024-01-31", "2024-01-31 16:00"),
    )
    assert [one.isoformat() for one in Loan.objects.order_by("id").values_list("disbursed_on", flat=True)] == [
        "2024-01-01", "2024-02-01"
    ]  # fmt: skip


def test_parquet_with_its_own_types_reads_like_csv(tmp_path):
    table = pl.DataFrame(
        {
            "customer": [1, 2],
            "loan": ["L1", "L2"],
            "lent": [100.1, None],
            "rate": [7, 7],
            "out": [datetime.date(2024, 1, 1)] * 2,
            "months": [6, 6],
            "tags": [["new"], []],
        }
    )
    table.write_parquet(tmp_path / "loans.parquet")
    mapping = read_mapping(write(tmp_path, "map.toml", LOANS))
    outcome = import_files(mapping, [tmp_path / "loans.parquet"])
    assert refused(outcome) == {2: "principal is empty"}
    assert Loan.objects.get().principal == 100_10
    assert outcome.reports == [tmp_path / "loans.parquet.rejected.csv"]


def test_a_disbursement_that_a_file_tells_must_be_the_contracts(tmp_path):
    mapping = LOANS.replace("[[loans]]", "[[loans]]\n    disbursement = false") + FACTS.replace("PMT", "OUT").replace(
        '"paid"', '"disbursed"'
    )
    outcome = imported(
        tmp_path,
        mapping,
        loans=TWO_LOANS,
        facts="""
            id,loan,what,on,amount,of,back
            1,L1,OUT,2024-01-01,100.00,,
            2,L1,OUT,2024-01-01,100.00,,
            3,L2,OUT,2024-01-31,1200.01,,
            4,L2,OUT,2024-02-01,1200.00,,
        """,
    )
    assert refused(outcome) == {
        3: "loan L1 is disbursed already",
        4: "the disbursement is not the contract's principal",
        5: "the disbursement is not on the contract's day, 2024-01-31",
    }
    assert [fact[:2] for fact in facts()] == [("L1", "disbursed")]


def test_terms_on_record_are_not_changed_by_a_mapping(tmp_path):
    imported(tmp_path, LOANS, loans=TWO_LOANS)
    changed = LOANS.replace('"equal_installment"', '"equal_principal"')
    with pytest.raises(MappingError, match="on record with other terms"):
        imported(tmp_path, changed, loans=TWO_LOANS)
    versioned = changed.replace("[products.monthly]", "[products.monthly]\n    version = 2")
    outcome = imported(tmp_path, versioned, loans="customer,loan,lent,rate,out,months\nC1,L3,100,7,2024-01-01,6")
    assert Loan.objects.get(reference="L3").product.version == 2
    assert outcome.new["products"] == 1
