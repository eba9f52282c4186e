"""Bank files: real samples add up, what banks do differently is read right, read again nothing counts twice."""

import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from small_bank import DUE, borrower, loan

from camt_messages import entry, part, statement
from duly.engine.errors import InputError
from duly.lending.importing.mapping import MappingError
from duly.lending.models import Fact
from duly.lending.positions import position_on
from duly.payments.accounts import add_account
from duly.payments.conservation import unbalanced_payments
from duly.payments.matching import creditor_reference, make_creditor_reference
from duly.payments.models import BankEntry, IncomingPayment, OutgoingPayment, PaymentDetails, Suspense
from duly.payments.orders import open_order
from duly.payments.outgoing import mark_sent, pay_out
from duly.payments.statements.camt import read_camt
from duly.payments.statements.csv_file import statement_mapping
from duly.payments.statements.reading import FileOutcome, read_files

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "camt"
IBAN = "NL91ABNA0417164300"


@pytest.fixture
def read(db, tmp_path: Path):
    """Read the bytes of one file, under a name of its own."""
    count = iter(range(100))

    def read(raw: bytes, mapping=None, name: str = "") -> FileOutcome:
        path = tmp_path / (name or f"file{next(count)}.xml")
        path.write_bytes(raw)
        return read_files([path], mapping)[0]

    return read


@pytest.mark.skipif(not SAMPLES.exists(), reason="the samples are kept beside the repository")
def test_a_real_statement_agrees_with_its_own_sums():
    (found,) = read_camt((SAMPLES / "camt053.xml").read_bytes()).statements
    assert (found.account, found.currency, found.opening, found.closing) == (
        "NL77ABNA0574908765",
        "EUR",
        15568_27,
        15121_12,
    )
    # 1,405.31 came; 754.25 was collected from us; two direct debits of ours, 564.05 and 100.00, came back.
    assert [one.amount for one in found.entries] == [-754_25, -564_05, -100_00, 1405_31]
    assert [one.kind for one in found.entries] == ["payment", "return", "return", "payment"]
    # Its batch says 664.05 in 2; its balances do not say what its entries do, which is told.
    assert sum(one.amount for one in found.entries[1:3]) == -664_05
    assert found.gap == (15121_12 - 15568_27) - (1405_31 - 754_25 - 664_05)
    returned = found.entries[1]
    assert (returned.code, returned.end_to_end, returned.payer_account) == (
        "AC06",
        "TESTBANK/NL/20141229/01206408",
        "NL46ABNA0499998748",
    )


@pytest.mark.skipif(not SAMPLES.exists(), reason="the samples are kept beside the repository")
def test_a_real_notification_is_read_whole_and_once(db):
    path = SAMPLES / "camt054.xml"
    first, again = read_files([path])[0], read_files([path])[0]
    assert (first.form, first.new, first.waiting, first.wrong) == ("camt.054.001.04", 1, {"EUR": 5_00}, [])
    assert again.already_read
    told = PaymentDetails.objects.get()
    assert (told.payer_name, told.payer_account) == ("Test Customer", "NL46ABNA0499998748")
    assert "000000000000000000000000003" in told.remittance
    assert Suspense.objects.get().amount == 5_00


@pytest.mark.skipif(not SAMPLES.exists(), reason="the samples are kept beside the repository")
def test_every_entry_of_the_samples_is_on_record_to_the_cent(db):
    refused = read_files([SAMPLES / "camt053.xml"])[0]
    assert (refused.new, [one.what for one in refused.wrong]) == (
        0,
        ["opening balance and entries differ from the closing balance by 434.16 EUR"],
    )
    outcomes = read_files([SAMPLES / "camt053.xml", SAMPLES / "camt054.xml"], despite_gaps=True)
    assert [one.new for one in outcomes] == [4, 1]
    assert sum(BankEntry.objects.values_list("amount", flat=True)) == 1405_31 - 754_25 - 664_05 + 5_00
    assert [one.unexplained for one in outcomes] == [3, 0]
    assert unbalanced_payments() == []


