"""Files for the bank and automatic debit: what is due on its day, once, and never more."""

import datetime
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.db import transaction
from django.utils import timezone
from small_bank import DUE, PAID_OUT, borrower, loan

from camt_messages import entry, part, statement
from duly.engine.errors import InputError
from duly.lending import services as lending
from duly.lending.positions import position_on
from duly.payments import mandates
from duly.payments.accounts import add_account, end_account
from duly.payments.debits import collect_due, retry_policy
from duly.payments.files.folder import STAGED, alone, keep
from duly.payments.models import Debit, DebitMandate, OutgoingPayment
from duly.payments.outgoing import pay_out
from duly.payments.sending import send_approved
from duly.payments.statements.reading import read_files

IBAN, OTHER = "NL91ABNA0417164300", "DE89370400440532013000"
DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path: Path) -> Path:
    settings.DULY_PAYMENT_FILES = tmp_path / "payments"
    settings.DULY_CREDITOR_ACCOUNT = "NL77ABNA0574908765"
    settings.DULY_CREDITOR_BANK = "ABNANL2A"
    return settings.DULY_PAYMENT_FILES


def mandate(of) -> DebitMandate:
    """A mandate as signing leaves it."""
    return DebitMandate.objects.create(
        reference=f"DM{of.pk}",
        borrower=of,
        account=add_account(of, IBAN, holder=of.name),
        text_digest="0" * 64,
        language="en",
        signed_at=timezone.now(),
    )


def in_file(path: Path, *names: str) -> list[list[str | None]]:
    """Of every transaction of a file the texts at `names`."""
    root = ElementTree.parse(path).getroot()
    space = root.tag[: root.tag.index("}") + 1]
    found = [*root.iter(f"{space}CdtTrfTxInf"), *root.iter(f"{space}DrctDbtTxInf")]
    return [
        [one.findtext(".//" + "/".join(space + step for step in name.split("/"))) for name in names] for one in found
    ]


def test_payments_leave_in_one_file_a_currency_and_once(db, folder, django_capture_on_commit_callbacks):
    people = [borrower(), borrower()]
    for one, number in zip(people, (IBAN, OTHER), strict=True):
        add_account(one, number, holder="Borrower <&> 1")
    payments = [
        pay_out(f"k{place}", one, 50_05 + place, "EUR", purpose="disbursement") for place, one in enumerate(people)
    ]
    with django_capture_on_commit_callbacks(execute=True):
        sent = send_approved(DUE)
    (path,) = sent.files
    assert (sent.payments, path.stat().st_mode & 0o777) == (2, 0o600)
    assert in_file(path, "EndToEndId", "InstdAmt", "CdtrAcct/Id/IBAN", "Cdtr/Nm") == [
        [payments[0].end_to_end, "50.05", IBAN, "Borrower <&> 1"],
        [payments[1].end_to_end, "50.06", OTHER, "Borrower <&> 1"],
    ]
    root = ElementTree.parse(path).getroot()
    assert [one.text for one in root.iter() if one.tag.endswith("CtrlSum")] == ["100.11", "100.11"]
    assert [one.text for one in root.iter() if one.tag.endswith("NbOfTxs")] == ["2", "2"]
    assert set(OutgoingPayment.objects.values_list("state", flat=True)) == {"sent"}
    with django_capture_on_commit_callbacks(execute=True):
        assert send_approved(DUE).payments == 0
    assert len(list(folder.glob("*.xml"))) == 1


# The order of elements that pain.001.001.09 and pain.008.001.08 demand (xs:sequence), of those that we write.
ORDER = {
    "GrpHdr": ["MsgId", "CreDtTm", "NbOfTxs", "CtrlSum", "InitgPty"],
    "PmtInf": [
        "PmtInfId", "PmtMtd", "BtchBookg", "NbOfTxs", "CtrlSum", "PmtTpInf", "ReqdExctnDt", "ReqdColltnDt", "Dbtr",
        "DbtrAcct", "DbtrAgt", "Cdtr", "CdtrAcct", "CdtrAgt", "CdtrSchmeId", "CdtTrfTxInf", "DrctDbtTxInf",
    ],
    "CdtTrfTxInf": ["PmtId", "Amt", "CdtrAgt", "Cdtr", "CdtrAcct", "RmtInf"],
    "DrctDbtTxInf": ["PmtId", "InstdAmt", "DrctDbtTx", "DbtrAgt", "Dbtr", "DbtrAcct", "RmtInf"],
}  # fmt: skip


def check_structure(path: Path) -> None:
    for one in ElementTree.parse(path).getroot().iter():
        order = ORDER.get(one.tag.split("}")[1])
        if order:
            places = [order.index(child.tag.split("}")[1]) for child in one]
            assert places == sorted(places)
        assert one.text or len(one)


def test_what_is_due_is_collected_on_its_day_and_paid_by_the_statement(
    db, folder, tmp_path, django_capture_on_commit_callbacks
):
    of = borrower()
    one, signed = loan(of, principal=900_00, installments=3, annual_rate=120_000), mandate(of)
    loan()  # nobody signed for this one
    due_on = position_on(one, PAID_OUT).next_due_on
    with django_capture_on_commit_callbacks(execute=True):
        assert collect_due(due_on - DAY).debits == 0
        asked = collect_due(due_on)
        assert collect_due(due_on).debits == 0
    debit = Debit.objects.get()
    due = sum(position_on(one, due_on).due.values())
    assert (debit.amount, debit.attempt, debit.due_on, asked.sums) == (due, 1, due_on, {"CNY": due})
    (path,) = asked.files
    check_structure(path)
    assert in_file(path, "EndToEndId", "InstdAmt", "MndtId", "DbtrAcct/Id/IBAN") == [
        [debit.end_to_end, str(Decimal(due) / 100), signed.reference, IBAN]
    ]
    file = tmp_path / "back.xml"
    file.write_bytes(statement(entry(str(Decimal(due) / 100), "R1", part(end_to_end=debit.end_to_end), on=due_on)))
    assert read_files([file])[0].posted == {"CNY": due}
    debit.refresh_from_db()
    assert (debit.state, debit.payment.method) == ("paid", "debit")
    assert sum(position_on(one, due_on).due.values()) == 0


