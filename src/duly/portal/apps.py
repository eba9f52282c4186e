"""Registers the portal room with Django."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "duly.portal"
    label = "portal"

    def ready(self) -> None:
        """Put what is agreed with a borrower on their first page."""
        from duly.portal import home_parts
        from duly.portal.messages_page import on_home
        from duly.portal.ways_out import ways_out

        home_parts.register("ways_out", "portal/ways_out.html", ways_out)
        home_parts.register("messages", "portal/messages_new.html", on_home)
