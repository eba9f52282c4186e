"""Registers complaints with Django, and says what an open one stops."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class ComplaintsConfig(AppConfig):
    name = "duly.collection.complaints"
    label = "complaints"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let who answers see who complains; stop the playbook; name the lines of the time line."""
        from django.db.models import Q

        import duly.collection.complaints.correcting
        import duly.collection.complaints.erasing  # noqa: F401
        from duly.collection import stops, timeline
        from duly.collection.complaints.models import Complaint
        from duly.collection.complaints.stopping import borrowers_stopped
        from duly.people.roles import Role
        from duly.people.visibility import let_see

        let_see(Role.LEGAL, lambda user: Q(pk__in=Complaint.objects.values("borrower")), "who has complained")
        stops.register("complaint", borrowers_stopped)
        timeline.name_kinds(
            {
                "complaint_received": gettext_lazy("Complaint or dispute received"),
                "complaint_answered": gettext_lazy("Complaint or dispute answered"),
            }
        )
