"""Issuing codes with contacts, revoking them, and telling who is behind one."""

import datetime
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

import segno
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.db.models import Q

from duly.agencies.models import Agency, Mandate
from duly.agencies.services import mandate_in_force
from duly.identity.codes import new_code, read_code, shown
from duly.identity.keys import sign, signing_key
from duly.identity.models import IssuedCode, SigningKey, Try
from duly.identity.token import Statement, proof_of, read_token, written
from duly.people.blind_index import blind_index, every_index
from duly.people.models import Borrower

DIGITS = 4
# For how many days a code answers, by channel: as long as people keep what it came with.
GOOD_FOR = {"email": 90, "sms": 30, "letter": 180, "voice": 7, "app": 90, "visit": 30, "chat": 7}
# Wrong tries from one address, and with one code by anybody, before the answer is to wait.
TRIES_OF_ONE, WITHIN = 20, datetime.timedelta(hours=1)
TRIES_OF_A_CODE, A_DAY = 10, datetime.timedelta(days=1)


@dataclass(frozen=True)
class Issued:
    """A code for one contact: as people type it, and the address behind its QR code."""

    code: str
    url: str
    token: str

    @property
    def svg(self) -> str:
        """The QR code of the address, as an SVG element without size."""
        return str(segno.make(self.url, error="m", micro=False).svg_inline(omitsize=True, border=2))


class Verdict(StrEnum):
    """What the page says: it is genuine; it was, and is no longer good; it is not ours; or try again later."""

    GENUINE = "genuine"
    NO_LONGER = "no_longer"
    NOT_OURS = "not_ours"
    WAIT = "wait"


@dataclass(frozen=True)
class Checked:
    """The answer to somebody who checked a code; the rest is empty unless it is or was genuine."""

    verdict: Verdict
    channel: str = ""
    purpose: str = ""
    issued_at: datetime.datetime | None = None
    agency: Agency | None = None
    mandate: Mandate | None = None
    why: str = ""


def digits_of(borrower: Borrower) -> str:
    """The last four digits by which somebody shows that a contact was to them: of their telephone number.

    Where there is none, of their identity number, or else the end of their reference, which is on their contract.
    """
    for text in (borrower.phone, borrower.id_number, borrower.reference):
        plain = "".join(symbol for symbol in str(text or "").upper() if symbol.isalnum())
        if len(plain) >= DIGITS:
            return plain[-DIGITS:]
    return str(borrower.reference).upper()


def issue(
    borrower: Borrower,
    channel: str,
    purpose: str,
    at: datetime.datetime,
    *,
    agency: Agency | None = None,
    mandate: Mandate | None = None,
    telephone_digits: str = "",
) -> Issued:
    """A code for a contact with `borrower` at `at`, in the caller's transaction: it goes out with it, or not at all.

    `telephone_digits` are those of the number that it was sent to, where that is not the one on record.
    """
    issued, row = draw_up(signing_key(), borrower, channel, purpose, at, agency, mandate, telephone_digits)
    row.save()
    return issued


def draw_up(
    key: SigningKey,
    borrower: Borrower,
    channel: str,
    purpose: str,
    at: datetime.datetime,
    agency: Agency | None = None,
    mandate: Mandate | None = None,
    telephone_digits: str = "",
) -> tuple[Issued, IssuedCode]:
    """The same, signed by `key` and not yet saved: for whoever issues many, and saves them with their contacts."""
    code = new_code()
    good_for = datetime.timedelta(days=GOOD_FOR[channel])
    digits = (telephone_digits or digits_of(borrower))[-DIGITS:].upper()
    statement = Statement(
        key_id=key.key_id,
        channel=channel,
        purpose=purpose,
        issued=int(at.timestamp()),
        good_for=int(good_for.total_seconds()),
        party=agency.code if agency else "",
        mandate=mandate.number if mandate else "",
        proof=proof_of(code, digits),
    )
    token = written(statement, sign(key, statement.to_sign()))
    row = IssuedCode(
        code=code,
        proof=statement.proof.hex(),
        key=key,
        borrower=borrower,
        agency=agency,
        mandate=mandate,
        channel=channel,
        purpose=purpose,
        issued_at=at,
        expires_at=at + good_for,
    )
    return Issued(shown(code), address(code, token), token), row


