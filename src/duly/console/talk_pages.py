"""Conversations with borrowers: who waits for an answer, and one conversation with its answers and its handing over."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from duly.collection.talk.answers import answers
from duly.collection.talk.models import Conversation, Line
from duly.collection.talk.services import (
    WHO_ANSWERS,
    conversation_of,
    hand_over,
    latest_lines,
    news_of,
    read_by_staff,
    staff_says,
    waiting_conversations,
)
from duly.contact.calls import Refused
from duly.engine.errors import InputError
from duly.people.access import open_to
from duly.people.languages import language_now, language_of
from duly.people.models import Borrower
from duly.people.visibility import limited, visible_borrowers
from duly.screens.live import stream
from duly.screens.papers import sealed_paper, uploaded
from duly.screens.refusals import tell_forbidden, tell_refusal

PAGE_SIZE, SHOWN = 50, 300


@require_safe
@open_to(*WHO_ANSWERS)
def conversations(request: HttpRequest) -> HttpResponse:
    """Who waits for an answer, the longest first; then all others, newest first."""
    shown = Paginator(limited(waiting_conversations(), request.user), PAGE_SIZE).get_page(request.GET.get("page", "1"))
    return render(request, "console/conversations.html", {"page": "talk", "shown": shown})


@require_safe
@open_to(*WHO_ANSWERS)
def conversation(request: HttpRequest, reference: str) -> HttpResponse:
    """One conversation; what the borrower wrote counts as read."""
    borrower = _borrower(request, reference)
    held = conversation_of(borrower)
    lines = latest_lines(held, SHOWN)
    if held and any(line.by_id is None and line.read_at is None for line in lines):
        read_by_staff(held, timezone.now())
    colleagues = User.objects.filter(is_active=True, groups__name__in=[role.value for role in WHO_ANSWERS]).distinct()
    context = {
        "page": "talk",
        "borrower": borrower,
        "conversation": held,
        "lines": lines,
        "answers": [(one.id, one.title[language_now()]) for one in answers().values()],
        "colleagues": colleagues.exclude(pk=request.user.pk).order_by("username"),
        "mine": held is None or held.taken_by_id in (None, request.user.pk),
    }
    return render(request, "console/conversation.html", context)


@require_POST
@open_to(*WHO_ANSWERS)
def say(request: HttpRequest, reference: str) -> HttpResponse:
    """Answer, in words of one's own or with a canned answer in the borrower's language."""
    borrower = _borrower(request, reference)
    canned = answers().get(request.POST.get("answer", ""))
    text = request.POST.get("text", "").strip() or (canned.text[language_of(borrower.language)] if canned else "")
    try:
        staff_says(borrower, request.user, text, timezone.now(), paper=uploaded(request))
    except Refused as refused:
        tell_forbidden(request, refused)
    except InputError as error:
        tell_refusal(request, error)
    return redirect("conversation", reference)


@require_POST
@open_to(*WHO_ANSWERS)
def hand_over_conversation(request: HttpRequest, reference: str) -> HttpResponse:
    """Hand it over to a colleague, or take it oneself."""
    held = get_object_or_404(Conversation, borrower=_borrower(request, reference))
    name = request.POST.get("to", "")
    to = request.user if name == "me" else User.objects.filter(username=name, is_active=True).first()
    if to is None:
        raise Http404
    try:
        hand_over(held, to)
        messages.success(request, gettext("%(user)s answers from now on.") % {"user": to.get_username()})
    except InputError as error:
        tell_refusal(request, error)
    return redirect("conversation", reference)


@require_safe
@open_to(*WHO_ANSWERS)
def conversation_stream(request: HttpRequest, reference: str) -> StreamingHttpResponse:
    """News of a conversation while its page is open."""
    return stream(partial(news_of, _borrower(request, reference)))


@require_safe
@open_to(*WHO_ANSWERS)
def conversation_paper(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """A paper of a conversation."""
    lines = Line.objects.select_related("file").filter(conversation__borrower=_borrower(request, reference))
    line = get_object_or_404(lines, pk=number)
    if line.file is None:
        raise Http404
    return sealed_paper(line.file, f"paper-{line.file_id}")


def _borrower(request: HttpRequest, reference: str) -> Borrower:
    return get_object_or_404(visible_borrowers(request.user), reference=reference)