def returned(debit: Debit, tmp_path: Path, code: str, on: datetime.date) -> None:
    file = tmp_path / f"{debit.end_to_end}.xml"
    amount = str(Decimal(debit.amount) / 100)
    one = part(end_to_end=debit.end_to_end, code=code)
    file.write_bytes(statement(entry(amount, f"X{debit.pk}", one, sign="DBIT", reversal="true", on=on)))
    assert read_files([file])[0].explained == 1


def test_without_money_it_is_tried_again_as_the_policy_says_and_then_no_more(
    db, tmp_path, django_capture_on_commit_callbacks
):
    of = borrower()
    one, _ = loan(of), mandate(of)
    on = position_on(one, PAID_OUT).next_due_on
    tried = []
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(40):
            if collect_due(on).debits:
                tried.append(on)
                returned(Debit.objects.latest("pk"), tmp_path, "AM04", on + DAY)
            on += DAY
    # Due, then three and seven days after each return.
    assert [(day - tried[0]).days for day in tried] == [0, 4, 12]
    assert list(Debit.objects.order_by("pk").values_list("attempt", "code")) == [(1, "AM04"), (2, "AM04"), (3, "AM04")]
    assert DebitMandate.objects.filter(ended_at__isnull=True).exists()


def test_money_that_the_bank_gave_back_is_owed_again(db, tmp_path, django_capture_on_commit_callbacks):
    of = borrower()
    one, _ = loan(of), mandate(of)
    on = position_on(one, PAID_OUT).next_due_on
    with django_capture_on_commit_callbacks(execute=True):
        collect_due(on)
    debit = Debit.objects.get()
    file = tmp_path / "in.xml"
    file.write_bytes(statement(entry("1000.00", "R1", part(end_to_end=debit.end_to_end), on=on)))
    read_files([file])
    assert position_on(one, on).outstanding["principal"] == 0
    returned(debit, tmp_path, "MD06", on + 5 * DAY)
    assert position_on(one, on + 5 * DAY).outstanding["principal"] == 1000_00


@pytest.mark.parametrize("code", ["AC04", "MD01"])
def test_an_account_that_is_gone_ends_the_mandate(db, tmp_path, code, django_capture_on_commit_callbacks):
    of = borrower()
    one, _ = loan(of), mandate(of)
    on = position_on(one, PAID_OUT).next_due_on
    with django_capture_on_commit_callbacks(execute=True):
        collect_due(on)
        returned(Debit.objects.get(), tmp_path, code, on + DAY)
        assert collect_due(on + 30 * DAY).debits == 0
    assert DebitMandate.objects.get().ended_why == code


def test_never_more_than_is_due_whatever_was_paid_meanwhile(db, django_capture_on_commit_callbacks):
    of = borrower()
    one, _ = loan(of), mandate(of)
    on = position_on(one, PAID_OUT).next_due_on
    lending.record_payment(one.reference, 700_00, on, key="paid some")
    with django_capture_on_commit_callbacks(execute=True):
        collect_due(on)
    assert Debit.objects.get().amount == 300_00


def test_an_account_or_mandate_that_ended_is_not_debited(db):
    of = borrower()
    one, signed = loan(of), mandate(of)
    mandates.end(signed, "withdrawn")
    assert collect_due(position_on(one, PAID_OUT).next_due_on).debits == 0


def test_a_mandate_is_signed_with_a_code_for_that_account(book, settings):
    of = borrower(email="borrower@mail.example")
    account = add_account(of, IBAN)
    mandates.ask_to_sign(account, "en")
    with pytest.raises(InputError):
        mandates.sign(account, "en", "000000x")
    from duly.people.models import OneTimeCode

    code = OneTimeCode.objects.latest("pk")
    digits = next(f"{number:06d}" for number in range(10**6) if _proof_of(code, f"{number:06d}") == code.proof)
    with pytest.raises(InputError):
        mandates.sign(add_account(of, OTHER), "en", digits)
    signed = mandates.sign(account, "en", digits)
    assert (mandates.mandate_of(of), signed.account) == (signed, account)
    assert "4300" in mandates.mandate_text(account, "en")
    end_account(account)
    with pytest.raises(InputError):
        mandates.ask_to_sign(type(account).objects.get(pk=account.pk), "en")


def _proof_of(code, digits: str) -> str:
    from duly.people import codes

    return codes._proof(code.salt, digits)


def test_files_of_a_run_that_was_killed_are_released_if_on_record_and_thrown_away_if_not(
    db, folder, django_capture_on_commit_callbacks
):
    of = borrower()
    add_account(of, IBAN)
    pay_out("k", of, 50_00, "CNY", purpose="disbursement")
    send_approved(DUE)  # on record; the release never ran
    (staged,) = folder.glob(f"{STAGED}*")
    with transaction.atomic():
        keep("unknown.xml", b"never committed")
    with alone():
        pass
    assert [path.name for path in folder.glob("*.xml")] == [staged.name.removeprefix(STAGED)]
    assert list(folder.glob(f"{STAGED}*")) == []


def test_the_retry_policy_is_whole():
    policy = retry_policy()
    assert "default" in policy
    assert all(list(one.after_days) == sorted(one.after_days) for one in policy.values())
    assert all(not one.after_days for one in policy.values() if one.ends_mandate)
