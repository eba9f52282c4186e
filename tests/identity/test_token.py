"""The signed statement: the standard's own vectors, round trips, and not one bit that may be changed."""

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from duly.identity.token import CHANNELS, PURPOSES, Statement, key_id_of, proof_of, read_token, written

# RFC 8032, section 7.1, test 2.
SECRET = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
PUBLIC = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
SIGNATURE = (
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)
KEY = Ed25519PrivateKey.from_private_bytes(SECRET)

statements = st.builds(
    Statement,
    key_id=st.binary(min_size=4, max_size=4).map(bytes.hex),
    channel=st.sampled_from(CHANNELS),
    purpose=st.sampled_from(PURPOSES),
    issued=st.integers(0, 2**40 - 1),
    good_for=st.integers(0, 2**24 - 1),
    party=st.text(max_size=20),
    mandate=st.text(max_size=20),
    proof=st.binary(min_size=16, max_size=16),
)


def test_the_signature_is_that_of_the_standard() -> None:
    assert KEY.public_key().public_bytes_raw().hex() == PUBLIC
    assert KEY.sign(b"\x72").hex() == SIGNATURE


@given(statements)
def test_a_statement_reads_as_it_was_written(statement: Statement) -> None:
    signature = KEY.sign(statement.to_sign())
    assert read_token(written(statement, signature)) == (statement, signature)


@given(statements, st.data())
def test_no_bit_can_be_changed(statement: Statement, data: st.DataObject) -> None:
    raw = bytearray(statement.packed() + KEY.sign(statement.to_sign()))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    import base64

    try:
        read, signature = read_token(base64.urlsafe_b64encode(raw).rstrip(b"=").decode())
    except ValueError:
        return
    with pytest.raises(InvalidSignature):
        KEY.public_key().verify(signature, read.to_sign())


@given(st.text(max_size=200))
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="token"):
        read_token(text)


def test_a_token_with_padding_or_spare_bits_is_refused_so_that_each_is_written_in_one_way() -> None:
    statement = Statement(key_id_of(bytes.fromhex(PUBLIC)), "letter", "notice", 1, 2, "", "", proof_of("A", "1"))
    token = written(statement, KEY.sign(statement.to_sign()))
    for other in (token + "=", token[:-1] + chr(ord(token[-1]) ^ 1), token + "\n"):
        with pytest.raises(ValueError, match="token"):
            read_token(other)