def test_a_short_number_in_a_text_names_no_loan_and_a_stated_one_does(read):
    one = loan(reference="2026")
    told = part("10.00", text="rent for January 2026"), part("7.00", structured=make_creditor_reference("2026"))
    outcome = read(statement(entry("10.00", "R1", told[0]), entry("7.00", "R2", told[1])))
    assert (outcome.waiting, outcome.posted) == ({"CNY": 10_00}, {"CNY": 7_00})
    assert one.facts.get(kind="paid").amount == 7_00


@pytest.mark.parametrize("reference", ["R1", "NONREF"])
def test_entries_to_which_the_bank_gives_one_reference_are_as_many(read, reference):
    raw = statement(entry("10.00", reference), entry("10.00", reference), entry("7.00", reference))
    assert read(raw).waiting == {"CNY": 27_00}
    again = read(raw + b"<!-- sent again -->")
    assert (again.new, again.known, again.wrong) == (0, 3, [])


def test_a_reference_that_comes_again_for_another_sum_is_told_and_never_passed_over(read):
    read(statement(entry("10.00", "R1")))
    outcome = read(statement(entry("12.00", "R1"), entry("5.00", "R2")))
    assert (outcome.new, outcome.known) == (1, 1)
    assert [one.what for one in outcome.wrong] == [
        "the bank's reference R1 is on record for another sum or day: not taken again"
    ]


@pytest.mark.parametrize("version", [f"{kind}.001.{number:02d}" for kind in ("053", "054") for number in range(2, 14)])
def test_versions_2_to_13_are_read(version):
    raw = statement(entry("12.50", "R1", new_status=version > "053.001.07"), version=version)
    (found,) = read_camt(raw).statements
    assert [(one.amount, one.currency) for one in found.entries] == [(12_50, "CNY")]


@pytest.mark.parametrize(
    "raw",
    [
        b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.14'/>",
        b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:pain.001.001.09'/>",
        b"<Document>",
        b"<!DOCTYPE d [<!ENTITY a 'aaaa'>]><Document>&a;</Document>",
        b"<!DOCTYPE d SYSTEM 'file:///etc/passwd'><Document/>",
    ],
)
def test_what_is_no_statement_or_no_sound_xml_is_refused(raw):
    with pytest.raises(InputError):
        read_camt(raw)


def test_a_batch_gives_a_payment_each_and_a_loan_named_in_the_text_is_paid(read):
    first, second = loan(), loan()
    batch = part("100.00", text=f"installment {first.reference}.") + part("50.00", end_to_end=second.reference)
    outcome = read(statement(entry("150.00", "B1", batch), opening="10.00", closing="160.00"))
    assert (outcome.new, outcome.posted, outcome.posted_count, outcome.wrong) == (2, {"CNY": 150_00}, 2, [])
    assert [one.facts.get(kind="paid").amount for one in (first, second)] == [100_00, 50_00]


def test_the_same_booking_told_by_a_notice_and_a_statement_counts_once(read):
    one = loan()
    read(statement(entry("150.00", "B1", part("100.00", text=one.reference) + part("50.00")), version="054.001.08"))
    outcome = read(statement(entry("150.00", "B1"), opening="0.00", closing="150.00"))
    assert (outcome.new, outcome.known) == (0, 1)
    assert sum(IncomingPayment.objects.values_list("amount", flat=True)) == 150_00


def test_entries_without_references_count_once_and_alike_ones_twice(read):
    alike = entry("20.00", details=part("20.00", text="thanks"))
    raw = statement(alike, alike)
    assert read(raw).new == 2
    outcome = read(raw + b"<!-- downloaded again -->")
    assert (outcome.already_read, outcome.new, outcome.known) == (False, 0, 2)


def test_a_statement_that_does_not_add_up_is_not_taken(read):
    outcome = read(statement(entry("150.00", "B1"), opening="0.00", closing="150.01"))
    assert "0.01 CNY" in outcome.wrong[0].what
    assert not BankEntry.objects.exists()
    assert not IncomingPayment.objects.exists()


