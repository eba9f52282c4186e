"""Over a real mail server: each message leaves once, whatever the server says and whenever the outbox is killed."""

import datetime
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from django.db import connections
from mail_server import JOURNAL, MailServer, running

from duly.contact.channels import smtp
from duly.contact.channels.smtp import Smtp
from duly.contact.gate import what_is_known
from duly.contact.handing_over import MOST_TRIES
from duly.contact.models import Attempt, Message, PlannedContact
from duly.contact.outbox import OutboxSummary, send_due
from duly.contact.reachability import confirm_address, unreachable
from duly.contact.services import Proposal, plan_contacts
from small_lender import DUE, borrower, days_after, instant, loan

# `DULY_KILLS=100 pytest tests/contact/test_mail_server.py -k random` is the long run of docs/contact.md.
KILLS = int(os.environ.get("DULY_KILLS", "5"))
MORNING = instant(days_after(DUE, 2), 2)  # 10:00 in Shanghai
MINUTE = datetime.timedelta(minutes=1)
HOUR = datetime.timedelta(hours=1)


@pytest.fixture(scope="module")
def one_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    with running(tmp_path_factory.mktemp("mail") / "server") as server:
        yield server


@pytest.fixture
def server(one_server: MailServer, settings) -> MailServer:
    settings.DULY_SMTP_URL = f"smtp://127.0.0.1:{one_server.port}"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", one_server.port, 10
    settings.DULY_MAIL_JOURNAL, settings.DULY_MAIL_JOURNAL_ADDRESS = str(one_server.folder / "journal"), JOURNAL
    return one_server


def plan(email: str | None = None, keep_days: int = 2) -> PlannedContact:
    one = loan(borrower(email=email))
    expires_at = MORNING + datetime.timedelta(days=keep_days)
    wish = Proposal(f"mail:{one.reference}", one.borrower_id, [one.pk], "late_1", MORNING, expires_at, 1)
    return plan_contacts([wish], MORNING - 12 * HOUR)[0]


def times_taken(server: MailServer, planned: PlannedContact) -> int:
    return [to for _, to in server.taken()].count(planned.borrower.email)


def wait_until_at_rest(server: MailServer) -> None:
    _wait_for(server.is_at_rest)


def _wait_for(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < ends, "it never came about"
        time.sleep(0.003)  # it happens in another process: there is nothing of ours to wait on


def _has_ended(child: int) -> bool:
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


class Killed(BaseException):
    """Stands for the instant at which the process is gone."""


@pytest.mark.django_db
def test_what_the_server_takes_is_on_record_with_its_answer(server: MailServer) -> None:
    planned = plan()
    assert send_due(MORNING) == OutboxSummary(sent=1)
    message, attempt = Message.objects.get(), Attempt.objects.get()
    assert (message.message_id, planned.borrower.email) in server.taken()
    assert (attempt.state, attempt.answer, attempt.letter) == ("taken", "250 2.0.0 taken", None)
    assert message.decision == attempt.decision
    assert send_due(MORNING + MINUTE) == OutboxSummary()
    assert times_taken(server, planned) == 1


@pytest.mark.django_db
def test_a_line_of_dots_arrives_as_it_was_written(server: MailServer) -> None:
    planned = plan()
    planned.borrower.name = "."
    planned.borrower.save()
    send_due(MORNING)
    assert times_taken(server, planned) == 1
    body = Message.objects.get().body
    copies = [path.read_text() for path in (server.folder / "journal" / "new").iterdir()]
    assert any(body in copy.replace("\r\n", "\n") for copy in copies)


@pytest.mark.django_db
def test_an_unknown_address_is_given_up_and_not_used_again_until_confirmed(server: MailServer) -> None:
    planned = plan("nobody@mail.example")
    assert send_due(MORNING) == OutboxSummary(failed=1)
    planned.refresh_from_db()
    assert planned.status == "failed"
    assert "5.1.1" in planned.why
    assert unreachable([planned.borrower_id]) == {planned.borrower_id: {"email"}}
    one = planned.borrower.loans.get()
    wish = Proposal("again", one.borrower_id, [one.pk], "late_3", MORNING + HOUR, MORNING + 9 * HOUR, 2)
    (again,) = plan_contacts([wish], MORNING)
    assert (again.status, again.why) == ("held", "the address on record does not reach the borrower: have it confirmed")
    assert confirm_address(planned.borrower, "email", MORNING)
    assert unreachable([planned.borrower_id]) == {}


@pytest.mark.django_db
def test_a_server_that_is_busy_is_asked_again_after_growing_pauses_and_then_given_up(server: MailServer) -> None:
    planned = plan("busy@mail.example", keep_days=30)
    pauses, now = [], MORNING
    for _ in range(MOST_TRIES - 1):
        done = send_due(now)
        assert done == OutboxSummary(put_off=1)
        planned.refresh_from_db()
        pauses.append(planned.planned_for - now)
        now = planned.planned_for if 0 <= planned.planned_for.hour < 14 else planned.planned_for + 12 * HOUR
    assert pauses == [5 * MINUTE, 15 * MINUTE, 45 * MINUTE, 135 * MINUTE, 405 * MINUTE]
    assert send_due(now) == OutboxSummary(failed=1)
    planned.refresh_from_db()
    assert "given up after 6 tries: 451 4.7.1" in planned.why
    assert planned.attempts.filter(state="not_taken").count() == MOST_TRIES
    assert Message.objects.count() == 0


@pytest.mark.django_db
def test_while_the_server_is_away_messages_wait(server: MailServer, settings) -> None:
    planned = [plan(), plan()]
    settings.EMAIL_PORT = 1
    assert send_due(MORNING) == OutboxSummary(waiting=2)
    settings.EMAIL_PORT = server.port
    assert send_due(MORNING + MINUTE) == OutboxSummary(sent=2)
    assert [times_taken(server, one) for one in planned] == [1, 1]


@pytest.mark.django_db
@pytest.mark.parametrize("dot_was_sent", [True, False])
def test_killed_around_the_dot_the_journal_tells_whether_it_was_taken(
    server: MailServer, monkeypatch: pytest.MonkeyPatch, dot_was_sent: bool
) -> None:
    planned = plan()

    def die(line: Smtp) -> str:
        if dot_was_sent:
            line._backend.connection.send(b".\r\n")
            line._backend.connection.getreply()
        line._drop()
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Smtp, "hand_over", die)
        with pytest.raises(Killed):
            send_due(MORNING)
    wait_until_at_rest(server)
    planned.refresh_from_db()
    assert planned.status == "sending"
    assert len(what_is_known([planned.borrower_id], MORNING)[planned.borrower_id].history) == 1
    if dot_was_sent:
        assert send_due(MORNING + MINUTE) == OutboxSummary(completed=1)
    else:
        assert send_due(MORNING + MINUTE) == OutboxSummary()  # the copy might still be on its way
        assert times_taken(server, planned) == 0
        plan()
        assert send_due(MORNING + 2 * MINUTE) == OutboxSummary(sent=1)  # and the journal lives
        assert send_due(MORNING + HOUR) == OutboxSummary(completed=1, sent=1)
    assert times_taken(server, planned) == 1
    assert Message.objects.filter(planned=planned).count() == 1


