"""Registers the collection room with Django."""

from django.apps import AppConfig


class CollectionConfig(AppConfig):
    name = "duly.collection"
    label = "collection"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say whom collectors and the legal department see, and listen for money that comes in."""
        from django.db.models import Q

        from duly.collection.heard import tell_case
        from duly.collection.models import Case
        from duly.collection.money_in import stop_contacts, stop_tasks
        from duly.contact.signals import person_wrote
        from duly.payments.signals import money_arrived
        from duly.people.roles import Role
        from duly.people.visibility import let_see

        for role in (Role.COLLECTOR, Role.LEGAL):
            let_see(role, lambda user: Q(pk__in=Case.objects.values("borrower")), "who has a case")
        money_arrived.connect(stop_contacts, dispatch_uid="stop_contacts")
        money_arrived.connect(stop_tasks, dispatch_uid="stop_tasks")
        person_wrote.connect(tell_case, dispatch_uid="tell_case")