def test_what_is_not_booked_yet_waits_and_a_wrong_entry_is_told_by_its_place(read):
    broken = "<Ntry><Amt Ccy='CNY'>1.005</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts></Ntry>"
    outcome = read(statement(entry("5.00", "P", status="PDNG"), broken, entry("7.00", "R")))
    assert (outcome.pending, outcome.new, outcome.waiting) == (1, 1, {"CNY": 7_00})
    assert [one.row for one in outcome.wrong] == ["statement 1, entry 2"]


def test_charges_taken_from_a_payment_are_the_lenders_not_the_payers(read):
    one = loan()
    outcome = read(
        statement(
            entry("99.00", "C1", part("100.00", text=one.reference), charges="1.00"), opening="0.00", closing="99.00"
        )
    )
    assert outcome.wrong == []
    assert one.facts.get(kind="paid").amount == 100_00
    assert list(BankEntry.objects.order_by("pk").values_list("kind", "amount")) == [
        ("payment", 100_00),
        ("charge", -1_00),
    ]


def test_parts_that_do_not_add_up_are_taken_as_one_sum_and_told(read):
    outcome = read(statement(entry("150.00", "B1", part("100.00") + part("40.00")), opening="0.00", closing="150.00"))
    assert "taken as one sum" in outcome.wrong[0].what
    assert Suspense.objects.get().amount == 150_00


def test_several_currencies_each_to_its_own(read):
    yuan, euros = loan(), loan(currency="EUR")
    in_euros = entry("20.00", "B", part(text=euros.reference, currency="EUR"), currency="EUR")
    read(statement(entry("10.00", "A", part(text=yuan.reference)), in_euros))
    assert yuan.facts.get(kind="paid").amount == 10_00
    assert euros.facts.get(kind="paid").amount == 20_00


def test_a_reversal_takes_the_payment_back_under_the_same_reference(read):
    one = loan()
    read(statement(entry("100.00", "R1", part(text=one.reference, end_to_end="E1"))))
    back = entry("100.00", "R1", part(end_to_end="E1"), sign="DBIT", reversal="true", on=datetime.date(2026, 2, 9))
    outcome = read(statement(back, number="S2"))
    assert (outcome.explained, outcome.unexplained) == (1, 0)
    reversal = one.facts.get(kind="reversed")
    assert (reversal.value_date, position_on(one, DUE + datetime.timedelta(days=9)).received) == (
        datetime.date(2026, 2, 9),
        0,
    )
    assert read(statement(back, number="S3")).known == 1
    assert unbalanced_payments() == []


def test_money_out_is_settled_by_the_statement_and_returned_by_the_bank(read):
    of = borrower()
    add_account(of, IBAN)
    out = pay_out("k", of, 80_00, "CNY", purpose="disbursement")
    mark_sent(out, DUE, reference="f")
    outcome = read(statement(entry("80.00", "O1", part(end_to_end=out.end_to_end, side="Cdtr"), sign="DBIT")))
    assert (outcome.explained, OutgoingPayment.objects.get().state) == (1, "settled")
    outcome = read(statement(entry("80.00", "O2", part(end_to_end=out.end_to_end, code="AC04"))))
    assert (OutgoingPayment.objects.get().state, outcome.posted_count, outcome.waiting_count) == ("returned", 0, 0)
    assert OutgoingPayment.objects.get().events.last().why == "AC04"


def test_matching_by_order_reference_creditor_reference_and_account(read):
    today = datetime.date.today()  # noqa: DTZ011
    recent = {"disbursed_on": today - datetime.timedelta(days=10)}
    of = borrower()
    by_order, by_structured, by_account = loan(**recent), loan(reference="LOAN77", **recent), loan(of, **recent)
    add_account(of, IBAN)
    order = open_order(by_order.reference, 10_00, "prepay", "o")
    rows = [part(text=f"order {order.number}"), part(structured=make_creditor_reference("LOAN77")), part(account=IBAN)]
    outcome = read(statement(*(entry("10.00", f"R{place}", row, on=today) for place, row in enumerate(rows))))
    assert (outcome.posted_count, outcome.wrong) == (3, [])
    assert by_order.facts.get(kind="paid").details == {"prepays": True}
    assert by_structured.facts.get(kind="paid").amount == by_account.facts.get(kind="paid").amount == 10_00


