"""Webhooks from the row that tells to the program that is told: a real server that answers, fails, waits, is gone."""

import datetime
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.utils import timezone
from programs import Program, pointers, problem
from receivers import Receiver, receiving
from standardwebhooks import Webhook, WebhookVerificationError

from duly.api import delivering, outward
from duly.api.delivering import MOST_TRIES, send_due, wait_after
from duly.api.models import Client, Delivery, Endpoint, Event
from duly.api.outward import RefusedAddressError, check_address
from duly.api.webhooks import OLD_SECRET_SIGNS, TYPES, forget_old_events
from duly.engine.errors import InputError
from duly.lending.services import accelerate
from duly.people.models import Borrower
from small_lender import DUE, borrower, loan, pay

pytestmark = pytest.mark.django_db
OUTSIDE = "https://program.example/hook"


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    settings.DULY_WEBHOOKS_INSIDE = True
    with receiving() as one:
        yield one


def listen(program: Program, url: str, *types: str) -> str:
    """Let a program be told at `url`; the id of its endpoint."""
    answer = program.post("/webhooks/endpoints", {"url": url, "types": list(types) or ["fact.recorded"]})
    assert answer.status_code == 201, answer.json()
    return answer.json()["id"]


def secret_of(program: Program, endpoint: str) -> str:
    return program.get(f"/webhooks/endpoints/{endpoint}/secret").json()["secret"]


def later(**time: float) -> datetime.datetime:
    return timezone.now() + datetime.timedelta(**time)


def test_a_fact_is_told_signed_and_without_personal_data(program: Program, receiver: Receiver) -> None:
    endpoint = listen(program, receiver.url)
    of = borrower()
    lent = loan(of)
    Event.objects.all().delete()
    fact = pay(lent, DUE)
    assert send_due(timezone.now()).delivered == 1
    ((headers, body),) = receiver.came
    told = Webhook(secret_of(program, endpoint)).verify(body, headers)
    assert told["type"] == "fact.recorded"
    assert told["data"] == {
        "fact": fact.pk,
        "loan": lent.reference,
        "kind": "paid",
        "value_date": DUE.isoformat(),
    }
    assert of.name not in body.decode()
    assert of.email not in body.decode()
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 40).verify(body, headers)
    assert send_due(later(days=2)).delivered == 0, "what was delivered is not sent again"


def test_an_event_is_there_exactly_when_what_it_tells_is(program: Program, receiver: Receiver) -> None:
    listen(program, receiver.url)
    lent = loan(borrower())
    before = Event.objects.count()

    class UndoError(Exception):
        pass

    def pay_and_undo() -> None:
        with transaction.atomic():
            pay(lent, DUE)
            assert Event.objects.count() == before + 1
            raise UndoError

    with pytest.raises(UndoError):
        pay_and_undo()
    assert Event.objects.count() == before


def test_rows_added_in_bulk_and_by_hand_tell_each(program: Program) -> None:
    listen(program, OUTSIDE, "fact.recorded")
    lent = loan(borrower())
    Event.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO lending_fact (loan_id, kind, value_date, amount, component, idempotency_key, source) "
            "SELECT %s, 'paid', '2026-03-16', 1, '', name, '' FROM (SELECT 'one' AS name UNION SELECT 'two') AS names",
            [lent.pk],
        )
    assert Event.objects.count() == 2
    assert set(Event.objects.values_list("borrower_id", flat=True)) == {lent.borrower_id}


def test_what_nobody_asked_for_is_not_written(program: Program) -> None:
    loan(borrower())
    assert Event.objects.count() == 0
    listen(program, OUTSIDE, "contact.sent")
    loan(borrower())
    assert Event.objects.count() == 0


