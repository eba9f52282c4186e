"""A clock that is turned by hand: while it is held, the services of this process read its time."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from django.utils import timezone


class Clock:
    """The time of a simulation: an instant in UTC."""

    def __init__(self, now: datetime.datetime) -> None:
        self.now = now

    def turn_to(self, day: datetime.date, hour: int, minute: int = 0) -> datetime.datetime:
        """Turn it to an hour of a day in the lender's time zone; never back. The instant in UTC."""
        local = datetime.datetime.combine(day, datetime.time(hour, minute), timezone.get_default_timezone())
        self.now = max(self.now, local.astimezone(datetime.UTC))
        return self.now


@contextmanager
def held(now: datetime.datetime) -> Iterator[Clock]:
    """A clock that stands at `now` and that everything in this process reads, until the block ends."""
    clock = Clock(now)
    with patch.object(timezone, "now", lambda: clock.now):
        yield clock
