"""Registers the borrowing room with Django."""

from django.apps import AppConfig
from django.db.models import Q


class BorrowingConfig(AppConfig):
    name = "duly.borrowing"
    label = "borrowing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what a second person agrees to here and whom an underwriter sees; listen to payments."""
        from duly.borrowing import by_hand, erasing, following, lines, products  # noqa: F401
        from duly.borrowing.models import Application
        from duly.people.roles import Role
        from duly.people.visibility import let_see

        let_see(Role.UNDERWRITER, lambda user: Q(pk__in=Application.objects.values("borrower")), "applicants")
        following.connect()
