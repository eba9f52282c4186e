"""The ground that tests stand on: a book of one's own is empty, private, and seen by every process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction

import postgres

COUNT_GROUPS = (
    "import django; django.setup(); from django.contrib.auth.models import Group; print(Group.objects.count())"
)


@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_book_starts_empty_whatever_the_last_test_left(book, turn):
    assert not Group.objects.exists()
    Group.objects.create(name=turn)
    assert not connection.in_atomic_block


def test_another_process_sees_what_was_committed_to_the_book(book):
    with transaction.atomic():
        Group.objects.create(name="here")
    said = subprocess.run(
        [sys.executable, "-c", COUNT_GROUPS],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "duly.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "1"


@pytest.mark.django_db
def test_a_plain_database_test_runs_inside_a_transaction_on_the_database_asked_for():
    assert connection.in_atomic_block
    asked = os.environ.get("DULY_DATABASE_URL", "sqlite:").split(":")[0]
    assert connection.vendor == asked


@pytest.mark.django_db(transaction=True)
def test_a_transactional_test_gets_a_copy_too():
    assert "book" in Path(connection.settings_dict["NAME"]).name
    Group.objects.create(name="gone with the copy")


def test_the_throwaway_server_is_gone_afterwards_even_when_the_command_fails(tmp_path):
    script = "import os, sys; open(sys.argv[1], 'w').write(os.environ['DULY_DATABASE_URL']); sys.exit(7)"
    said = tmp_path / "url"
    status = postgres.main([sys.executable, "-c", script, str(said)])
    assert status == 7
    folder = Path(said.read_text().split("@")[1].removesuffix("/duly").replace("%2F", "/"))
    assert folder.name.startswith("duly-pg-")
    assert not folder.exists()
