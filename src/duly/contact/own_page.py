"""The address of a borrower's own page: signed, so that it cannot be guessed, and good for a limited time."""

from django.conf import settings
from django.core import signing

_SALT = "duly.own_page"
GOOD_FOR_DAYS = 90


def own_page_address(borrower_id: int) -> str:
    """The full address of the page that tells a borrower who may contact them, and when."""
    return f"{settings.DULY_PUBLIC_URL.rstrip('/')}/my/contact/{signing.dumps(borrower_id, salt=_SALT)}"


def borrower_of(token: str) -> int:
    """The borrower behind the last part of such an address. Raises ValueError when it is not genuine, or too old."""
    try:
        borrower_id = signing.loads(token, salt=_SALT, max_age=GOOD_FOR_DAYS * 24 * 3600)
    except signing.BadSignature as error:
        raise ValueError("this address is not genuine, or too old") from error
    return int(borrower_id)
