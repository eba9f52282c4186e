"""Payments posted through the API on PostgreSQL: one at a time, each durable when answered, and in bulk.

The client, the server and the database run on the same cores. Beside it stands what pgbench does in the same run with
one insert a transaction and eight clients, so that the figures can be read on any machine, busy or not.

python -m benchmarks.posting [--seconds 10] [--connections 64]
"""

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

LOANS, DAY = 20_000, "2026-03-02"
SINGLES_A_SECOND, P99_MS, BULK_A_SECOND = 1_000, 20, 100_000
CALL = 10_000


def main() -> int:
    """Measure, print a table, and say by the exit status whether every limit was kept."""
    from postgres import throwaway_server

    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--connections", type=int, default=64)
    asked = parser.parse_args()
    with throwaway_server(durable=True) as url, tempfile.TemporaryDirectory(prefix="duly-bench-") as home:
        os.environ |= {"DULY_DATABASE_URL": url, "DULY_HOME": home, "DJANGO_SETTINGS_MODULE": "duly.settings"}
        subprocess.run([sys.executable, "-m", "duly", "migrate"], check=True, stdout=subprocess.DEVNULL)
        token, loans = make_book()
        inserts = pgbench(url, asked.seconds)
        with served() as port:
            common = {"host": "127.0.0.1", "port": port, "token": token, "loans": loans, "on": DAY}
            common |= {"connections": asked.connections, "seconds": asked.seconds}
            full = load(common | {"prefix": "full"})
            half = load(common | {"prefix": "half", "rate": full["a_second"] / 2})
            bulks = {form: bulk(common, form, asked.seconds) for form in FORMS}
        recorded = count()
    print(f"\n{'':34}{'a second':>10}{'of pgbench':>12}{'p50 ms':>9}{'p99 ms':>9}")
    print(f"{'pgbench, one insert, 8 clients':34}{inserts:10,.0f}{1:12.0%}")
    for name, one in (("single, full load", full), ("single, half load", half)):
        share = one["a_second"] / inserts
        print(f"{name:34}{one['a_second']:10,.0f}{share:12.0%}{one['p50_ms']:9.1f}{one['p99_ms']:9.1f}")
    for form, rate in bulks.items():
        print(f"{f'bulk of {CALL:,} as {form}':34}{rate:10,.0f}{rate / inserts:12.0%}")
    wrong = full["wrong"] + half["wrong"]
    print(f"\n{recorded:,} payments on record; {wrong} requests were answered with anything but 201")
    kept = full["a_second"] >= SINGLES_A_SECOND and half["p99_ms"] < P99_MS and max(bulks.values()) >= BULK_A_SECOND
    return 0 if kept and not wrong else 1


def make_book() -> tuple[str, list[str]]:
    """Loans to pay, and a program that may post payments: its token, and the loans' references."""
    import datetime

    import django

    django.setup()
    from django.db import connection
    from django.utils import timezone
    from oauth2_provider.models import get_access_token_model, set_token_value

    from duly.api.models import Client
    from duly.lending.models import Fact, Loan, Product
    from duly.people.models import Borrower

    on = datetime.date(2026, 1, 5)
    terms = {"currency": "CNY", "method": "equal_installment", "every": "1 month"}
    product = Product.objects.create(code="bench", name_en="Bench", currency="CNY", terms=terms)
    people = Borrower.objects.bulk_create(Borrower(reference=f"B{number}") for number in range(LOANS))
    figures = {"principal": 1_200_000, "annual_rate": 180_000, "installments": 12, "installment_amount": 110_016}
    loans = Loan.objects.bulk_create(
        Loan(
            reference=f"L{one.pk:07}",
            borrower=one,
            product=product,
            disbursed_on=on,
            first_due_on=datetime.date(2026, 2, 5),
            **figures,
        )
        for one in people
    )
    Fact.objects.bulk_create(
        Fact(loan=one, kind="disbursed", value_date=on, amount=one.principal, idempotency_key=f"out {one.pk}")
        for one in loans
    )
    client = Client.objects.create(
        name="bench",
        client_type=Client.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Client.GRANT_CLIENT_CREDENTIALS,
        scopes="payments:write",
        sees_all=True,
        requests_a_minute=100_000_000,
    )
    token = get_access_token_model()(
        application=client, scope="payments:write", expires=timezone.now() + datetime.timedelta(hours=1)
    )
    set_token_value(token, "a token for the bench")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as autovacuum does within the minute
    token.save()
    return "a token for the bench", [one.reference for one in loans]


