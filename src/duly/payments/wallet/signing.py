"""RSA2 signatures, as the wallet makes and checks them: SHA256withRSA over key=value pairs in the order of keys.

Source: Alipay open platform, "sign" of requests and "asynchronous notification": a request's signature covers every
pair but `sign`; a notification's covers neither `sign` nor `sign_type`.
"""

import base64
import binascii
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256


def request_text(fields: Mapping[str, str]) -> str:
    """What the signature of a request covers."""
    return _pairs(fields, without=("sign",))


def notice_text(fields: Mapping[str, str]) -> str:
    """What the signature of a notification covers."""
    return _pairs(fields, without=("sign", "sign_type"))


def sign(text: str, key: RSAPrivateKey) -> str:
    """The signature of `text`, in base64."""
    return base64.b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode()


def holds(text: str, signature: str, key: RSAPublicKey) -> bool:
    """Whether `signature` (base64) is that of `text` by the holder of the other half of `key`."""
    try:
        key.verify(base64.b64decode(signature, validate=True), text.encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _pairs(fields: Mapping[str, str], without: tuple[str, ...]) -> str:
    return "&".join(f"{name}={fields[name]}" for name in sorted(fields) if name not in without)
