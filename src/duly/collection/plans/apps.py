"""Registers the plans with Django, and what they tell the rooms below."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class PlansConfig(AppConfig):
    name = "duly.collection.plans"
    label = "plans"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what a code for a plan is for, stop playbooks while a plan is kept, and watch payments and closes."""
        from duly.collection import daily, stops, timeline
        from duly.collection.plans import exceptions  # noqa: F401  registers what a second person agrees to
        from duly.collection.plans.money_in import start_plans
        from duly.collection.plans.watching import borrowers_with_plans, watch_plans
        from duly.payments.signals import money_arrived
        from duly.people import codes

        codes.PURPOSES["agree_plan"] = gettext_lazy("to agree to your new plan")
        stops.register("plan", borrowers_with_plans)
        daily.register("plans", watch_plans)
        timeline.name_kinds(
            {
                "plan_offered": gettext_lazy("Plans offered"),
                "plan_agreed": gettext_lazy("Plan agreed"),
                "plan_kept": gettext_lazy("Plan is kept"),
                "plan_at_risk": gettext_lazy("Plan at risk"),
                "plan_broken": gettext_lazy("Plan broken"),
                "plan_done": gettext_lazy("Plan paid to the end"),
                "plan_lapsed": gettext_lazy("Plan lapsed"),
            }
        )
        money_arrived.connect(start_plans, dispatch_uid="start_plans")
