"""How often a client may ask: a rate of requests a minute, spent smoothly, counted in each server process."""

import threading
import time
from dataclasses import dataclass
from math import ceil

MINUTE = 60.0


@dataclass(frozen=True)
class Allowance:
    """What is left to a client: `left` of `a_minute` requests, `full_in` seconds until all of them are there again.

    `wait` is how many seconds to wait when the request is one too many, else 0.
    """

    a_minute: int
    left: int
    full_in: int
    wait: int

    def headers(self) -> dict[str, str]:
        """The headers of the IETF draft "RateLimit header fields for HTTP", and Retry-After when one must wait."""
        told = {
            "RateLimit-Policy": f'"client";q={self.a_minute};w={MINUTE:.0f}',
            "RateLimit": f'"client";r={self.left};t={self.full_in}',
        }
        return told | ({"Retry-After": str(self.wait)} if self.wait else {})


class Rates:
    """The generic cell rate algorithm (ITU-T I.371): one instant a client says how much it has spent."""

    def __init__(self) -> None:
        self._spent_until: dict[str, float] = {}
        self._lock = threading.Lock()

    def spend(self, who: str, a_minute: int, now: float | None = None) -> Allowance:
        """Count one request of `who`, who may make `a_minute` of them in any minute."""
        now = time.monotonic() if now is None else now
        each = MINUTE / a_minute
        with self._lock:
            spent_until = max(self._spent_until.get(who, now), now)
            refused = spent_until + each > now + MINUTE + 1e-9
            if not refused:
                spent_until += each
                self._spent_until[who] = spent_until
        ahead = spent_until - now
        left = max(0, int((MINUTE - ahead) / each + 1e-9))
        return Allowance(a_minute, left, ceil(ahead), ceil(spent_until + each - now - MINUTE) if refused else 0)

    def clear(self) -> None:
        """Forget what was spent."""
        with self._lock:
            self._spent_until.clear()


rates = Rates()
