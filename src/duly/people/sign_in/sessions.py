"""Sessions: kept in the database, encrypted, for they hold addresses and codes; and ended in time.

Named in settings.SESSION_ENGINE.
"""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.contrib.sessions.serializers import JSONSerializer
from django.core import signing
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from duly.people.encryption import decrypt, encrypt

BEGAN, LAST_SEEN = "began_at", "last_seen_at"
# A session's last use is written down so often, in seconds: not on every request.
NOTED_EVERY = 60


class SessionStore(DatabaseStore):
    """A session whose content nobody reads in the database."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Django's own table."""
        return Session

    def encode(self, session_dict: dict[str, Any]) -> str:
        """The session as a token under the newest key."""
        return encrypt(signing.b64_encode(JSONSerializer().dumps(session_dict)).decode())

    def decode(self, session_data: str) -> dict[str, Any]:
        """The session again; nothing where its key is gone or it was written before there was one."""
        try:
            return JSONSerializer().loads(signing.b64_decode(decrypt(session_data).encode()))
        except ValueError:
            return {}


class SessionsEnd:
    """Middleware: who is signed in is signed out when nothing was done for a while, and after a day's work anyhow."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = int(time.time())
            began, last_seen = request.session.get(BEGAN, 0), request.session.get(LAST_SEEN, 0)
            if now - began >= settings.DULY_SESSION_ENDS or now - last_seen >= settings.DULY_SESSION_IDLE:
                logout(request)
            elif now - last_seen >= NOTED_EVERY:
                request.session[LAST_SEEN] = now
        return self.get_response(request)


@receiver(user_logged_in, dispatch_uid="duly.people.session_begins")
def begin(request: HttpRequest, **rest: object) -> None:
    """Note when a session began."""
    request.session[BEGAN] = request.session[LAST_SEEN] = int(time.time())
