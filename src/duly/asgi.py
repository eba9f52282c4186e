"""The web application, as an ASGI server loads it: payments have a fast lane, all else is Django's."""

import asyncio
import os
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "duly.settings")
pages = get_asgi_application()

from duly.api.fast_lane import ADDRESS, FastLane  # noqa: E402  models can be imported only now

# Files are small here and may be read at once.
warnings.filterwarnings("ignore", "StreamingHttpResponse must consume synchronous iterators")

# Each page works on a thread, and with a connection to the database, of its own: only so many at a time.
AT_ONCE = 16
room = asyncio.Semaphore(AT_ONCE)
payments = FastLane()


async def application(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """Answer one request."""
    if scope["type"] == "http" and scope["path"] == ADDRESS and scope["method"] == "POST":
        await payments(scope, receive, send)
        return
    if scope["type"] == "http" and scope["path"].endswith("/stream"):
        # Waits most of the time; it must not keep others out.
        await pages(scope, receive, send)
        return
    async with room:
        await pages(scope, receive, send)
