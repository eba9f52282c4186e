"""Talking online: what is said is kept, encrypted, read, answered within the law, handed over; pages live and plain."""

import asyncio
import datetime

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from duly.collection.talk.models import Conversation, Line
from duly.collection.talk.services import ONE_CONTACT, borrower_says, hand_over, read_by_borrower, staff_says
from duly.contact.calls import Refused
from duly.contact.models import Call
from duly.engine.errors import InputError
from duly.people.models import Borrower
from duly.people.roles import Role, give_roles
from duly.screens import live

NOON = datetime.datetime(2026, 3, 10, 4, tzinfo=datetime.UTC)  # in Shanghai
NIGHT = datetime.datetime(2026, 3, 10, 15, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def borrower(db) -> Borrower:
    user = User.objects.create_user("b1")
    give_roles(user, Role.BORROWER)
    return Borrower.objects.create(reference="B1", time_zones="Asia/Shanghai", user=user, language="zh")


def staff(name: str, role: Role = Role.COLLECTOR) -> User:
    user = User.objects.create_user(name, is_staff=True)
    give_roles(user, role)
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_line_waits_until_it_is_answered_and_is_marked_as_read(borrower: Borrower) -> None:
    borrower_says(borrower, "Can I pay later?", NOON)
    held = Conversation.objects.get()
    assert held.waits_since == NOON
    line = staff_says(borrower, staff("ann"), "Yes: ask for a plan.", NOON + MINUTE)
    held.refresh_from_db()
    assert (held.waits_since, held.taken_by.username, line.contact.purpose) == (None, "ann", "reply")
    read_by_borrower(held, NOON + 2 * MINUTE)
    line.refresh_from_db()
    assert line.read_at == NOON + 2 * MINUTE


def test_what_is_said_cannot_be_read_in_the_database(borrower: Borrower) -> None:
    borrower_says(borrower, "I have lost my work", NOON)
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM talk_line")
        assert "work" not in str(cursor.fetchall())


def test_lines_in_a_row_are_one_contact_and_an_answer_begins_another(borrower: Borrower) -> None:
    ann = staff("ann")
    borrower_says(borrower, "Hello", NOON)
    first = staff_says(borrower, ann, "Good day.", NOON + MINUTE)
    assert staff_says(borrower, ann, "How can I help?", NOON + 2 * MINUTE).contact == first.contact
    borrower_says(borrower, "I cannot pay", NOON + 3 * MINUTE)
    assert staff_says(borrower, ann, "I see.", NOON + 4 * MINUTE).contact != first.contact
    assert Call.objects.filter(channel="chat").count() == 2


def test_nobody_begins_to_chat_at_night_but_a_written_answer_may_be_given(borrower: Borrower) -> None:
    ann = staff("ann")
    with pytest.raises(Refused):
        staff_says(borrower, ann, "You are late.", NIGHT)
    assert not Line.objects.exists()
    assert Conversation.objects.get().taken_by is None
    borrower_says(borrower, "Are you there?", NIGHT)
    assert staff_says(borrower, ann, "Yes.", NIGHT + MINUTE).contact.purpose == "reply"


def test_who_has_not_been_written_to_by_the_borrower_is_not_flooded(borrower: Borrower) -> None:
    ann = staff("ann")
    borrower_says(borrower, "Hello", NOON)
    for number in range(3):
        staff_says(borrower, ann, "Are you there?", NOON + MINUTE + number * ONE_CONTACT)
    with pytest.raises(Refused):
        staff_says(borrower, ann, "Are you there?", NOON + MINUTE + 3 * ONE_CONTACT)


def test_a_colleague_answers_only_once_it_is_handed_over(borrower: Borrower) -> None:
    ann, ben = staff("ann"), staff("ben", Role.LEGAL)
    borrower_says(borrower, "Hello", NOON)
    staff_says(borrower, ann, "Good day.", NOON + MINUTE)
    with pytest.raises(InputError):
        staff_says(borrower, ben, "Me too.", NOON + 2 * MINUTE)
    held = Conversation.objects.get()
    with pytest.raises(InputError):
        hand_over(held, staff("underwriter", Role.UNDERWRITER))
    hand_over(held, ben)
    assert staff_says(borrower, ben, "Now I do.", NOON + 2 * MINUTE).by == ben


@pytest.mark.parametrize(("text", "paper"), [("", None), ("x" * 4001, None), ("look", ("a.pdf", b"MZ not a pdf"))])
def test_nothing_too_much_and_what_is_no_paper_is_refused(borrower: Borrower, text: str, paper) -> None:
    with pytest.raises(InputError):
        borrower_says(borrower, text, NOON, paper=paper)
    assert not Line.objects.exists()


def test_both_sides_write_on_their_pages(borrower: Borrower, django_assert_max_num_queries) -> None:
    mine, ann = signed_in(borrower.user), staff("ann")
    file = SimpleUploadedFile("letter.pdf", PDF, "application/pdf")
    assert mine.post("/my/talk", {"text": "Here it is <b>", "file": file}).status_code == 302
    theirs = signed_in(ann)
    with django_assert_max_num_queries(15):
        assert "Waits for an answer" in theirs.get("/conversations").content.decode()
    with django_assert_max_num_queries(15):
        page = theirs.get("/conversations/B1").content.decode()
    assert "Here it is &lt;b&gt;" in page
    line = Line.objects.get()
    assert line.read_at is not None
    assert theirs.get(f"/conversations/B1/papers/{line.pk}").content == PDF
    answer = theirs.post("/conversations/B1/say", {"answer": "plan"}, follow=True)
    assert answer.status_code == 200
    assert "还款方案" in mine.get("/my/talk").content.decode()
    assert Line.objects.latest("pk").read_at is not None


def test_what_is_of_others_is_not_there(borrower: Borrower) -> None:
    line = borrower_says(borrower, "mine", timezone.now(), paper=("a.pdf", PDF))
    user = User.objects.create_user("other")
    give_roles(user, Role.BORROWER)
    Borrower.objects.create(reference="B2", user=user)
    other = signed_in(user)
    assert "mine" not in other.get("/my/talk").content.decode()
    assert other.get(f"/my/talk/papers/{line.pk}").status_code == 404
    assert other.get("/conversations/B1").status_code == 403
    Borrower.objects.create(reference="B3")
    assert signed_in(staff("ann")).get("/conversations/B3").status_code == 404


def test_an_open_page_hears_of_news() -> None:
    told = iter(["1", "1", "2", "2"])

    async def hear_all() -> list[bytes]:
        return [part async for part in live._events(lambda: next(told), 0.001, 0.003)]

    heads = [part.split(b"\n")[0] for part in asyncio.run(hear_all())]
    assert heads == [b"retry: 3000", b": nothing new", b"event: news", b": nothing new"]