def address(code: str, token: str) -> str:
    """The public page's address for a code."""
    return f"{settings.DULY_PUBLIC_URL.rstrip('/')}/verify?{urlencode({'code': shown(code), 't': token})}"


def revoke(
    at: datetime.datetime,
    why: str,
    *,
    agency: Agency | None = None,
    mandate: Mandate | None = None,
    borrower_ids: Iterable[int] | None = None,
) -> int:
    """Make codes no longer good from `at`, whatever else they are good for; gives how many. `why` is a word.

    Those of an agency, of a mandate, of an agency about some borrowers (a recall), or of everybody about some borrowers
    (their case closed). Raises ValueError when nothing is named: nobody revokes everything.
    """
    which = Q()
    if agency is not None:
        which &= Q(agency=agency)
    if mandate is not None:
        which &= Q(mandate=mandate)
    if borrower_ids is not None:
        which &= Q(borrower__in=list(borrower_ids))
    if not which:
        raise ValueError("name an agency, a mandate or borrowers")
    return IssuedCode.objects.filter(which, revoked_at__isnull=True).update(revoked_at=at, revoked_why=why[:32])


def check(text: str, digits: str, at: datetime.datetime, *, asked_from: str) -> Checked:
    """Who is behind the code in `text`, for whoever gives the digits of the person it was sent to.

    The same queries and the same work whatever the answer is: an unknown code, wrong digits and the code of another
    cannot be told apart.
    """
    code = read_code(text)
    from_index = blind_index(asked_from or "nowhere", str)
    indexes = every_index(code or "no code", str)
    failed = Try.objects.filter(genuine=False)
    of_one = failed.filter(from_index=from_index, at__gt=at - WITHIN).count()
    of_code = failed.filter(code_index__in=indexes, at__gt=at - A_DAY).count()
    if of_one >= TRIES_OF_ONE or of_code >= TRIES_OF_A_CODE:
        return Checked(Verdict.WAIT)
    found = IssuedCode.objects.select_related("key", "agency", "mandate").filter(code_index__in=indexes).first()
    given = "".join(symbol for symbol in digits.upper() if symbol.isalnum())[-DIGITS:]
    expected = found.proof if found else "0" * 32
    same = hmac.compare_digest(proof_of(code or "", given).hex(), expected)
    genuine = found is not None and same
    Try.objects.create(at=at, from_index=from_index, code_index=indexes[0] if code else "", genuine=genuine)
    return _answer(found, at) if found is not None and same else Checked(Verdict.NOT_OURS)


def _answer(found: IssuedCode, at: datetime.datetime) -> Checked:
    why = found.revoked_why or "revoked" if found.revoked_at is not None and found.revoked_at <= at else ""
    if not why and found.expires_at <= at:
        why = "expired"
    if not why and found.agency is not None and mandate_in_force(found.agency, at) is None:
        why = "mandate"
    verdict = Verdict.NO_LONGER if why else Verdict.GENUINE
    return Checked(verdict, found.channel, found.purpose, found.issued_at, found.agency, found.mandate, why)


def signed_by_us(token: str, at: datetime.datetime) -> Statement | None:
    """The statement of a token that one of our keys has signed and that is still good; None for any other."""
    try:
        statement, signature = read_token(token)
    except ValueError:
        return None
    key = SigningKey.objects.filter(key_id=statement.key_id, compromised_at__isnull=True).first()
    if key is None or at.timestamp() >= statement.issued + statement.good_for:
        return None
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.public_key)).verify(signature, statement.to_sign())
    except InvalidSignature:
        return None
    return statement
