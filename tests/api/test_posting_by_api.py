"""Payments posted alone, together and in bulk: each counts once, stands for itself, and is answered the same way."""

import asyncio
import datetime
import json
import secrets
import threading

import pyarrow as pa
import pytest
from django.test import Client as Browser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from programs import Program, make_client, make_token, pointers, problem

from duly.api.bulk_bodies import read_bulk
from duly.api.fast_lane import FastLane
from duly.api.models import Reply
from duly.api.payment_shapes import PaymentOfBulk
from duly.engine.money import decimals, parse_money
from duly.lending.models import Fact, Loan
from duly.lending.services import write_off
from duly.payments.conservation import unbalanced_payments
from duly.payments.models import IncomingPayment
from small_lender import DUE, borrower, loan

pytestmark = pytest.mark.django_db


def payment(of: Loan | None, **more: object) -> dict[str, object]:
    reference = None if of is None else of.reference
    return {"loan": reference, "amount": "12.34", "currency": "CNY", "value_date": DUE.isoformat(), **more}


@pytest.fixture
def lent(db: None) -> Loan:
    return loan(borrower())


def test_a_payment_becomes_a_fact_of_its_loan(program: Program, lent: Loan) -> None:
    answer = program.post("/payments", payment(lent, remittance="installment 1"), key="2026-17")
    assert answer.status_code == 201
    told = answer.json()
    fact = Fact.objects.get(pk=told["fact"])
    assert (fact.loan, fact.kind, fact.amount, fact.value_date) == (lent, "paid", 1234, DUE)
    assert answer.headers["Location"] == f"/api/v1/payments/{told['id']}"
    shown = program.get(f"/payments/{told['id']}").json()
    assert (shown["posted"], shown["waiting"], shown["loans"]) == ("12.34", "0.00", [lent.reference])
    assert shown["source_id"] == told["source_id"] == "2026-17"
    assert program.get("/payments", loan=lent.reference).json()["items"][0]["id"] == told["id"]
    assert program.get("/payments", source_id="2026-17").json()["items"][0]["id"] == told["id"]


def test_the_same_key_counts_once_and_is_answered_the_same(program: Program, lent: Loan) -> None:
    first = program.post("/payments", payment(lent), key="one")
    again = program.post("/payments", payment(lent), key='"one"')
    assert first.json() == again.json()
    assert IncomingPayment.objects.count() == 1
    assert problem(program.post("/payments", payment(lent, amount="12.35"), key="one")) == (422, "key_reused")
    assert IncomingPayment.objects.count() == 1


def test_two_clients_may_use_the_same_numbers(program: Program, program_with, lent: Loan) -> None:
    program.post("/payments", payment(lent), key="one")
    assert program_with("payments:write").post("/payments", payment(lent, amount="7"), key="one").status_code == 201
    assert IncomingPayment.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"loan": "L-unknown"}, "body/loan"),
        ({"currency": "EUR"}, "body/currency"),
        ({"currency": "XYZ"}, "body/currency"),
        ({"value_date": "2020-01-01"}, "body/value_date"),
        ({"amount": "0"}, "body/amount"),
        ({"amount": "0.001"}, "body/amount"),
        ({"amount": "99999999999999"}, "body/amount"),
        ({"amount": 12.34}, "body/amount"),
        ({"value_date": 20260316}, "body/value_date"),
        ({"prepays": "yes"}, "body/prepays"),
        ({"colour": "red"}, "body/colour"),
        ({"remittance": "a\x00b"}, "body/remittance"),
    ],
)
def test_a_payment_that_cannot_be_is_told_why(program: Program, lent: Loan, wrong: dict, where: str) -> None:
    answer = program.post("/payments", payment(lent) | wrong)
    assert problem(answer) == (422, "invalid")
    assert pointers(answer) == [where]
    assert IncomingPayment.objects.count() == 0


def test_money_that_fits_no_loan_waits_if_it_may(program: Program, lent: Loan) -> None:
    for number, one in enumerate([payment(None), payment(lent, loan="L-unknown", may_wait=True)]):
        told = program.post("/payments", one, key=f"waiting {number}".replace(" ", "-")).json()
        assert (told["state"], told["fact"]) == ("suspense", None)
    waiting = program.get("/suspense").json()["items"]
    assert [(one["amount"], one["reason"]) for one in waiting] == [("12.34", "no_reference"), ("12.34", "unknown_loan")]
    assert not unbalanced_payments()


def test_money_on_a_loan_written_off_is_a_recovery(program: Program, lent: Loan) -> None:
    write_off(lent.reference, DUE, key="lost")
    told = program.post("/payments", payment(lent)).json()
    assert Fact.objects.get(pk=told["fact"]).kind == "recovered"


