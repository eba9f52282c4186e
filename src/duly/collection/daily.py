"""What other rooms do after each close, before the playbook's steps are planned: judge promises, watch plans."""

import datetime
from collections.abc import Callable

# The day that was closed, and the instant of the work. Within the transaction in which the close is worked.
DailyWork = Callable[[datetime.date, datetime.datetime], None]

_works: dict[str, DailyWork] = {}


def register(name: str, work: DailyWork) -> None:
    """From now on `work` is done for every close, in the order of registration, once cases have opened and closed.

    Rooms call it in their AppConfig.ready. A name that is registered again is replaced.
    """
    _works[name] = work


def work_all(day: datetime.date, now: datetime.datetime) -> None:
    """Do what every room does after the close of `day`."""
    for work in _works.values():
        work(day, now)
