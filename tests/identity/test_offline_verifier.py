"""The one-file verifier checks a letter's QR code by the published keys, and agrees with the library on Ed25519."""

import datetime
import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from duly.identity import keys
from duly.identity.services import GOOD_FOR, Issued, issue
from duly.people.models import Borrower

FILE = Path(__file__).parents[2] / "docs" / "identity" / "verify.py"
OFFLINE = runpy.run_path(str(FILE))
NOON = datetime.datetime(2026, 3, 10, 4, tzinfo=datetime.UTC)


@pytest.fixture
def letter(db) -> Issued:
    somebody = Borrower.objects.create(reference="B-0001", phone="+8613800000012")
    return issue(somebody, "letter", "notice", NOON)


def verdict(letter_address: str, digits: str = "0012", at: datetime.datetime = NOON) -> tuple[bool, str]:
    ok, lines = OFFLINE["check"](keys.published(), letter_address, digits, at.timestamp())
    return ok, lines[0]


def test_a_letter_is_genuine_by_the_published_key(letter: Issued) -> None:
    assert verdict(letter.url) == (True, "GENUINE: the lender has signed it.")
    assert verdict(letter.url, "")[0]


def test_a_copied_changed_expired_or_disowned_one_is_not(letter: Issued) -> None:
    assert verdict(letter.url, "9999")[1].startswith("NOT FOR YOU")
    assert verdict(letter.url[:-3] + "AAA")[1].startswith("NOT GENUINE")
    assert verdict("https://elsewhere.example/verify?code=1")[1].startswith("NOT GENUINE")
    late = NOON + datetime.timedelta(days=GOOD_FOR["letter"])
    assert verdict(letter.url, at=late)[1].startswith("NO LONGER GOOD")
    keys.give_up(keys.signing_key().key_id, NOON)
    assert verdict(letter.url)[1].startswith("NOT GENUINE")


def test_it_runs_as_a_file_of_its_own(letter: Issued, tmp_path: Path) -> None:
    published = tmp_path / "keys.json"
    published.write_text(json.dumps(keys.published()))
    command = [sys.executable, "-I", FILE, published, letter.url, "9999"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "NOT FOR YOU" in done.stdout


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=64), st.integers(-1, 511))
def test_it_agrees_with_the_library_on_every_signature(seed: bytes, message: bytes, bit: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw(), bytearray(private.sign(message))
    if bit >= 0:
        signature[bit // 8] ^= 1 << bit % 8
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(bytes(signature), message)
        expected = True
    except InvalidSignature:
        expected = False
    assert OFFLINE["genuine"](public, message, bytes(signature)) is expected
