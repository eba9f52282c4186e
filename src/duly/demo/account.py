"""The account that looks at the demonstration: made on first use, its password kept beside the book."""

import os
import secrets

from django.conf import settings
from django.contrib.auth.models import User

from duly.console.access import allow_duties, allow_records

NAME = "demo"


def demo_password() -> str:
    """The password of the user `demo`, who may look at everything and mark duties done."""
    path = settings.HOME / "demo_password"
    if path.exists():
        password = path.read_text().strip()
    else:
        password = secrets.token_urlsafe(12)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(password + "\n")
    user, made = User.objects.get_or_create(username=NAME, defaults={"is_staff": True})
    if made or not user.check_password(password):
        user.set_password(password)
        user.save()
        allow_records(user)
        allow_duties(user)
    return password
