"""Registers the people room with Django."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "duly.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what waits for a second person, and what begins with a session."""
        from duly.people import erase  # noqa: F401
        from duly.people.sign_in import sessions  # noqa: F401
