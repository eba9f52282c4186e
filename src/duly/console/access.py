"""What staff accounts may look at."""

from django.contrib.auth.models import Permission, User

from duly.console.admin import ROOMS


def allow_records(user: User) -> None:
    """Let `user` look at the records of every room. Nobody can change them there."""
    views = Permission.objects.filter(content_type__app_label__in=ROOMS, codename__startswith="view_")
    user.user_permissions.add(*views)


def allow_duties(user: User) -> None:
    """Let `user` mark duties done and record what sets their clocks running."""
    user.user_permissions.add(
        *Permission.objects.filter(content_type__app_label="duties", codename__in=["add_mark", "add_event"])
    )
