"""Registers the credit record with Django."""

from django.apps import AppConfig


class BureauConfig(AppConfig):
    name = "duly.bureau"
    label = "bureau"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have borrowers told after each close; say who sees whose record, and what erasing a person means here."""
        from django.db.models import Q

        from duly.bureau import erasing  # noqa: F401
        from duly.bureau.models import Objection
        from duly.bureau.notices import plan_notices
        from duly.collection import daily
        from duly.people.roles import Role
        from duly.people.visibility import let_see

        daily.register("bureau", plan_notices)
        let_see(Role.LEGAL, lambda user: Q(pk__in=Objection.objects.values("borrower")), "who objects to their record")
