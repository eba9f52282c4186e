"""Registers placement with Django, and says what it shows, stops and hears."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class PlacementConfig(AppConfig):
    name = "duly.collection.placement"
    label = "placement"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let agencies see what is placed with them, and nothing else; hear of money, protection and suspension."""
        from django.db.models.signals import post_save

        from duly.agencies.signals import agency_stopped, mandate_stopped
        from duly.collection import daily, stops, timeline
        from duly.collection.placement import commission, services
        from duly.contact.acting import let_refuse
        from duly.payments.signals import money_arrived
        from duly.people.models import Circumstance
        from duly.people.roles import Role
        from duly.people.visibility import let_see

        let_see(Role.AGENCY, services.borrowers_of_staff, "what is placed with the agency")
        let_refuse("placement", services.borrowers_refused)
        stops.register("placement", services.borrowers_stopped)
        daily.register("placement", services.work_day)
        daily.register("commission", commission.work_day)
        timeline.name_kinds(
            {"placed": gettext_lazy("Placed with an agency"), "recalled": gettext_lazy("Taken back from an agency")}
        )
        money_arrived.connect(commission.book_arrived, dispatch_uid="book_commission")
        money_arrived.connect(services.recall_paid, dispatch_uid="recall_paid")
        agency_stopped.connect(services.stop_agency, dispatch_uid="stop_agency")
        mandate_stopped.connect(services.recall_mandate, dispatch_uid="recall_mandate")
        post_save.connect(_circumstance_begins, sender=Circumstance, dispatch_uid="recall_protected")


def _circumstance_begins(instance: object, created: bool, **_: object) -> None:
    from django.utils import timezone

    from duly.collection.placement.services import recall_protected

    now = timezone.now()
    if created and (instance.until is None or instance.until > now):
        recall_protected(instance.borrower_id, instance.kind, now)
