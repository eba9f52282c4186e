"""The signed statement behind a code: who made which sort of contact, when, under which mandate. No name, no debt.

Bytes, in order (docs/identity/protocol.md): version, key id (4), channel, purpose, issued (5, seconds since 1970),
good for (3, seconds), the party's code and the mandate's number (a length and UTF-8 each), the proof (16), the
signature (64).
"""

import base64
import hashlib
from dataclasses import dataclass

VERSION = 1
CHANNELS = ("email", "sms", "letter", "voice", "app", "visit", "chat")
PURPOSES = ("reminder", "notice", "legal", "locate", "reply")
DOMAIN = b"duly identity v1\n"
SIGNATURE, PROOF, KEY_ID = 64, 16, 4


@dataclass(frozen=True)
class Statement:
    """What a token says. `party` is empty for the lender's own department, else an agency's code; `issued` in seconds
    since 1970, `good_for` in seconds; `key_id` in hexadecimal; `proof` binds it to a code and somebody's digits."""

    key_id: str
    channel: str
    purpose: str
    issued: int
    good_for: int
    party: str
    mandate: str
    proof: bytes

    def to_sign(self) -> bytes:
        """The very bytes that are signed."""
        return DOMAIN + self.packed()

    def packed(self) -> bytes:
        """All but the signature."""
        party, mandate = self.party.encode(), self.mandate.encode()
        return b"".join(
            (
                bytes([VERSION]),
                bytes.fromhex(self.key_id),
                bytes([CHANNELS.index(self.channel), PURPOSES.index(self.purpose)]),
                self.issued.to_bytes(5, "big"),
                self.good_for.to_bytes(3, "big"),
                bytes([len(party)]),
                party,
                bytes([len(mandate)]),
                mandate,
                self.proof,
            )
        )


def proof_of(code: str, digits: str) -> bytes:
    """What binds a statement to its code and to the digits of whom it is for: 16 bytes of SHA-256."""
    return hashlib.sha256(DOMAIN + f"{code}\n{digits}".encode()).digest()[:PROOF]


def key_id_of(public_key: bytes) -> str:
    """The name of a key: the first four bytes of its SHA-256, in hexadecimal."""
    return hashlib.sha256(public_key).digest()[:KEY_ID].hex()


def written(statement: Statement, signature: bytes) -> str:
    """A token as text: base 64 for addresses, without padding."""
    return base64.urlsafe_b64encode(statement.packed() + signature).rstrip(b"=").decode()


def read_token(text: str) -> tuple[Statement, bytes]:
    """The statement of a token and its signature, which is not checked here. Raises ValueError for what is no token."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise ValueError("this is no token") from None
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise ValueError("this is no token")
    try:
        return _read(raw)
    except (IndexError, UnicodeDecodeError):
        raise ValueError("this is no token") from None


def _read(raw: bytes) -> tuple[Statement, bytes]:
    if raw[0] != VERSION:
        raise ValueError("this token is of another version")
    at = 1 + KEY_ID
    channel, purpose = CHANNELS[raw[at]], PURPOSES[raw[at + 1]]
    issued, good_for = int.from_bytes(raw[at + 2 : at + 7], "big"), int.from_bytes(raw[at + 7 : at + 10], "big")
    at += 10
    party, at = _text(raw, at)
    mandate, at = _text(raw, at)
    if len(raw) != at + PROOF + SIGNATURE:
        raise ValueError("this is no token")
    proof, signature = raw[at : at + PROOF], raw[at + PROOF :]
    return Statement(raw[1 : 1 + KEY_ID].hex(), channel, purpose, issued, good_for, party, mandate, proof), signature


def _text(raw: bytes, at: int) -> tuple[str, int]:
    length = raw[at]
    if len(raw) < at + 1 + length:
        raise ValueError("this is no token")
    return raw[at + 1 : at + 1 + length].decode(), at + 1 + length
