"""Registers the contact room with Django."""

from django.apps import AppConfig


class ContactConfig(AppConfig):
    name = "duly.contact"
    label = "contact"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what erasing a person means here."""
        from duly.contact import erasing  # noqa: F401