def count() -> int:
    """How many payments are on record."""
    from duly.payments.models import IncomingPayment

    return IncomingPayment.objects.count()


def pgbench(url: str, seconds: float) -> float:
    """Transactions a second of one insert each, eight clients, on a table as narrow as one can be."""
    from postgres import server_binaries

    host = unquote(url.split("@")[1].split("/")[0])
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE bench_insert (id bigserial PRIMARY KEY, amount bigint, at timestamptz)")
        connection.execute("GRANT ALL ON bench_insert TO duly")
    with tempfile.TemporaryDirectory(prefix="duly-pgbench-") as folder:
        script = Path(folder) / "insert.sql"
        script.write_text("INSERT INTO bench_insert (amount, at) VALUES (1234, now());\n")
        Path(folder).chmod(0o755)
        command = [server_binaries() / "pgbench", "-h", host, "-U", "duly", "-n", "-c", "8", "-j", "2"]
        command += ["-T", str(max(1, int(seconds))), "-f", script, "duly"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("tps")]
    return float(line.split()[2])


@contextmanager
def served() -> Iterator[int]:
    """`duly serve` at a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "duly", "serve", "--port", str(port)], stdout=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def bulk(asked: dict, form: str, seconds: float) -> float:
    """Payments a second in bulks of CALL in one form, two connections at once; the bodies are made beforehand."""
    calls = max(2, int(seconds))
    bodies = [body_of(asked, form, f"{form}-{number}") for number in range(calls + 2)]
    post(asked, form, bodies.pop())
    post(asked, form, bodies.pop())
    begun = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        taken = sum(pool.map(lambda body: post(asked, form, body), bodies))
    assert taken == calls * CALL, f"only {taken} of {calls * CALL} were posted"
    return taken / (time.perf_counter() - begun)


FORMS = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv",
    "arrow": "application/vnd.apache.arrow.stream",
}


def body_of(asked: dict, form: str, prefix: str) -> bytes:
    """A bulk of CALL payments, all different, over the loans in turn."""
    rows = [
        {
            "source_id": f"{prefix}-{number}",
            "loan": asked["loans"][number % LOANS],
            "amount": "12.34",
            "currency": "CNY",
            "value_date": asked["on"],
        }
        for number in range(CALL)
    ]
    if form == "json":
        return json.dumps({"payments": rows}).encode()
    if form == "ndjson":
        return "\n".join(map(json.dumps, rows)).encode()
    if form == "csv":
        return "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)]).encode()
    table = pa.Table.from_pylist(rows)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()


def post(asked: dict, form: str, body: bytes) -> int:
    """Post one bulk and give how many of it were posted."""
    headers = {
        "Authorization": f"Bearer {asked['token']}",
        "Content-Type": FORMS[form],
        "Idempotency-Key": uuid.uuid4().hex,
    }
    connection = http.client.HTTPConnection(asked["host"], asked["port"])
    connection.request("POST", "/api/v1/payments/bulk", body, headers)
    answer = connection.getresponse()
    told = json.loads(answer.read())
    assert answer.status == 200, told
    return int(told["posted"])


def load(asked: dict) -> dict:
    """What the load client finds, in a process of its own."""
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "_load.py"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


if __name__ == "__main__":
    sys.exit(main())
