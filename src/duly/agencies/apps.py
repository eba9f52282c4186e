"""Registers the room of agencies with Django."""

from django.apps import AppConfig


class AgenciesConfig(AppConfig):
    name = "duly.agencies"
    label = "agencies"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what a second person has to agree to."""
        import duly.agencies.services  # noqa: F401