@pytest.mark.django_db
def test_without_a_journal_what_nobody_can_tell_is_never_sent_again(
    server: MailServer, monkeypatch: pytest.MonkeyPatch, settings
) -> None:
    settings.DULY_MAIL_JOURNAL = ""
    planned = plan()

    def silence(line: Smtp) -> str:
        line._backend.connection.send(b".\r\n")
        line._backend.connection.getreply()  # which the outbox does not get to see
        line._backend.connection.close()
        return hand_over(line)

    hand_over = Smtp.hand_over
    with monkeypatch.context() as patch:
        patch.setattr(Smtp, "hand_over", silence)
        assert send_due(MORNING) == OutboxSummary(unanswered=1)
    wait_until_at_rest(server)
    assert send_due(MORNING + 9 * HOUR) == OutboxSummary()
    planned.refresh_from_db()
    assert planned.status == "sending"
    assert times_taken(server, planned) == 1


def test_killed_at_random_points_no_message_is_lost_and_none_is_sent_twice(
    book: object, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each run is a process of its own, killed after a random time; what was taken is counted in the server's log."""
    # The copies are in the journal before the server answers; that it is at rest is waited for.
    monkeypatch.setattr(smtp, "SETTLES_AFTER", datetime.timedelta())
    before = len(server.taken())
    planned = _kill_at_random_points(lambda: server.taken()[before:], server.is_at_rest)
    taken = Counter(to for _, to in server.taken()[before:])
    assert {one.borrower.email: 1 for one in planned} == dict(taken)
    assert Message.objects.count() == len(planned)
    assert not Attempt.objects.filter(state="handing_over").exists()


def _kill_at_random_points(taken: Callable[[], list], is_at_rest: Callable[[], bool]) -> list[PlannedContact]:
    """Plan messages and send them in processes that are killed KILLS times, then once in peace; what was planned."""
    planned = [plan() for _ in range(40)]
    chance, killed, doubtful = random.Random(20261125), 0, 0
    while killed < KILLS:
        had = len(taken())
        child = _send_in_another_process()
        _wait_for(lambda had=had, child=child: len(taken()) > had or _has_ended(child))
        time.sleep(chance.uniform(0, 0.08))  # the random point, of some messages' length
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        _wait_for(is_at_rest)
        killed += os.WIFSIGNALED(status)
        doubtful += Attempt.objects.filter(state="handing_over").count()
        if len(planned) - len(taken()) < 8:
            planned += [plan() for _ in range(40)]
    send_due(MORNING)
    send_due(MORNING)
    print(f"{killed} kills, {len(planned)} messages, {doubtful} in doubt after a kill")  # noqa: T201
    return planned


def _send_in_another_process() -> int:
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            send_due(MORNING)
        finally:
            os._exit(0)
    return child