def test_a_client_posts_to_the_loans_that_it_sees(program_with, lent: Loan) -> None:
    blind = program_with("payments:write", "payments:read", sees_all=False)
    answer = blind.post("/payments", payment(lent))
    assert problem(answer) == (422, "invalid")
    assert answer.json() == {
        **blind.post("/payments", payment(lent, loan="L-unknown")).json(),
        "request_id": answer.json()["request_id"],
        "detail": f"there is no loan {lent.reference!r}; name the reference of a loan on record",
        "errors": answer.json()["errors"],
    }
    assert blind.post("/payments", payment(lent, may_wait=True)).json()["state"] == "suspense"
    bulk = {"payments": [payment(lent, source_id="b1"), payment(None, source_id="b2")]}
    told = blind.post("/payments/bulk", bulk).json()
    assert (told["posted"], told["suspense"], [one["row"] for one in told["refused"]]) == (0, 1, [0])
    assert len(blind.get("/payments").json()["items"]) == 2, "it sees the money that it posted itself"


# Bulk.


def post_bulk(program: Program, body: bytes | str, form: str, address: str = "/api/v1/payments/bulk"):
    headers = {"Authorization": f"Bearer {program.token}", "Idempotency-Key": secrets.token_hex(8)}
    return program.browser.post(address, body, content_type=form, headers=headers)


def as_arrow(rows: list[dict]) -> bytes:
    table = pa.Table.from_pylist(rows)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()


def as_csv(rows: list[dict]) -> str:
    names = list(rows[0])
    return "\n".join([",".join(names), *(",".join(str(row.get(name) or "") for name in names) for row in rows)])


FORMS = {
    "application/json": lambda rows: json.dumps({"payments": rows}),
    "application/x-ndjson": lambda rows: "\n".join(map(json.dumps, rows)) + "\n",
    "text/csv": as_csv,
    "application/vnd.apache.arrow.stream": as_arrow,
}


@pytest.mark.parametrize("form", FORMS)
def test_a_bulk_is_read_in_each_form_and_each_row_stands_for_itself(program: Program, lent: Loan, form: str) -> None:
    wrong = [
        {"amount": "1e3"},
        {"currency": "XYZ"},
        {"value_date": "2026-02-30"},
        {"loan": "L-unknown"},
        {"amount": "0"},
    ]
    rows = [payment(lent, source_id=f"{number}") for number in range(4)]
    rows += [payment(lent, source_id=f"wrong {number}") | one for number, one in enumerate(wrong)]
    answer = post_bulk(program, FORMS[form](rows), form)
    assert answer.status_code == 200, answer.json()
    told = answer.json()
    assert (told["received"], told["posted"], told["known"]) == (9, 4, 0)
    assert [(one["row"], one["source_id"], one["pointer"]) for one in told["refused"]] == [
        (4, "wrong 0", "/amount"),
        (5, "wrong 1", "/currency"),
        (6, "wrong 2", "/value_date"),
        (7, "wrong 3", "/loan"),
        (8, "wrong 4", "/amount"),
    ]
    assert Fact.objects.filter(kind="paid", amount=1234).count() == 4
    again = post_bulk(program, FORMS[form](rows), form).json()
    assert (again["posted"], again["known"]) == (4, 4)
    assert Fact.objects.filter(kind="paid").count() == 4
    assert not unbalanced_payments()


def test_a_row_of_another_type_is_refused_by_itself(program: Program, lent: Loan) -> None:
    rows = [payment(lent, source_id="a"), payment(lent, source_id="b", amount=12.34), "nonsense", payment(lent)]
    told = program.post("/payments/bulk", {"payments": rows}).json()
    assert (told["posted"], [one["row"] for one in told["refused"]]) == (1, [1, 2, 3])


@pytest.mark.parametrize(
    ("form", "body", "status"),
    [
        ("application/json", "{", 400),
        ("application/json", "[]", 422),
        ("application/json", '{"payments": []}', 422),
        ("application/json", '{"payments": 7}', 422),
        ("application/x-ndjson", "{}\n{", 400),
        ("text/csv", "", 400),
        ("text/csv", "source_id,loan\n1,2,3", 400),
        ("text/csv", "colour\nred", 422),
        ("application/vnd.apache.arrow.stream", "not arrow", 400),
        ("application/xml", "<payments/>", 415),
    ],
)
def test_a_bulk_that_cannot_be_read(program: Program, form: str, body: str, status: int) -> None:
    answer = post_bulk(program, body, form)
    assert problem(answer)[0] == status


def test_a_bulk_with_its_key_is_answered_as_before(program: Program, lent: Loan) -> None:
    rows = {"payments": [payment(lent, source_id="a")]}
    first = program.post("/payments/bulk", rows, key="night")
    again = program.post("/payments/bulk", rows, key="night")
    assert again.json() == first.json()
    assert again.json()["known"] == 0, "it is the reply that was kept"
    other = {"payments": [payment(lent, source_id="b")]}
    assert problem(program.post("/payments/bulk", other, key="night")) == (422, "key_reused")


