"""Registers conversations with Django, and puts the way to them on the borrower's page and the desk."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class TalkConfig(AppConfig):
    name = "duly.collection.talk"
    label = "talk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Name the lines of the time line; let the legal department see who has written."""
        from django.db.models import Q

        import duly.collection.talk.erasing  # noqa: F401
        from duly.collection import timeline
        from duly.collection.talk.models import Conversation
        from duly.collection.talk.services import WHO_ANSWERS
        from duly.people.visibility import let_see

        for role in WHO_ANSWERS:
            let_see(role, lambda user: Q(pk__in=Conversation.objects.values("borrower")), f"who has written ({role})")
        timeline.name_kinds({"chat_answered": gettext_lazy("Answered in the chat")})
