"""How short messages to one person leave: SMS by a gateway or into the outbox folder, e-mail by Django's backend.

Only what somebody asked for themselves goes this way, codes above all; what the lender has to say passes the gate
(duly.contact).
"""

import os
import secrets
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext

from duly.engine.errors import InputError


def send_sms(number: str, text: str) -> None:
    """Send `text` to a telephone number in E.164: through settings.DULY_SMS_URL, or as a file in the outbox.

    Raises InputError when the gateway does not take it.
    """
    if not settings.DULY_SMS_URL:
        _into_the_outbox(number, text)
        return
    import apprise

    gateway = apprise.Apprise()
    address = settings.DULY_SMS_URL.replace("{to}", quote(number, safe=""))
    if not (gateway.add(address) and gateway.notify(body=text)):
        raise _not_sent("/phone")


def send_email(address: str, subject: str, text: str) -> None:
    """Send `text` to an e-mail address. Raises InputError when the mail server does not take it."""
    try:
        EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, [address]).send()
    except OSError as error:  # what a mail server refuses is an OSError too
        raise _not_sent("/email") from error


def send_text(address: str, subject: str, text: str) -> None:
    """Send `text` to an e-mail address or a telephone number, whichever `address` is. Raises InputError."""
    if "@" in address:
        send_email(address, subject, text)
    else:
        send_sms(address, text)


def _not_sent(where: str) -> InputError:
    return InputError(
        gettext("The message could not be sent."), where, gettext("Try again in a few minutes, or use another address.")
    )


def _into_the_outbox(number: str, text: str) -> None:
    folder = Path(settings.DULY_OUTBOX)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{secrets.token_hex(8)}.sms"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(f"To: {number}\n\n{text}\n")
