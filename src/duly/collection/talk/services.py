"""Saying something in a conversation, reading it, handing it over. What staff say passes the gate as a contact."""

import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext

from duly.borrowing.documents import checked
from duly.borrowing.models import SealedFile
from duly.borrowing.sealed import seal
from duly.collection import timeline
from duly.collection.talk.models import Conversation, Line
from duly.contact.calls import Refused, begin_call, finish_call
from duly.contact.inbound import wrote_in_portal
from duly.contact.models import Call, Inbound, Outcome, Purpose
from duly.engine.errors import InputError
from duly.people.models import Borrower
from duly.people.roles import Role, roles_of

LONGEST = 4000
WHO_ANSWERS = (Role.COLLECTOR, Role.LEGAL)
# Lines that staff write within this time, or until the borrower answers, are one contact.
ONE_CONTACT = datetime.timedelta(minutes=30)
# How long after a borrower wrote an answer counts as one: the base pack's days for a reply.
ANSWERS_WITHIN = datetime.timedelta(days=7)


def conversation_of(borrower: Borrower) -> Conversation | None:
    """The conversation with `borrower`, if anything was ever said."""
    return Conversation.objects.select_related("taken_by").filter(borrower=borrower).first()


def borrower_says(
    borrower: Borrower, text: str, at: datetime.datetime, *, paper: tuple[str, bytes] | None = None
) -> Line:
    """The borrower writes: a line, a paper (its name and content), or both; it waits for an answer.

    Raises InputError for nothing, too much, and a paper that is not what it should be.
    """
    said, file = _what(text, paper)
    with transaction.atomic():
        held, _ = Conversation.objects.select_for_update().get_or_create(borrower=borrower, defaults={"last_at": at})
        line = Line.objects.create(
            conversation=held, at=at, text=said, file=file, called=paper[0][:200] if paper else ""
        )
        held.last_at = at
        held.waits_since = held.waits_since or at
        held.save(update_fields=["last_at", "waits_since"])
        wrote_in_portal(borrower, f"chat/{line.pk}", at)
    return line


def staff_says(
    borrower: Borrower, by: User, text: str, at: datetime.datetime, *, paper: tuple[str, bytes] | None = None
) -> Line:
    """One of the lender's people writes, as a contact that the gate allows at this instant.

    Lines of an answer that follow one another are one contact. Raises contact.calls.Refused when the gate forbids it,
    InputError for nothing, too much, and a conversation that a colleague has taken.
    """
    said, file = _what(text, paper)
    with transaction.atomic():
        held, _ = Conversation.objects.select_for_update(of=("self",)).get_or_create(
            borrower=borrower, defaults={"last_at": at}
        )
        if held.taken_by_id not in (None, by.pk):
            raise InputError(
                gettext("A colleague answers here."), "/conversation", gettext("Ask them to hand it over, or take it.")
            )
        # Taken before the gate is asked: two colleagues who press the button together make one contact.
        free = held.taken_by_id is None
        held.taken_by = by
        held.save(update_fields=["taken_by"])
    try:
        contact = _contact_now(held, by, at) or _new_contact(borrower, by, at)
    except (Refused, InputError):
        if free:
            Conversation.objects.filter(pk=held.pk, taken_by=by).update(taken_by=None)
        raise
    with transaction.atomic():
        line = Line.objects.create(
            conversation=held,
            by=by,
            contact=contact,
            at=at,
            text=said,
            file=file,
            called=paper[0][:200] if paper else "",
        )
        Conversation.objects.filter(pk=held.pk).update(last_at=at, waits_since=None, taken_by=by)
        timeline.note(borrower, "chat_answered", "", at, by)
    return line


def read_by_borrower(conversation: Conversation, at: datetime.datetime) -> None:
    """The borrower has the page open: what staff wrote is read."""
    conversation.lines.filter(by__isnull=False, read_at=None).update(read_at=at)


def read_by_staff(conversation: Conversation, at: datetime.datetime) -> None:
    """One of staff has the page open: what the borrower wrote is read."""
    conversation.lines.filter(by=None, read_at=None).update(read_at=at)


def hand_over(conversation: Conversation, to: User) -> None:
    """From now on `to` answers. Raises InputError when they may not."""
    if roles_of(to).isdisjoint(WHO_ANSWERS):
        raise InputError(gettext("They cannot answer borrowers."), "/to", gettext("Choose a colleague who can."))
    Conversation.objects.filter(pk=conversation.pk).update(taken_by=to)


def latest_lines(conversation: Conversation | None, most: int) -> list[Line]:
    """The last `most` lines, oldest first; none where nothing was ever said."""
    if conversation is None:
        return []
    return list(conversation.lines.select_related("by", "file").order_by("-pk")[:most])[::-1]


def news_of(borrower: Borrower) -> str:
    """A text that changes whenever a line is written, or the last one is read."""
    last = Line.objects.filter(conversation__borrower=borrower).order_by("-pk").values_list("pk", "read_at").first()
    return str(last)


def waiting_conversations() -> QuerySet[Conversation]:
    """Conversations with a line that nobody has answered, the longest waiting first; then the others, newest first."""
    rows = Conversation.objects.select_related("borrower", "taken_by")
    return rows.order_by(F("waits_since").asc(nulls_last=True), "-last_at")


def _what(text: str, paper: tuple[str, bytes] | None) -> tuple[str, SealedFile | None]:
    said = text.strip()
    if not said and paper is None:
        raise InputError(gettext("Nothing is written."), "/text", gettext("Write something, or choose a file."))
    if len(said) > LONGEST:
        raise InputError(
            gettext("This is too long."), "/text", gettext("Write at most %(most)s letters.") % {"most": LONGEST}
        )
    if paper is None:
        return said, None
    harmless, media_type = checked(paper[1])
    return said, seal(harmless, media_type)


def _contact_now(held: Conversation, by: User, at: datetime.datetime) -> Call | None:
    """The contact that `by` is in the middle of here: begun lately, and not answered since."""
    last = held.lines.select_related("contact").order_by("-pk").first()
    if last is None or last.by_id != by.pk or last.contact is None or at - last.contact.begun_at >= ONE_CONTACT:
        return None
    # An answer may be given at any hour; a line that nobody asked for is asked about anew each time.
    return last.contact if last.contact.purpose == Purpose.REPLY else None


def _new_contact(borrower: Borrower, by: User, at: datetime.datetime) -> Call:
    heard = Inbound.objects.filter(borrower=borrower, at__gt=at - ANSWERS_WITHIN, at__lte=at).exists()
    purpose = Purpose.REPLY if heard else Purpose.REMINDER
    call = begin_call(borrower, by, purpose, at, channel=Call.Channel.CHAT)
    return finish_call(call, Outcome.REACHED if heard else Outcome.LEFT_MESSAGE, "", at)
