"""Registers the credit record with Django."""

from django.apps import AppConfig


class BureauConfig(AppConfig):
    name = "duly.bureau"
    label = "bureau"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have borrowers told after each close before anything adverse is reported."""
        from duly.bureau.notices import plan_notices
        from duly.collection import daily

        daily.register("bureau", plan_notices)
