"""The account that looks at the demonstration: made on first use, its password kept beside the book."""

import os
import secrets

from django.conf import settings
from django.contrib.auth.models import User

from duly.people.roles import STAFF, give_roles

NAME = "demo"


def demo_password() -> str:
    """The password of the user `demo`, who has every role of the staff."""
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
    give_roles(user, *STAFF)
    return password
