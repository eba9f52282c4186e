"""Registers the console room with Django."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "duly.console"
    label = "console"

    def ready(self) -> None:
        """Put the ways out on the desk's page of a case."""
        from duly.console import desk_parts
        from duly.console.ways_out import desk_part

        desk_parts.register("ways_out", "act", "console/ways_out_part.html", desk_part)
