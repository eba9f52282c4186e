"""The lender's account at the wallet: who it is there, and the keys of both sides, as settings name them.

When the demonstration is on (settings.DULY_WALLET_DEMONSTRATION) and no account is named, both sides are ours: two
keys are made in DULY_HOME/wallet on first use, and money is only played with.
"""

import base64
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

from duly.engine.errors import InputError

SOURCE = "wallet:alipay"
DEMONSTRATION = "demonstration"


@dataclass(frozen=True)
class WalletAccount:
    """`lender_key` signs our requests, `wallet_key` checks the wallet's messages; `gateway` is where requests go."""

    app_id: str
    seller_id: str
    lender_key: rsa.RSAPrivateKey
    wallet_key: rsa.RSAPublicKey
    gateway: str
    demonstration: bool = False


def wallet_account() -> WalletAccount:
    """The account that settings name. Raises InputError when there is none."""
    if settings.DULY_WALLET_APP_ID:
        return WalletAccount(
            app_id=settings.DULY_WALLET_APP_ID,
            seller_id=settings.DULY_WALLET_SELLER_ID,
            lender_key=_private(Path(settings.DULY_WALLET_PRIVATE_KEY_FILE)),
            wallet_key=_public(Path(settings.DULY_WALLET_PUBLIC_KEY_FILE)),
            gateway=settings.DULY_WALLET_GATEWAY,
        )
    if settings.DULY_WALLET_DEMONSTRATION:
        return WalletAccount(
            app_id=DEMONSTRATION,
            seller_id=DEMONSTRATION,
            lender_key=_demonstration_key("lender"),
            wallet_key=demonstration_wallet_key().public_key(),
            gateway=f"{settings.DULY_PUBLIC_URL}/pay/wallet/demonstration",
            demonstration=True,
        )
    raise InputError("no wallet is set up", "/wallet", "set DULY_WALLET_APP_ID and the keys; see docs/payments.md")


def is_set_up() -> bool:
    """Whether borrowers can pay by wallet."""
    return bool(settings.DULY_WALLET_APP_ID or settings.DULY_WALLET_DEMONSTRATION)


def demonstration_wallet_key() -> rsa.RSAPrivateKey:
    """The key by which the demonstration's wallet signs."""
    return _demonstration_key("wallet")


@lru_cache
def _private(path: Path) -> rsa.RSAPrivateKey:
    return serialization.load_pem_private_key(_as_pem(path, "PRIVATE KEY"), password=None)  # type: ignore[return-value]


@lru_cache
def _public(path: Path) -> rsa.RSAPublicKey:
    return serialization.load_pem_public_key(_as_pem(path, "PUBLIC KEY"))  # type: ignore[return-value]


def _as_pem(path: Path, kind: str) -> bytes:
    # The wallet hands keys out as bare base64, without the lines that PEM begins and ends with.
    text = path.read_bytes().strip()
    if text.startswith(b"-----"):
        return text
    body = base64.encodebytes(base64.b64decode(text))
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (kind.encode(), body, kind.encode())


def _demonstration_key(side: str) -> rsa.RSAPrivateKey:
    path = Path(settings.HOME) / "wallet" / f"demonstration-{side}.pem"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        written = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        own = path.with_name(f"{path.name}.{os.getpid()}")
        own.touch(mode=0o600)
        own.write_bytes(written)
        try:
            os.link(own, path)  # whoever is first wins
        except FileExistsError:
            pass
        finally:
            own.unlink()
    return _private(path)
