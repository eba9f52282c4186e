"""Registers the lending room with Django."""

from django.apps import AppConfig


class LendingConfig(AppConfig):
    name = "duly.lending"
    label = "lending"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say whom finance sees, and what erasing a person means here."""
        from django.db.models import Q

        from duly.lending import erasing  # noqa: F401
        from duly.lending.models import Loan
        from duly.people.roles import Role
        from duly.people.visibility import let_see

        let_see(Role.FINANCE, lambda user: Q(pk__in=Loan.objects.values("borrower")), "who has a loan")
