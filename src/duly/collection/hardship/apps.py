"""Registers hardship with Django, and what it tells the rooms below."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class HardshipConfig(AppConfig):
    name = "duly.collection.hardship"
    label = "hardship"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Stop playbooks of who is protected, let loans go on after each close, and erase what was shown."""
        from duly.collection import daily, stops, timeline
        from duly.collection.hardship import erasing, services  # noqa: F401  they register themselves
        from duly.collection.hardship.protecting import borrowers_protected, end_what_is_over

        stops.register("hardship", borrowers_protected)
        daily.register("hardship", end_what_is_over)
        timeline.name_kinds(
            {
                "hardship_asked": gettext_lazy("Asked for relief"),
                "hardship_withdrawn": gettext_lazy("Took back the request for relief"),
                "hardship_declined": gettext_lazy("Relief declined"),
                "protection_began": gettext_lazy("Protection began"),
                "protection_ended": gettext_lazy("Protection ended"),
            }
        )
