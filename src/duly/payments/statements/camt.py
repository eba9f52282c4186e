"""ISO 20022 camt.053 (statement) and camt.054 (notification of debits and credits), versions 02 to 13.

Source: ISO 20022, message definition report "Bank-to-Customer Cash Management". Only what is booked (Sts BOOK) is
taken. An entry with several transactions gives one entry each; where they do not add up to it, and charges do not
explain the rest, it is taken as one sum and the file says so. RvslInd says that an entry undoes an earlier one.
"""

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from duly.engine.errors import InputError
from duly.engine.money import decimals, parse_money
from duly.payments.statements.entries import BankFile, Entry, Numbered, Statement, Wrong, in_words, short_reference

FORM = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:(camt\.05[34]\.001\.(0[2-9]|1[0-3]))\}Document")
BACK = "/back"
NOT_PROVIDED = frozenset({"", "NOTPROVIDED", "NONREF"})


def looks_like_camt(raw: bytes) -> bool:
    """Whether a file is XML at all."""
    return raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def read_camt(raw: bytes) -> BankFile:
    """What a camt.053 or camt.054 message says. Raises InputError for what is none."""
    try:
        document = fromstring(raw, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise InputError(f"the file is not sound XML: {error}", "", "have the bank send it again") from error
    form = FORM.fullmatch(document.tag)
    if form is None:
        raise InputError(
            f"{document.tag[:100]} is not a statement that can be read", "", "give camt.053 or camt.054, 02 to 13"
        )
    found = BankFile(form[1])
    reader = _Reader(document.tag[: document.tag.index("}") + 1], found)
    for number, one in enumerate(_statements(reader, document), 1):
        statement = reader.statement(one, f"statement {number}")
        if statement is not None:
            found.statements.append(statement)
    return found


def _statements(reader: "_Reader", document: Element) -> Iterator[Element]:
    yield from reader.all(document, "BkToCstmrStmt/Stmt")
    yield from reader.all(document, "BkToCstmrDbtCdtNtfctn/Ntfctn")


class _Reader:
    """Reads the parts of one document, and keeps in `found` what cannot be taken."""

    def __init__(self, namespace: str, found: BankFile) -> None:
        self.namespace = namespace
        self.found = found

    def all(self, element: Element, path: str) -> list[Element]:
        return element.findall("/".join(self.namespace + name for name in path.split("/")))

    def one(self, element: Element, path: str) -> Element | None:
        return element.find("/".join(self.namespace + name for name in path.split("/")))

    def text(self, element: Element, *paths: str) -> str:
        """The text at the first of `paths` that has one."""
        for path in paths:
            at = self.one(element, path)
            if at is not None and at.text and at.text.strip():
                return " ".join(at.text.split())
        return ""

    def money(self, element: Element, path: str, where: str) -> tuple[int, str]:
        at = self.one(element, path)
        if at is None:
            raise InputError(f"{path} is missing", where, "have the bank send the file again")
        currency = at.get("Ccy", "")
        return parse_money((at.text or "").strip(), decimals(currency, where), where), currency

    def date(self, element: Element, path: str, where: str) -> datetime.date | None:
        text = self.text(element, f"{path}/Dt", f"{path}/DtTm", path)
        if not text:
            return None
        try:
            return datetime.date.fromisoformat(text[:10])
        except ValueError:
            raise InputError(f"{text!r} is not a date", where, "have the bank send the file again") from None

    def sign(self, element: Element, default: int = 1) -> int:
        said = self.text(element, "CdtDbtInd")
        return {"CRDT": 1, "DBIT": -1}.get(said, default)

    def statement(self, element: Element, where: str) -> Statement | None:
        number = self.text(element, "Id")
        account = self.text(element, "Acct/Id/IBAN", "Acct/Id/Othr/Id")
        try:
            if not account:
                raise InputError("it does not say of which account it is", where, "have the bank send it again")
            opening, currency = self.balance(element, ("OPBD", "PRCD"), where)
            closing, of_closing = self.balance(element, ("CLBD",), where)
            from_date = self.date(element, "FrToDt/FrDtTm", where) or self.date(element, "FrToDt/FrDt", where)
            to_date = self.date(element, "FrToDt/ToDtTm", where) or self.date(element, "FrToDt/ToDt", where)
        except InputError as error:
            self.found.wrong.append(Wrong(where, error.what))
            return None
        entries = list(self.entries(element, where))
        currency = currency or of_closing or self.text(element, "Acct/Ccy") or (entries[0].currency if entries else "")
        days = sorted(one.booked_on for one in entries) or [None]
        return Statement(
            number=number[:64],
            account=account[:64],
            currency=currency,
            from_date=from_date or days[0],
            to_date=to_date or self.closing_day(element) or days[-1],
            opening=opening,
            closing=closing,
            entries=entries,
        )

    def balance(self, element: Element, codes: Sequence[str], where: str) -> tuple[int | None, str]:
        for code in codes:
            for one in self.all(element, "Bal"):
                if self.text(one, "Tp/CdOrPrtry/Cd") == code:
                    amount, currency = self.money(one, "Amt", f"{where}, balance {code}")
                    return amount * self.sign(one), currency
        return None, ""

    def closing_day(self, element: Element) -> datetime.date | None:
        for one in self.all(element, "Bal"):
            if self.text(one, "Tp/CdOrPrtry/Cd") == "CLBD":
                return self.date(one, "Dt", "")
        return None

    def entries(self, element: Element, where: str) -> Iterator[Entry]:
        numbered = Numbered()
        for number, one in enumerate(self.all(element, "Ntry"), 1):
            row = f"{where}, entry {number}"
            if self.text(one, "Sts/Cd", "Sts/Prtry", "Sts") not in ("BOOK", ""):
                self.found.pending += 1
                continue
            try:
                yield from self.entry(one, row, numbered)
            except InputError as error:
                self.found.wrong.append(Wrong(row, error.what))

    def entry(self, element: Element, row: str, numbered: Numbered) -> list[Entry]:
        amount, currency = self.money(element, "Amt", row)
        sign = self.sign(element, 0)
        if not sign or not amount:
            raise InputError("it does not say whether money came or went", row, "have the bank send the file again")
        booked_on = self.date(element, "BookgDt", row) or self.date(element, "ValDt", row)
        if booked_on is None:
            raise InputError("it has no date", row, "have the bank send the file again")
        reversal = self.text(element, "RvslInd") in ("true", "1")
        details = self.all(element, "NtryDtls/TxDtls")
        bank_reference = self.text(element, "AcctSvcrRef")
        booking = (bank_reference not in NOT_PROVIDED and short_reference(bank_reference)) or numbered.reference(
            amount * sign, currency, booked_on, *(" ".join(" ".join(one.itertext()).split()) for one in details)
        )
        if reversal:
            booking += BACK  # a bank may repeat the reference of what it undoes
        whole = Entry(
            reference=booking,
            booking=booking,
            kind="return" if reversal else "payment",
            amount=amount * sign,
            currency=currency,
            booked_on=booked_on,
            value_date=self.date(element, "ValDt", row) or booked_on,
            row=row,
            text=self.text(element, "AddtlNtryInf"),
        )
        if not details:
            return [whole]
        if len(details) == 1:
            one = self.told(details[0], whole)
            gross = self.detail_amount(details[0], whole)
            found = self.with_charges(element, [replace(one, amount=gross * sign)], one) if gross else [one]
            return found if sum(part.amount for part in found) == whole.amount else [one]
        parts = [self.part(one, whole, number) for number, one in enumerate(details, 1)]
        self.check_batch(element, parts, row)
        found = self.with_charges(element, parts, whole)
        if sum(one.amount for one in found) != whole.amount:
            rest = in_words(whole.amount - sum(one.amount for one in parts), currency)
            self.found.wrong.append(
                Wrong(
                    row,
                    f"its parts differ from the whole by {rest}: taken as one sum of {in_words(amount, currency)}",
                )
            )
            return [whole]
        return found

    def check_batch(self, element: Element, parts: Sequence[Entry], row: str) -> None:
        """Say where a batch's own count and total are not those of its parts."""
        batch = self.one(element, "NtryDtls/Btch")
        if batch is None:
            return
        count = self.text(batch, "NbOfTxs")
        if count and count != str(len(parts)):
            self.found.wrong.append(Wrong(row, f"the batch says {count} transactions, and tells {len(parts)}"))
        if self.one(batch, "TtlAmt") is not None:
            total, currency = self.money(batch, "TtlAmt", row)
            if total != abs(sum(one.amount for one in parts)):
                self.found.wrong.append(Wrong(row, f"the batch's total is {in_words(total, currency)}, not its parts'"))

    def with_charges(self, element: Element, parts: list[Entry], whole: Entry) -> list[Entry]:
        """The parts, with the bank's charge as an entry of its own where that is what they differ by."""
        charges = 0
        for one in self.all(element, "Chrgs/TtlChrgsAndTaxAmt"):
            charges += parse_money((one.text or "").strip(), decimals(one.get("Ccy", ""), whole.row), whole.row)
        if not charges:
            for one in self.all(element, "Chrgs/Rcrd") or self.all(element, "Chrgs"):
                charges += self.money(one, "Amt", whole.row)[0] if self.one(one, "Amt") is not None else 0
        if charges and sum(one.amount for one in parts) - charges == whole.amount:
            charge = replace(whole, reference=f"{whole.reference}/charge", kind="charge", amount=-charges, text="")
            return [*parts, charge]
        return parts

    def own_reference(self, element: Element) -> str:
        own = self.text(element, "Refs/AcctSvcrRef")
        return "" if own in NOT_PROVIDED else own

    def part(self, element: Element, whole: Entry, number: int) -> Entry:
        amount = self.detail_amount(element, whole)
        if not amount:
            raise InputError(
                f"a part has no amount in {whole.currency}", whole.row, "have the bank send the file again"
            )
        sign = self.sign(element, 1 if whole.amount > 0 else -1)
        one = self.told(element, replace(whole, amount=amount * sign))
        return one if self.own_reference(element) else replace(one, reference=f"{whole.booking}/{number}")

    def detail_amount(self, element: Element, whole: Entry) -> int:
        """What a transaction says that it is of, in the currency of the account; 0 where it does not."""
        for path in ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt"):
            if self.one(element, path) is not None:
                amount, currency = self.money(element, path, whole.row)
                if currency == whole.currency:
                    return amount
        return 0

    def told(self, element: Element, one: Entry) -> Entry:
        """The entry with what its transaction tells: who, from where, in what words, under which references."""
        sides = ("Dbtr", "Cdtr") if one.amount > 0 else ("Cdtr", "Dbtr")
        end_to_end = self.text(element, "Refs/EndToEndId")
        text = " ".join(
            [
                *(at.text or "" for at in self.all(element, "RmtInf/Ustrd")),
                *(at.text or "" for at in self.all(element, "RmtInf/Strd/AddtlRmtInf")),
                self.text(element, "AddtlTxInf"),
            ]
        )
        own = self.own_reference(element)
        return replace(
            one,
            reference=short_reference(own) + (BACK if one.kind == "return" else "") if own else one.reference,
            kind="return" if one.kind == "return" or self.one(element, "RtrInf") is not None else "payment",
            end_to_end="" if end_to_end in NOT_PROVIDED else end_to_end[:64],
            mandate=self.text(element, "Refs/MndtId")[:64],
            code=self.text(element, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry")[:8],
            payer_name=self.text(element, *(f"RltdPties/{who}/{at}" for who in sides for at in ("Nm", "Pty/Nm"))),
            payer_account=self.text(
                element, *(f"RltdPties/{who}Acct/Id/{at}" for who in sides for at in ("IBAN", "Othr/Id"))
            ),
            text=" ".join(text.split()) or one.text,
            structured=self.text(element, "RmtInf/Strd/CdtrRefInf/Ref"),
        )
