"""Registers the payments room with Django, and what it carries out once a second person has agreed."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "duly.payments"
    label = "payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what waits for a second person, and what is erased of a person."""
        from duly.payments import came_back, erasing, explaining, refunds, staff_entry, suspense  # noqa: F401