def test_a_bulk_is_no_larger_than_it_may_be(program: Program, lent: Loan) -> None:
    rows = [payment(lent, source_id=f"{number}") for number in range(10_001)]
    assert problem(post_bulk(program, as_arrow(rows), "application/vnd.apache.arrow.stream")) == (413, "too_large")


AMOUNTS = st.one_of(
    st.from_regex(r"[0-9]{1,16}(\.[0-9]{1,8})?", fullmatch=True),
    st.sampled_from(
        ["0", "0.00", "1.000", "1.001", "-1", "1e3", " 1", "1.", ".5", "１", "1\n", "99999999999999999999"]
    ),
)
SOURCE_IDS = st.text(max_size=5) | st.text(min_size=126, max_size=130)
ROWS = st.fixed_dictionaries(
    {
        "amount": AMOUNTS,
        "currency": st.sampled_from(["CNY", "CNY", "CNY", "JPY", "ZZZ", "cny"]),
        "value_date": st.sampled_from(
            ["2026-03-16", "2026-03-17", "2019-12-31", "2026-02-30", "2026-3-1", "2301-01-01"]
        ),
        "prepays": st.booleans(),
    },
    optional={"remittance": st.text(max_size=5), "payer_account": st.text(max_size=70)},
)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(ROWS, min_size=1, max_size=6))
def test_a_payment_is_judged_the_same_alone_and_in_a_bulk(lent: Loan, rows: list[dict]) -> None:
    alone = Program(make_client(secrets.token_hex(4)))
    together = Program(make_client(secrets.token_hex(4)))
    rows = [{"loan": lent.reference, **row} for row in rows]
    singly = [alone.post("/payments", row, key=str(number)).status_code for number, row in enumerate(rows)]
    bulk = {"payments": [{"source_id": str(number), **row} for number, row in enumerate(rows)]}
    refused = {one["row"] for one in together.post("/payments/bulk", bulk).json()["refused"]}
    assert [422 if place in refused else 201 for place in range(len(rows))] == singly, rows
    assert recorded(alone) == recorded(together)


def recorded(program: Program) -> list[tuple]:
    mine = IncomingPayment.objects.filter(source=f"api:{program.client.pk}").order_by("source_id")
    return list(mine.values_list("source_id", "amount", "value_date", "fact__details"))


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    row=ROWS, source_id=st.text(max_size=5) | st.text(min_size=126, max_size=130), currency=st.just("KWD") | st.none()
)
def test_the_columns_judge_a_row_as_its_shape_does(row: dict, source_id: str, currency: str) -> None:
    """Reading by the column is a second reading of the same shape: it may not disagree, nor read another amount."""
    row = {**row, "source_id": source_id, "currency": currency or row["currency"]}
    try:
        one = PaymentOfBulk.model_validate(row)
        amount = parse_money(one.amount, decimals(one.currency), "/amount")
    except ValueError:  # of the shape, or of the amount
        amount = 0
    read = read_bulk("application/json", json.dumps({"payments": [row]}).encode())
    assert read.columns["amount"] == ([amount] if amount else [])
    assert len(read.refused) == (amount == 0)


# The fast lane.


async def ask(lane: FastLane, token: str, body: bytes, key: str | None, **more: str) -> tuple[int, dict, dict]:
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json", **more}
    if key is not None:
        headers["idempotency-key"] = key
    sent: list[dict] = []

    async def receive() -> dict:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict) -> None:
        sent.append(message)

    scope = {"headers": [(name.encode(), value.encode()) for name, value in headers.items()]}
    await lane(scope, receive, send)
    start, end = sent
    named = {name.decode().title(): value.decode() for name, value in start["headers"]}
    return start["status"], named, json.loads(end["body"])


def in_lane(*asked: tuple[str, bytes, str | None], **more: str) -> list[tuple[int, dict, dict]]:
    """The answers of the fast lane to requests that come at once."""

    async def all_of_them() -> list[tuple[int, dict, dict]]:
        lane = FastLane()
        return await asyncio.gather(*(ask(lane, token, body, key, **more) for token, body, key in asked))

    return asyncio.run(all_of_them())


@pytest.fixture
def token_and_loan(book) -> tuple[str, str]:
    return make_token(make_client()), loan(borrower()).reference


def body_for(reference: str, **more: object) -> bytes:
    return json.dumps(
        {"loan": reference, "amount": "12.34", "currency": "CNY", "value_date": DUE.isoformat(), **more}
    ).encode()


