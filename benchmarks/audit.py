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
from collections.abc import Iterator

DECISIONS = 1_000_000
VARIETY = 500
CHUNK = 100_000
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
        started = time.perf_counter()
        size = make_log(decisions)
        made = time.perf_counter() - started
        print(f"{connection.vendor}: {decisions:,} decisions, {size / decisions:,.0f} bytes of record each")
        print(f"made in {made:.1f} s")
        started = time.perf_counter()
        found = verify_log()
        took = time.perf_counter() - started
    sound = found.sound and found.decisions == decisions
    limit = max(5.0, LIMIT_SECONDS_FOR_TEN_MILLION * decisions / 10_000_000)
    print(
        f"verified in {took:.1f} s, {decisions / took:,.0f} a second, {size / took / 1e6:,.0f} MB/s; limit {limit:.0f}"
    )
    return 0 if sound and took < limit else 1


def make_log(count: int) -> int:
    """Write a log of `count` decisions; the bytes of its records."""
    from django.db import connection, transaction

    from duly.contact.log.append import append
    from duly.contact.log.record import FIELDS
    from duly.contact.models import Decision

    append(questions(min(VARIETY, count)))
    models = list(Decision.objects.order_by("id").values_list(*FIELDS[4:]))
    fields = [Decision._meta.get_field(name.removesuffix("_id") if name != "id" else name) for name in FIELDS[4:]]
    size, head = 0, Decision.objects.order_by("-id").values_list("hash", flat=True)[0]
    prepared = [
        [field.get_db_prep_save(value, connection) for field, value in zip(fields, one, strict=True)] for one in models
    ]
    lines = [as_lines(one) for one in models]
    names = ", ".join((*FIELDS, "hash"))
    marks = ", ".join(["%s"] * (len(FIELDS) + 1))
    written = len(models)
    while written < count:
        rows = []
        for number in range(written + 1, min(written + CHUNK, count) + 1):
            at = (START + datetime.timedelta(seconds=number)).strftime("%Y-%m-%d %H:%M:%S")
            text = f"{head}\n{number}\n{at}.000000\n{at}.000000\n{lines[number % len(lines)]}".encode()
            zone = "+00" if connection.vendor == "postgresql" else ""
            previous, head = head, hashlib.sha256(text).hexdigest()
            size += len(text)
            rows.append((previous, number, at + zone, at + zone, *prepared[number % len(prepared)], head))
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY contact_decision ({names}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            else:
                cursor.connection.executemany(
                    f"INSERT INTO contact_decision ({names}) VALUES ({marks.replace('%s', '?')})", rows
                )
        written += len(rows)
    return size


def as_lines(values: tuple) -> str:
    """The lines of a record after its instants."""
    from duly.contact.log.record import FIELDS, _line

    return "\n".join(_line(name, value) for name, value in zip(FIELDS[4:], values, strict=True))


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
