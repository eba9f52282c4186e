"""A bank file put on record: once, whole statements or nothing of one, its money posted and its returns worked."""

import datetime
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from django.db import transaction
from django.db.models import Min, Sum

from duly.engine.errors import InputError
from duly.lending.importing.mapping import ImportMapping
from duly.payments.arrivals import Arrivals, Details
from duly.payments.bulk import Receipt, receive_many
from duly.payments.matching import Match, Told, match_all
from duly.payments.models import BankEntry, BankStatement, Debit, StatementFile
from duly.payments.statements.camt import looks_like_camt, read_camt
from duly.payments.statements.csv_file import read_csv_statement
from duly.payments.statements.entries import Entry, Statement, Wrong, in_words
from duly.payments.statements.returns import explain

CHUNK = 500
# What is compared of entries that have one reference: their sum and their first day.
Booked = tuple[int, datetime.date]
Progress = Callable[[str, int, int], None]


@dataclass
class FileOutcome:
    """What became of one file. Sums in minor units by currency; `unexplained` are entries for a person to look at."""

    name: str
    form: str = ""
    already_read: bool = False
    new: int = 0
    known: int = 0
    pending: int = 0
    posted: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    posted_count: int = 0
    waiting_count: int = 0
    explained: int = 0
    unexplained: int = 0
    wrong: list[Wrong] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """The outcome as `duly payments read --json` tells it."""
        return {
            "file": self.name,
            "form": self.form,
            "already_read": self.already_read,
            "entries": self.new + self.known,
            "new": self.new,
            "known": self.known,
            "pending": self.pending,
            "posted": {"payments": self.posted_count, "amount": self.posted},
            "waiting": {"payments": self.waiting_count, "amount": self.waiting},
            "explained": self.explained,
            "unexplained": self.unexplained,
            "errors": [{"row": one.row, "what": one.what} for one in self.wrong],
        }


def read_files(
    paths: Sequence[Path],
    mapping: ImportMapping | None = None,
    *,
    despite_gaps: bool = False,
    progress: Progress = lambda stage, done, of: None,
) -> list[FileOutcome]:
    """Record the bank files `paths`, each by itself; again is safe, by the file's digest and by each entry's reference.

    XML is read as camt, anything else through `mapping`. A statement whose balances and entries do not agree is not
    taken, unless `despite_gaps` (some banks leave entries out); the gap is told either way. A file that cannot be read
    at all is told in its outcome, and the others go on. Raises MappingError where the mapping does not fit.
    """
    outcomes = []
    for number, path in enumerate(paths):
        progress(path.name, number, len(paths))
        outcomes.append(read_file(path, mapping, despite_gaps, progress))
    return outcomes


def read_file(path: Path, mapping: ImportMapping | None, despite_gaps: bool, progress: Progress) -> FileOutcome:
    """Record one bank file."""
    outcome = FileOutcome(path.name)
    try:
        raw = path.read_bytes()
    except OSError as error:
        outcome.wrong.append(Wrong("the file", f"it cannot be read: {error.strerror}"))
        return outcome
    digest = hashlib.sha256(raw).hexdigest()
    if StatementFile.objects.filter(digest=digest).exists():
        outcome.already_read = True
        return outcome
    if not looks_like_camt(raw) and mapping is None:
        outcome.wrong.append(Wrong("the file", "it is not XML: say how to read it with --mapping MAP.toml"))
        return outcome
    try:
        found = read_camt(raw) if looks_like_camt(raw) else read_csv_statement(path, mapping)  # type: ignore[arg-type]
    except InputError as error:
        outcome.wrong.append(Wrong("the file", error.what))
        return outcome
    with transaction.atomic():
        statements = [one for one in found.statements if _adds_up(one, outcome) or despite_gaps]
        if statements or not found.statements:
            file = StatementFile.objects.create(digest=digest, name=path.name[:200], form=found.form[:40])
        outcome.form, outcome.pending = found.form, found.pending
        outcome.wrong += found.wrong
        for statement in statements:
            _record_statement(file, statement, outcome, progress)
    return outcome


def _adds_up(statement: Statement, outcome: FileOutcome) -> bool:
    if statement.gap:
        gap = in_words(abs(statement.gap), statement.currency)
        what = f"opening balance and entries differ from the closing balance by {gap}"
        outcome.wrong.append(Wrong(f"statement {statement.number}", what))
    return not statement.gap


def _record_statement(file: StatementFile, statement: Statement, outcome: FileOutcome, progress: Progress) -> None:
    made = BankStatement.objects.create(
        file=file,
        number=statement.number,
        account=statement.account,
        currency=statement.currency,
        from_date=statement.from_date,
        to_date=statement.to_date,
        opening=statement.opening,
        closing=statement.closing,
    )
    fresh = _new(statement, outcome)
    for start in range(0, len(fresh), CHUNK):
        _record_entries(made, fresh[start : start + CHUNK], outcome)
        progress(statement.number, min(start + CHUNK, len(fresh)), len(fresh))


