"""Registers the console room with Django."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "duly.console"
    label = "console"
