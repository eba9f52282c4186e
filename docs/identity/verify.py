"""Checks the QR code of a letter without the lender: python verify.py KEYS.json ADDRESS [LAST-FOUR-DIGITS]

KEYS.json is the lender's /.well-known/duly-identity.json, fetched at any time; ADDRESS is the text of the QR code. One
file, the standard library alone: Ed25519 (RFC 8032) is written out below. It prints what was signed, and ends with 0
when it is genuine and good today, 1 when it is not.
"""

import base64
import datetime
import hashlib
import json
import sys
import time
from urllib.parse import parse_qs, urlsplit

DOMAIN = b"duly identity v1\n"
CHANNELS = ("email", "sms", "letter", "voice", "app", "visit", "chat")
PURPOSES = ("reminder", "notice", "legal", "locate", "reply")

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def recover_x(y, sign):
    """The x of a point, None where there is none (RFC 8032, section 5.1.3)."""
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if x2 == 0:
        return None if sign else 0
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * ROOT % P
    if (x * x - x2) % P:
        return None
    return P - x if x & 1 != sign else x


def add(one, other):
    """The sum of two points in extended coordinates (section 5.1.4)."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar, point):
    """A point added to itself `scalar` times."""
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point = add(point, point)
        scalar >>= 1
    return total


def point_of(text):
    """The point that 32 bytes stand for, None where they stand for none."""
    y = int.from_bytes(text, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (recover_x(BASE_Y, 0), BASE_Y, 1, recover_x(BASE_Y, 0) * BASE_Y % P)


def genuine(public_key, message, signature):
    """Whether `signature` is that of `message` by the holder of `public_key` (section 5.1.7)."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    key, r = point_of(public_key), point_of(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public_key + message).digest(), "little") % ORDER
    left, right = times(s, BASE), add(r, times(h, key))
    return not ((left[0] * right[2] - right[0] * left[2]) % P or (left[1] * right[2] - right[1] * left[2]) % P)


def read(token):
    """What a token says, the bytes that were signed, and the signature. ValueError or IndexError for no token."""
    raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    if raw[0] != 1:
        raise ValueError("a token of another version")
    said = {"kid": raw[1:5].hex(), "channel": CHANNELS[raw[5]], "purpose": PURPOSES[raw[6]]}
    said["issued"], said["good_for"] = int.from_bytes(raw[7:12], "big"), int.from_bytes(raw[12:15], "big")
    at = 15
    for name in ("party", "mandate"):
        end = at + 1 + raw[at]
        said[name], at = raw[at + 1 : end].decode(), end
    if len(raw) != at + 80:
        raise ValueError("not as long as a token is")
    said["proof"] = raw[at : at + 16]
    return said, DOMAIN + raw[:-64], raw[-64:]


def check(keys, address, digits, now):
    """(whether it is genuine and good at `now`, in seconds since 1970; lines that say what was found)."""
    asked = parse_qs(urlsplit(address).query)
    code = asked.get("code", [""])[0].replace("-", "").upper()
    try:
        said, signed, signature = read(asked.get("t", [""])[0])
    except (ValueError, IndexError):
        return False, ["NOT GENUINE: there is no signed statement in it."]
    key = next((one for one in keys["keys"] if one["kid"] == said["kid"] and one["state"] != "compromised"), None)
    if key is None or not genuine(bytes.fromhex(key["x"]), signed, signature):
        return False, ["NOT GENUINE: no key of the lender's has signed it."]
    good_until = said["issued"] + said["good_for"]
    lines = [
        f"from     {'an agency: ' + said['party'] if said['party'] else 'the lender, its own legal department'}",
        f"mandate  {said['mandate'] or 'none is needed'}",
        f"as       {said['channel']}, {said['purpose']}",
        f"made     {day(said['issued'])}, good until {day(good_until)}",
    ]
    if digits and hashlib.sha256(DOMAIN + f"{code}\n{digits.upper()}".encode()).digest()[:16] != said["proof"]:
        return False, ["NOT FOR YOU: it was made for somebody else's number, and copied.", *lines]
    if now >= good_until:
        return False, ["NO LONGER GOOD: it has expired.", *lines]
    return True, ["GENUINE: the lender has signed it.", *lines, "Only the lender's page knows whether it was revoked."]


def day(instant):
    """An instant as a date in UTC."""
    return datetime.datetime.fromtimestamp(instant, datetime.timezone.utc).date().isoformat()  # noqa: UP017 (any Python 3)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as published:
        found = json.load(published)
    ok, said = check(found, sys.argv[2], "".join(sys.argv[3:]), time.time())
    sys.stdout.write("\n".join(said) + "\n")
    sys.exit(0 if ok else 1)