def _new(statement: Statement, outcome: FileOutcome) -> list[Entry]:
    """The entries that are not on record, by their own reference or that of the whole booking.

    A reference that one statement gives to several entries is numbered: they are as many. One that is on record for
    another sum or day is told, for nobody can know whether the money came again.
    """
    references: dict[str, Booked] = {}
    bookings: dict[str, Booked] = {}
    for start in range(0, len(statement.entries), CHUNK):
        some = statement.entries[start : start + CHUNK]
        references |= _on_record(statement.account, "reference", {one.reference for one in some})
        bookings |= _on_record(statement.account, "booking", {one.booking for one in some})
    told = {name: _booked(statement.entries, name) for name in ("reference", "booking")}
    fresh: list[Entry] = []
    times: Counter[str] = Counter()
    for one in statement.entries:
        there = bookings.get(one.booking) or references.get(one.reference)
        if there is None:
            times[one.reference] += 1
            count = times[one.reference]
            fresh.append(one if count == 1 else replace(one, reference=f"{one.reference}#{count}"))
            continue
        outcome.known += 1
        here = told["booking"][one.booking] if one.booking in bookings else told["reference"][one.reference]
        if here != there:
            what = f"the bank's reference {one.reference} is on record for another sum or day: not taken again"
            outcome.wrong.append(Wrong(one.row, what))
    outcome.new += len(fresh)
    return fresh


def _on_record(account: str, name: str, values: set[str]) -> dict[str, Booked]:
    there = BankEntry.objects.filter(account=account, **{f"{name}__in": values}).values_list(name)
    return {value: (total, on) for value, total, on in there.annotate(Sum("amount"), Min("booked_on")).order_by()}


def _booked(entries: Sequence[Entry], name: str) -> dict[str, Booked]:
    """The sum and the first day of the entries of each reference or booking."""
    found: dict[str, Booked] = {}
    for one in entries:
        total, on = found.get(getattr(one, name), (0, one.booked_on))
        found[getattr(one, name)] = total + one.amount, min(on, one.booked_on)
    return found


def _record_entries(statement: BankStatement, entries: Sequence[Entry], outcome: FileOutcome) -> None:
    credits = [one for one in entries if one.amount > 0 and one.kind == "payment"]
    told = [Told(one.text, one.structured, one.end_to_end, one.payer_account) for one in credits]
    receipts = _receive(statement.account, credits, match_all(told), outcome)
    made = BankEntry.objects.bulk_create(
        BankEntry(
            statement=statement,
            account=statement.account,
            reference=one.reference,
            booking=one.booking,
            kind=one.kind,
            amount=one.amount,
            currency=one.currency,
            booked_on=one.booked_on,
            value_date=one.value_date,
            end_to_end=one.end_to_end,
            mandate=one.mandate,
            code=one.code,
            payment_id=receipts[one.reference].payment_id if one.reference in receipts else None,
        )
        for one in entries
    )
    for record, one in zip(made, entries, strict=True):
        if one.kind == "charge" or one.reference in receipts:
            continue
        try:
            with transaction.atomic():
                explained = explain(record)
        except InputError as error:
            outcome.wrong.append(Wrong(one.row, error.what))
            explained = False
        outcome.explained += explained
        outcome.unexplained += not explained


def _receive(
    account: str, credits: Sequence[Entry], matches: Sequence[Match], outcome: FileOutcome
) -> dict[str, Receipt]:
    """Post credits to the loans they match, the rest waits; receipts by the entries' references."""
    receipts: dict[str, Receipt] = {}
    pairs = list(zip(credits, matches, strict=True))
    for method in ("bank", "debit"):
        some = [(one, match) for one, match in pairs if (match.debit is not None) == (method == "debit")]
        arrivals = Arrivals(
            source=f"bank:{account}"[:64],
            method=method,
            source_id=[one.reference for one, _ in some],
            loan=[match.loan for _, match in some],
            amount=[one.amount for one, _ in some],
            currency=[one.currency for one, _ in some],
            value_date=[one.value_date for one, _ in some],
            prepays=[match.prepays for _, match in some],
            waits_for=[match.waits_for for _, match in some],
            details=[_details(one, match) for one, match in some],
        )
        for (one, match), receipt in zip(some, receive_many(arrivals, may_wait=True), strict=True):
            _count(one, match, receipt, outcome)
            receipts[one.reference] = receipt
    return receipts


def _details(one: Entry, match: Match) -> Details:
    return Details(
        payer_name=one.payer_name,
        payer_account=one.payer_account,
        remittance=" ".join(filter(None, (one.structured, one.text)))[:2000],
        end_to_end=one.end_to_end,
        order=match.order,
    )


def _count(one: Entry, match: Match, receipt: Receipt, outcome: FileOutcome) -> None:
    if receipt.error is not None:
        outcome.wrong.append(Wrong(one.row, receipt.error.what))
        return
    if receipt.state == "posted":
        outcome.posted_count += 1
        outcome.posted[one.currency] = outcome.posted.get(one.currency, 0) + one.amount
    else:
        outcome.waiting_count += 1
        outcome.waiting[one.currency] = outcome.waiting.get(one.currency, 0) + one.amount
    if match.debit is not None and receipt.state == "posted":
        Debit.objects.filter(pk=match.debit.pk, state=Debit.State.SENT).update(
            state=Debit.State.PAID, payment_id=receipt.payment_id
        )