def test_every_table_that_tells_still_has_its_trigger() -> None:
    """A migration that remakes a table on SQLite would drop it without a word."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%\\_tells' ESCAPE '\\'"
            )
        else:
            cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%\\_tells'")
        telling = {name for (name,) in cursor.fetchall()}
    assert telling == {
        "lending_fact",
        "payments_incomingpayment",
        "close_transition",
        "collection_caseevent",
        "contact_message",
        "borrowing_decision",
        "borrowing_drawdownevent",
    }
    assert len(telling) == len(TYPES)


def test_one_that_fails_is_tried_again_until_it_answers(program: Program, receiver: Receiver) -> None:
    listen(program, receiver.url)
    lent = loan(borrower())
    Event.objects.all().delete()
    pay(lent, DUE)
    receiver.statuses = [500, 302]
    assert send_due(timezone.now()).put_off == 1
    assert send_due(later(seconds=1)).put_off == 0, "it waits"
    assert send_due(later(minutes=1)).put_off == 1, "a redirect is no answer, and is not followed"
    assert send_due(later(minutes=10)).delivered == 1
    assert len({headers["webhook-id"] for headers, _ in receiver.came}) == 1
    assert len({body for _, body in receiver.came}) == 1
    assert len(receiver.came) == 3


def test_one_that_never_answers_becomes_a_dead_letter_and_is_replayed(program: Program, receiver: Receiver) -> None:
    endpoint = listen(program, receiver.url)
    lent = loan(borrower())
    Event.objects.all().delete()
    pay(lent, DUE)
    receiver.status = 503
    for number in range(MOST_TRIES):
        send_due(later(days=2 * number))
    assert send_due(later(days=99)).put_off == 0
    dead = program.get(f"/webhooks/endpoints/{endpoint}/deliveries", state="dead").json()["items"]
    assert [(one["tries"], one["outcome"], one["next_try_at"]) for one in dead] == [(MOST_TRIES, "answered 503", None)]
    receiver.status = 200
    answer = program.post(f"/webhooks/endpoints/{endpoint}/replay", {"since": "2020-01-01T00:00:00Z"})
    assert answer.json() == {"deliveries": 1}
    assert send_due(later(seconds=1)).delivered == 1


def test_one_that_is_gone_is_told_nothing_more(program: Program, receiver: Receiver) -> None:
    endpoint = listen(program, receiver.url)
    lent = loan(borrower())
    receiver.status = 410
    assert send_due(timezone.now()).given_up == 1
    shown = program.get(f"/webhooks/endpoints/{endpoint}").json()
    assert (shown["enabled"], shown["disabled_because"]) == (False, "it answered 410 Gone")
    came = len(receiver.came)
    pay(lent, DUE)
    send_due(later(days=2))
    assert len(receiver.came) == came
    receiver.status = 200
    on = program.send("patch", f"/webhooks/endpoints/{endpoint}", {"enabled": True})
    assert on.json()["enabled"] is True
    pay(lent, DUE)
    assert send_due(later(days=3)).delivered == 1


def test_one_that_is_slow_is_given_up_at_the_deadline(
    program: Program, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outward, "SECONDS", 0.4)
    listen(program, receiver.url)
    loan(borrower())
    receiver.silent.set()
    begun = timezone.now()
    assert send_due(begun).put_off == 1
    assert timezone.now() - begun < datetime.timedelta(seconds=5)
    assert Delivery.objects.get().outcome.startswith("no answer")


def test_nobody_at_the_address(program: Program, receiver: Receiver) -> None:
    listen(program, "http://127.0.0.1:9/hook")
    loan(borrower())
    assert send_due(timezone.now()).put_off == 1


def test_a_sender_that_is_killed_is_made_up_for(
    program: Program, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(program, receiver.url)
    loan(borrower())

    class KilledError(BaseException):
        pass

    def killed(*args: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(delivering, "_settle", killed)
        with pytest.raises(KilledError):
            send_due(timezone.now())
    assert len(receiver.came) == 1
    assert send_due(later(seconds=1)).delivered == 0, "another sender may be at it"
    assert send_due(later(minutes=6)).delivered == 1
    assert len(receiver.came) == 2, "at least once"


def test_while_a_secret_turns_both_sign(program: Program, receiver: Receiver) -> None:
    endpoint = listen(program, receiver.url)
    old = secret_of(program, endpoint)
    program.post(f"/webhooks/endpoints/{endpoint}/secret", {})
    new = secret_of(program, endpoint)
    assert new != old
    lent = loan(borrower())
    send_due(timezone.now())
    headers, body = receiver.came[-1]
    for secret in (old, new):
        Webhook(secret).verify(body, headers)
    Endpoint.objects.update(old_secret_until=timezone.now() - OLD_SECRET_SIGNS)
    pay(lent, DUE)
    send_due(later(seconds=1))
    headers, body = receiver.came[-1]
    Webhook(new).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(body, headers)


def test_secrets_are_encrypted_and_no_reply_keeps_one(program: Program) -> None:
    endpoint = listen(program, OUTSIDE)
    secret = secret_of(program, endpoint)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret, old_secret FROM api_endpoint")
        kept = str(cursor.fetchall())
        cursor.execute("SELECT body FROM api_reply")
        kept += str(cursor.fetchall())
    assert secret not in kept


def test_a_client_is_told_of_the_borrowers_that_it_sees(program: Program, program_with, receiver: Receiver) -> None:
    blind = program_with("webhooks", sees_all=False)
    listen(blind, receiver.url)
    loan(borrower())
    assert send_due(timezone.now()).delivered == 0
    listen(program, receiver.url)
    loan(borrower())
    assert send_due(timezone.now()).delivered == 1


def test_a_client_sees_its_own_endpoints_alone(program: Program, program_with) -> None:
    endpoint = listen(program, OUTSIDE)
    other = program_with("webhooks")
    assert other.get("/webhooks/endpoints").json()["items"] == []
    for method, address in (("get", ""), ("get", "/secret"), ("get", "/deliveries"), ("delete", "")):
        assert problem(other.send(method, f"/webhooks/endpoints/{endpoint}{address}")) == (404, "not_found")
    assert program.send("delete", f"/webhooks/endpoints/{endpoint}").status_code == 204
    assert problem(program.get(f"/webhooks/endpoints/{endpoint}")) == (404, "not_found")


@pytest.mark.parametrize(
    "url",
    [
        "http://program.example/hook",
        "https://127.0.0.1/hook",
        "https://10.0.0.7/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/hook",
        "https://[::ffff:10.0.0.7]/hook",
        "https://[64:ff9b::a00:7]/hook",
        "https://[64:ff9b:1::a00:7]/hook",
        "https://[::a00:7]/hook",
        "https://[fd00::1]/hook",
        "https://[fec0::1]/hook",
        "https://user:word@program.example/hook",
        "https://program.example/hook#part",
        "https:///hook",
        "ftp://program.example/hook",
        "https://program.example:99999/hook",
    ],
)
def test_an_address_inside_or_odd_is_refused(program: Program, url: str) -> None:
    answer = program.post("/webhooks/endpoints", {"url": url, "types": ["fact.recorded"]})
    assert problem(answer) == (422, "invalid")
    assert pointers(answer) == ["body/url"]
    with pytest.raises(InputError):
        check_address(url)


@pytest.mark.parametrize("found", ["10.1.2.3", "127.0.0.1", "::1", "fe80::1", "100.64.0.1", "0.0.0.0", "224.0.0.1"])
def test_a_name_that_leads_inside_is_not_followed(monkeypatch: pytest.MonkeyPatch, found: str) -> None:
    """The name is judged by the addresses it has in the moment of sending, all of them."""
    monkeypatch.setattr(
        outward.socket,
        "getaddrinfo",
        lambda *_, **__: [(0, 0, 0, "", ("93.184.215.14", 443)), (0, 0, 0, "", (found, 443))],
    )
    with pytest.raises(RefusedAddressError):
        outward.post("https://program.example/hook", {}, b"{}")


def test_the_connection_goes_to_the_address_that_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def connect(self: object, host: str, *args: object) -> None:
        asked.append(host)
        raise OSError("no network here")

    monkeypatch.setattr(outward.socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("93.184.215.14", 443))])
    monkeypatch.setattr(outward.httpcore.SyncBackend, "connect_tcp", connect)
    with pytest.raises(OSError, match="no network"):
        outward.post("https://program.example/hook", {}, b"{}")
    assert asked == ["93.184.215.14"]


def test_waits_grow_to_a_day_and_are_never_the_same() -> None:
    for tries, seconds in ((1, 10), (2, 40), (3, 160), (12, 86_400), (40, 86_400)):
        waits = [wait_after(tries).total_seconds() for _ in range(50)]
        assert all(seconds * 0.5 <= wait <= seconds * 1.5 for wait in waits)
        assert len(set(waits)) > 40


def test_old_events_are_forgotten_but_not_what_still_waits(program: Program, receiver: Receiver) -> None:
    listen(program, receiver.url)
    lent = loan(borrower())
    send_due(timezone.now())
    accelerate(lent.reference, DUE, key="all at once")
    receiver.status = 500
    send_due(timezone.now())
    assert forget_old_events(later(days=100)) == 1
    assert Event.objects.count() == 1


def test_a_revoked_client_is_told_nothing(program: Program, receiver: Receiver) -> None:
    listen(program, receiver.url)
    Client.objects.update(revoked_at=timezone.now())
    loan(borrower())
    assert send_due(timezone.now()).delivered == 0
    assert Borrower.objects.exists()
