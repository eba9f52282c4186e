"""Registers the legal department with Django: who it sees, its work after each close, its words in the time line."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class LegalConfig(AppConfig):
    name = "duly.collection.legal"
    label = "legal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let the department see who asked it something; watch settlements and letters day by day."""
        from django.db.models import Q

        import duly.collection.legal.erasing
        import duly.collection.legal.recovering  # noqa: F401
        from duly.collection import daily, stops, timeline
        from duly.collection.legal import letters, settling
        from duly.collection.legal.models import Consultation
        from duly.payments.signals import money_arrived
        from duly.people.roles import Role
        from duly.people.visibility import let_see

        asked = Consultation.objects.filter(borrower__isnull=False)
        let_see(Role.LEGAL, lambda user: Q(pk__in=asked.values("borrower")), "who has asked the legal department")
        stops.register("settlement", settling.borrowers_stopped)
        daily.register("settlements", settling.settlements_after_close)
        daily.register("demand letters", letters.letters_after_close)
        money_arrived.connect(settling.settle_what_was_paid, dispatch_uid="settle_what_was_paid")
        timeline.name_kinds(
            {
                "demand_letter": gettext_lazy("Letter of demand"),
                "matter": gettext_lazy("Legal matter"),
                "settlement": gettext_lazy("Settlement for less"),
                "question": gettext_lazy("Question to the legal department"),
                "evidence": gettext_lazy("Bundle of evidence made"),
            }
        )
