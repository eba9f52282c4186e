"""Pages that hear of news while they are open: an event stream (Server-Sent Events) that looks every few seconds."""

import asyncio
from collections.abc import AsyncIterator, Callable

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse

EVERY = 2.0  # seconds between two looks
LASTS = 300.0  # seconds; then the browser asks again by itself


def stream(look: Callable[[], str], *, every: float = EVERY, lasts: float = LASTS) -> StreamingHttpResponse:
    """An event `news` whenever `look` gives another text than before; its first answer is no news.

    `look` may query the database. Pages without scripts lose nothing: they show the same when they are loaded again.
    """
    answer = StreamingHttpResponse(_events(look, every, lasts), content_type="text/event-stream")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


async def _events(look: Callable[[], str], every: float, lasts: float) -> AsyncIterator[bytes]:
    seen = await sync_to_async(look)()
    yield b"retry: 3000\n\n"
    for _ in range(max(1, round(lasts / every))):
        await asyncio.sleep(every)
        now = await sync_to_async(look)()
        if now != seen:
            seen = now
            yield f"event: news\ndata: {now}\n\n".encode()
        else:
            yield b": nothing new\n\n"
