"""What docs/api says is true: the reference is fresh, and the client example works against a server that runs."""

import importlib.util
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from receivers import receiving

from duly.api.clients import add_client
from duly.api.delivering import send_due
from duly.api.models import Event
from duly.api.reference import reference_page
from duly.api.scopes import SCOPES
from duly.api.urls import api
from duly.api.webhooks import TYPES
from duly.lending.models import Fact
from small_lender import DUE, borrower, loan, pay

DOCS = Path(__file__).parents[2] / "docs" / "api"


def test_the_reference_is_what_the_command_writes() -> None:
    written = (DOCS / "reference.md").read_text(encoding="utf-8")
    assert written == reference_page(api.get_openapi_schema()), "duly client reference > docs/api/reference.md"


def test_every_type_of_event_is_documented() -> None:
    text = (DOCS / "README.md").read_text(encoding="utf-8")
    assert all(f"`{type}`" in text for type in TYPES)


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("duly_client_example", DOCS / "client.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@contextmanager
def served() -> Iterator[str]:
    """`duly serve` on the test's own book, until it answers."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "duly", "serve", "--port", str(port)], stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                httpx.get(f"{address}/api/v1/problems/invalid", timeout=5)
                break
            except httpx.TransportError:
                assert server.poll() is None, "the server ended"
                time.sleep(0.05)
        yield address
    finally:
        server.terminate()
        assert server.wait(30) == 0


def test_the_client_example_works_against_a_server_that_runs(book, example: ModuleType, settings) -> None:
    of = borrower()
    references = [loan(of).reference for _ in range(3)]
    client_id, secret = add_client("example", list(SCOPES), sees_all=True)
    with served() as address, httpx.Client(base_url=address, timeout=30) as http:
        duly = example.Duly(http, client_id, secret)
        assert [one["reference"] for one in duly.loans()] == references
        first = duly.post_payment("2026-17", references[0], "250.00", "CNY", DUE.isoformat())
        assert duly.post_payment("2026-17", references[0], "250.00", "CNY", DUE.isoformat()) == first
        assert Fact.objects.get(pk=first["fact"]).amount == 250_00
        assert duly.position(references[0], DUE.isoformat())["outstanding"]["total"] == "750.00"
        with pytest.raises(example.ProblemError) as refused:
            duly.post_payment("2026-18", "L-unknown", "1.00", "CNY", DUE.isoformat())
        assert refused.value.code == "invalid"
        assert refused.value.errors[0]["pointer"] == "/loan"
        assert http.get("/static/screens/duly.css").status_code == 200
        assert http.get("/").status_code in (200, 302)


def test_the_client_example_reads_webhooks(book, example: ModuleType, settings) -> None:
    settings.DULY_WEBHOOKS_INSIDE = True
    from django.utils import timezone
    from programs import Program, make_client

    lent = loan(borrower())
    program = Program(make_client())
    with receiving() as receiver:
        program.post("/webhooks/endpoints", {"url": receiver.url, "types": ["fact.recorded"]})
        endpoint = program.get("/webhooks/endpoints").json()["items"][0]["id"]
        secret = program.get(f"/webhooks/endpoints/{endpoint}/secret").json()["secret"]
        pay(lent, DUE)
        assert Event.objects.count() == 1
        send_due(timezone.now())
        headers, body = receiver.came[0]
    assert example.event_in(body, headers, secret)["data"]["loan"] == lent.reference