def test_requests_that_come_together_are_posted_together(token_and_loan: tuple[str, str]) -> None:
    token, reference = token_and_loan
    answers = in_lane(*((token, body_for(reference), f"k{number}") for number in range(300)))
    assert {status for status, _, _ in answers} == {201}
    assert len({told["fact"] for _, _, told in answers}) == 300
    assert Fact.objects.filter(kind="paid").count() == 300
    assert not unbalanced_payments()


def test_the_same_key_twice_at_once_counts_once(token_and_loan: tuple[str, str]) -> None:
    token, reference = token_and_loan
    same, other = body_for(reference), body_for(reference, amount="1.00")
    answers = in_lane((token, same, "one"), (token, same, "one"), (token, other, "one"))
    assert [status for status, _, _ in answers] == [201, 201, 422]
    assert answers[0][2] == answers[1][2]
    assert IncomingPayment.objects.count() == 1


def test_one_that_is_wrong_spoils_no_other(token_and_loan: tuple[str, str]) -> None:
    token, reference = token_and_loan
    good = body_for(reference)
    answers = in_lane(
        (token, good, "a"),
        (token, b"{", "b"),
        (token, body_for("L-unknown"), "c"),
        ("wrong", good, "d"),
        (token, good, "e"),
    )
    assert [status for status, _, _ in answers] == [201, 400, 422, 401, 201]


def test_a_batch_that_fails_is_tried_one_by_one(token_and_loan: tuple[str, str], monkeypatch) -> None:
    from duly.api import fast_lane

    token, reference = token_and_loan
    post_batch = fast_lane.post_batch

    def fail_together(postings):
        if len(postings) > 1 or postings[0].key == "cursed":
            raise RuntimeError("the database went away")
        return post_batch(postings)

    monkeypatch.setattr(fast_lane, "post_batch", fail_together)
    good = body_for(reference)
    answers = in_lane((token, good, "warm"), (token, good, "a"), (token, good, "cursed"), (token, good, "b"))
    assert [status for status, _, _ in answers] == [201, 201, 500, 201]
    assert IncomingPayment.objects.count() == 3


@pytest.mark.parametrize(
    ("body", "key", "headers", "token"),
    [
        ({}, "k", {}, None),
        ({"amount": "1,5", "colour": "red"}, "k", {}, None),
        ({}, None, {}, None),
        ({}, "k" * 91, {}, None),
        ("{", "k", {}, None),
        ("[]", "k", {}, None),
        ({}, "k", {"content-type": "text/plain"}, None),
        ({"loan": "L-unknown"}, "k", {}, None),
        ({}, "k", {}, "wrong"),
        ({}, "k", {}, ""),
    ],
)
def test_the_fast_lane_answers_as_the_operation_does(token_and_loan, body, key, headers, token) -> None:
    """Same status, same problem, same headers, whichever way a request goes."""
    own, reference = token_and_loan
    token = own if token is None else token
    text = body if isinstance(body, str) else body_for(reference, **body).decode()
    ((status, named, told),) = in_lane((token, text.encode(), key), **headers)
    more = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
    form = headers.get("content-type", "application/json")
    slow = Browser().post("/api/v1/payments", text, content_type=form, headers=more)
    assert slow.status_code == status
    ours, theirs = told, slow.json()
    for one in (ours, theirs):
        one.pop("request_id", None)
        one["errors"] = sorted(one.get("errors", []), key=lambda fault: fault["pointer"])
    assert ours == theirs
    assert named["Content-Type"] == slow.headers["Content-Type"]
    for name in ("RateLimit-Policy", "Cache-Control", "Vary", "WWW-Authenticate", "X-Content-Type-Options"):
        assert named.get(name.title()) == slow.headers.get(name), name


def test_the_fast_lane_keeps_the_rate(book) -> None:
    token = make_token(make_client(requests_a_minute=3))
    reference = loan(borrower()).reference
    answers = in_lane(*((token, body_for(reference), f"k{number}") for number in range(5)))
    assert sorted(status for status, _, _ in answers) == [201, 201, 201, 429, 429]
    refused = next(named for status, named, _ in answers if status == 429)
    assert int(refused["Retry-After"]) > 0


def test_two_servers_given_the_same_payment_record_it_once(token_and_loan: tuple[str, str]) -> None:
    token, reference = token_and_loan
    found: list[list[tuple[int, dict, dict]]] = []

    def serve() -> None:
        found.append(in_lane(*((token, body_for(reference), f"k{number}") for number in range(40))))

    threads = [threading.Thread(target=serve) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, second = ([told for _, _, told in answers] for answers in found)
    assert first == second
    assert IncomingPayment.objects.count() == 40
    assert Reply.objects.count() == 0, "the record itself is the reply"
    assert datetime.date.fromisoformat(first[0]["value_date"]) == DUE
