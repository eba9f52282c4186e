"""Registers the promises with Django, and what they tell the rooms below."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class PromisesConfig(AppConfig):
    name = "duly.collection.promises"
    label = "promises"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Stop playbooks while a word is open, and judge it after each close."""
        from duly.collection import daily, stops, timeline
        from duly.collection.promises.services import borrowers_with_promises, judge_promises

        stops.register("promise", borrowers_with_promises)
        daily.register("promises", judge_promises)
        timeline.name_kinds(
            {
                "promise_made": gettext_lazy("Promise made"),
                "promise_open": gettext_lazy("Promise open again"),
                "promise_kept": gettext_lazy("Promise kept"),
                "promise_partly_kept": gettext_lazy("Promise partly kept"),
                "promise_broken": gettext_lazy("Promise broken"),
            }
        )
