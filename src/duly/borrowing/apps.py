"""Registers the borrowing room with Django."""

from django.apps import AppConfig


class BorrowingConfig(AppConfig):
    name = "duly.borrowing"
    label = "borrowing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room carries out once a second person has agreed."""
        from duly.borrowing import by_hand, lines, products  # noqa: F401
