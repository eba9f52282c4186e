"""The borrower's conversation with the lender's people."""

from functools import partial

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from duly.collection.talk.models import Line
from duly.collection.talk.services import borrower_says, conversation_of, latest_lines, news_of, read_by_borrower
from duly.engine.errors import InputError
from duly.people.access import open_to
from duly.people.roles import Role
from duly.portal.own import own_record
from duly.screens.live import stream
from duly.screens.papers import sealed_paper, uploaded
from duly.screens.refusals import tell_refusal

SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Role.BORROWER)
def my_talk(request: HttpRequest) -> HttpResponse:
    """What was said, newest last; posting says something. What staff wrote counts as read once it is shown."""
    borrower, now = own_record(request), timezone.now()
    if request.method == "POST":
        try:
            borrower_says(borrower, request.POST.get("text", ""), now, paper=uploaded(request))
        except InputError as error:
            tell_refusal(request, error)
        return redirect("my_talk")
    held = conversation_of(borrower)
    lines = latest_lines(held, SHOWN)
    if held and any(line.by_id and line.read_at is None for line in lines):
        read_by_borrower(held, now)
    return render(request, "portal/talk.html", {"page": "talk", "lines": lines, "conversation": held})


@require_safe
@open_to(Role.BORROWER)
def my_talk_stream(request: HttpRequest) -> StreamingHttpResponse:
    """News of the conversation while its page is open."""
    return stream(partial(news_of, own_record(request)))


@require_safe
@open_to(Role.BORROWER)
def my_talk_paper(request: HttpRequest, number: int) -> FileResponse | HttpResponse:
    """A paper of the conversation."""
    line = get_object_or_404(Line.objects.select_related("file"), pk=number, conversation__borrower=own_record(request))
    if line.file is None:
        raise Http404
    return sealed_paper(line.file, f"paper-{line.file_id}")
