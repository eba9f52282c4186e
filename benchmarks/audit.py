"""How long it takes to prove a log of decisions: `duly audit verify` reads and hashes all of it again.

    python -m benchmarks.audit [DECISIONS]                          on SQLite
    python tests/postgres.py python -m benchmarks.audit [DECISIONS] on a throwaway PostgreSQL

The limit is a minute for ten million. The decisions are real answers of the gate, to as many questions as VARIETY;
those written after them differ from them in number, chain and time.
"""

import datetime
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

DECISIONS = 1_000_000
VARIETY = 500
T = TypeVar("T")
START = datetime.datetime(2026, 3, 2, 2, tzinfo=datetime.UTC)
LIMIT_SECONDS_FOR_TEN_MILLION = 60


def main() -> int:
    decisions = int(sys.argv[1]) if len(sys.argv) > 1 else DECISIONS
    with tempfile.TemporaryDirectory(prefix="duly-bench-") as home:
        os.environ.setdefault("DULY_DATABASE_URL", f"sqlite:///{home}/book.sqlite3")
        os.environ |= {"DULY_HOME": home, "DJANGO_SETTINGS_MODULE": "duly.settings"}
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from duly.contact.log.verify import verify_log

        call_command("migrate", verbosity=0)
        size, making = measured(lambda: make_log(decisions))
        print(f"{connection.vendor}: {decisions:,} decisions, {size / decisions:,.0f} bytes of record each")
        print(f"made in {making}")
        found, took = measured(verify_log)
    sound = found.sound and found.decisions == decisions
    limit = max(5.0, LIMIT_SECONDS_FOR_TEN_MILLION * decisions / 10_000_000)
    print(f"verified in {took}: {decisions / took.clock:,.0f} a second, {size / took.clock / 1e6:,.0f} MB/s", end="")
    print(f"; limit {limit:.0f} s")
    return 0 if sound and took.clock < limit else 1


class Took(NamedTuple):
    """Seconds of the clock, and of the processors by this process and those that it started."""

    clock: float
    processor: float

    def __str__(self) -> str:
        return f"{self.clock:.1f} s ({self.processor:.1f} s of processor)"


def measured(work: Callable[[], T]) -> tuple[T, Took]:
    """What `work` gives, and how long it took."""
    began, before = time.perf_counter(), os.times()
    done = work()
    return done, Took(time.perf_counter() - began, sum(os.times()[:4]) - sum(before[:4]))


def make_log(count: int) -> int:
    """Write a log of `count` decisions; the bytes of its records.

    The first are appended as Duly does it. The rest are chained here and written without asking the triggers, which
    verifying never sees and which would look up the row before for each.
    """
    from django.db import connection

    from duly.contact.log.append import append
    from duly.contact.log.record import FIELDS
    from duly.contact.models import Decision

    append(questions(min(VARIETY, count)))
    written = list(Decision.objects.order_by("id").values_list(*FIELDS, "hash"))
    size = sum(len(record_of(row).encode()) for row in written)
    names = (*FIELDS, "hash")
    fields = [Decision._meta.get_field(name.removesuffix("_id")) for name in FIELDS[4:]]
    models = [
        (
            [field.get_db_prep_save(value, connection) for field, value in zip(fields, row[4:-1], strict=True)],
            ("\n" + record_of(row).split("\n", 4)[4]).encode(),
        )
        for row in written
    ]
    rows = Copies(models, len(written), written[-1][-1], count, "+00" if connection.vendor == "postgresql" else "")
    with connection.cursor() as cursor:
        (write_to_postgresql if connection.vendor == "postgresql" else write_to_sqlite)(cursor, names, rows)
    return size + rows.size


class Copies:
    """Rows that differ from `models` (columns, and the lines after the instants) in number, chain and time alone."""

    def __init__(self, models: list[tuple[list, bytes]], last: int, head: str, count: int, zone: str) -> None:
        self.models, self.last, self.head, self.count, self.zone = models, last, head, count, zone
        self.size = 0

    def __iter__(self) -> Iterator[tuple]:
        models, head, zone = self.models, self.head, self.zone
        start = int(START.timestamp())
        for number in range(self.last + 1, self.count + 1):
            at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(start + number))
            columns, lines = models[number % len(models)]
            text = f"{head}\n{number}\n{at}.000000\n{at}.000000".encode() + lines
            previous, head = head, hashlib.sha256(text).hexdigest()
            self.size += len(text)
            yield (previous, number, at + zone, at + zone, *columns, head)


def write_to_sqlite(cursor: Any, names: Sequence[str], rows: Iterable[tuple]) -> None:
    """One statement for all, in one transaction that keeps nothing to be taken back."""
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'contact_decision'")
    for (name,) in cursor.fetchall():
        cursor.execute(f"DROP TRIGGER {name}")
    cursor.execute("PRAGMA journal_mode = OFF")
    cursor.execute("PRAGMA synchronous = OFF")
    cursor.execute("BEGIN")
    marks = ", ".join("?" * len(names))
    cursor.connection.executemany(f"INSERT INTO contact_decision ({', '.join(names)}) VALUES ({marks})", rows)
    cursor.execute("COMMIT")


def write_to_postgresql(cursor: Any, names: Sequence[str], rows: Iterable[tuple]) -> None:
    cursor.execute("ALTER TABLE contact_decision DISABLE TRIGGER USER")
    with cursor.copy(f"COPY contact_decision ({', '.join(names)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    cursor.execute("ALTER TABLE contact_decision ENABLE TRIGGER USER")


def record_of(row: Sequence) -> str:
    """The record of a decision's columns in the order of FIELDS."""
    from duly.contact.log.record import FIELDS, record

    return record(dict(zip(FIELDS, row, strict=False)))


def questions(count: int) -> Iterator:
    """Decisions about borrowers with a few earlier contacts each."""
    from duly.contact import gate
    from duly.contact.log.append import sheet_of
    from duly.contact.models import Decision
    from duly.people.models import Borrower

    borrower = Borrower.objects.create(reference="bench", time_zones="Asia/Shanghai")
    channels = ("sms", "email", "voice", "letter")
    for number in range(count):
        known = gate.Knowledge()
        for past in range(number % 4):
            at = START - datetime.timedelta(days=past + 1)
            known.history.append(gate._past(channels[past], at, borrower.reference))
        at = START + datetime.timedelta(minutes=number * 3)
        channel = channels[number % len(channels)]
        answer = gate.ask_about(borrower, channel, "reminder", known, 5, at)
        yield Decision(
            decided_at=at,
            contact_at=at,
            moment="plan",
            borrower=borrower,
            debt=borrower.reference,
            channel=channel,
            template="late_1",
            allowed=answer.allowed,
            next_allowed_at=answer.next_allowed_at,
            sheet=sheet_of(answer.packs, answer.rules, answer.must_include),
            because=[rule["because"] for rule in answer.rules if rule["result"] != "not_applicable"],
            inputs=answer.inputs,
        )


if __name__ == "__main__":
    sys.exit(main())