def test_two_loans_that_it_might_be_for_are_ambiguous(read):
    of = borrower()
    first, second = loan(of), loan(of)
    add_account(of, IBAN)
    read(
        statement(
            entry("10.00", "R1", part(text=f"{first.reference} {second.reference}")),
            entry("10.00", "R2", part(account=IBAN)),
            entry("10.00", "R3", part(text="no idea")),
        )
    )
    assert list(Suspense.objects.order_by("pk").values_list("reason", flat=True)) == [
        "ambiguous",
        "ambiguous",
        "no_reference",
    ]


def test_money_before_the_loan_was_paid_out_waits(read):
    one = loan()
    read(statement(entry("10.00", "R1", part(text=one.reference), on=datetime.date(2026, 1, 2))))
    assert Suspense.objects.get().reason == "too_early"


# ISO 11649, the standard's own example.
def test_creditor_references_are_checked_by_their_digits():
    assert creditor_reference("RF18 5390 0754 7034") == "539007547034"
    assert creditor_reference("RF19539007547034") == creditor_reference("539007547034") == ""
    assert make_creditor_reference("539007547034") == "RF18539007547034"
    with pytest.raises(ValueError, match="creditor reference"):
        make_creditor_reference("LN/1")


MAPPING = """
name = "house-bank"
currency = "CNY"
[source]
separator = ";"
decimal = ","
thousands = "."
dates = "%d.%m.%Y"
[types]
Betrag = "decimal"
[[entries]]
account = { value = "CN-1" }
booked_on = "Tag"
amount = { expression = "abs(Betrag)" }
direction = { expression = "CASE WHEN Betrag < 0 THEN 'debit' ELSE 'credit' END" }
reference = "Nr"
payer_name = "Name"
text = "Zweck"
"""


def mapping_of(tmp_path: Path, text: str = MAPPING):
    path = tmp_path / "map.toml"
    path.write_text(text)
    return statement_mapping(path)


def test_a_csv_is_read_through_a_mapping_with_errors_by_row(read, tmp_path):
    one = loan()
    rows = [
        "Nr;Tag;Betrag;Name;Zweck",
        f"1;05.02.2026;1.234,50;Borrower 3;{one.reference}",
        "2;05.02.2026;-3,00;;fee",
        "3;31.02.2026;1,00;;x",
        "4;05.02.2026;abc;;x",
        "5;05.02.2026;0,00;;x",
    ]
    outcome = read("\n".join(rows).encode(), mapping_of(tmp_path), "bank.csv")
    assert (outcome.form, outcome.new, outcome.posted) == ("house-bank", 2, {"CNY": 1234_50})
    assert {one.row for one in outcome.wrong} == {"row 4", "row 5", "row 6"}
    assert read("\n".join(rows[:2]).encode(), mapping_of(tmp_path), "again.csv").known == 1


def test_a_csv_needs_a_mapping_and_a_mapping_must_fit(read, tmp_path):
    assert "--mapping" in read(b"a;b\n1;2\n", None, "x.csv").wrong[0].what
    with pytest.raises(MappingError):
        mapping_of(tmp_path, MAPPING.replace('booked_on = "Tag"', 'bokked_on = "Tag"'))
    with pytest.raises(MappingError):
        read(b"Nr;Tag\n1;2\n", mapping_of(tmp_path), "y.csv")


def test_a_large_statement_takes_queries_by_the_chunk_not_by_the_entry(read, django_assert_max_num_queries):
    one = loan()
    entries = [entry("1.00", f"R{number}", part(text=one.reference)) for number in range(400)]
    raw = statement(*entries, opening="0.00", closing="400.00")
    with django_assert_max_num_queries(40):
        outcome = read(raw)
    assert outcome.posted == {"CNY": 400_00}
    assert Fact.objects.filter(kind="paid").count() == 400
    assert sum(Decimal(1) for _ in entries) == 400
