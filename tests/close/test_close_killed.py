"""A close that is killed at any instant leaves its day closed or not begun; finished later, the book is the same."""

import os
import random
import subprocess
import sys
from datetime import date

import pytest

from database_copies import copied_database
from duly.close.models import Close
from duly.close.services import close_through
from small_book import ONE_DAY, START, all_that_closes_wrote, busy_book

CLOSE = """
import datetime, sys
import django
django.setup()
from duly.close.services import close_through
from duly.close.status import book_status
through = datetime.date.fromisoformat(sys.argv[1])
book_status(through)  # everything is loaded and compiled now: the kill meets the close itself
print("closing", flush=True)
close_through(through)
"""
# A day of the small book takes some milliseconds: no child comes near the end before it is killed.
DAYS = 250
LONGEST_SECONDS = 0.15


def closing(through: date) -> subprocess.Popen[str]:
    """Another process, on the book of this test, about to close."""
    child = subprocess.Popen(
        [sys.executable, "-c", CLOSE, through.isoformat()],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "duly.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "closing\n"
    return child


@pytest.mark.parametrize("kills", [5, pytest.param(100, marks=pytest.mark.soak)])
def test_killed_at_random_moments_the_book_ends_as_if_never_killed(book, kills):
    busy_book(30, seed=11)
    last = START + DAYS * ONE_DAY
    with copied_database():
        close_through(last)
        never_killed = all_that_closes_wrote()
    chance = random.Random(kills)
    closed = 0
    for _ in range(kills):
        child = closing(last)
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(timeout=chance.uniform(0, LONGEST_SECONDS))
        child.kill()
        child.communicate()
        assert Close.objects.count() >= closed
        closed = Close.objects.count()
    close_through(last)
    assert all_that_closes_wrote() == never_killed
