"""Registers the duties room with Django."""

from django.apps import AppConfig


class DutiesConfig(AppConfig):
    name = "duly.duties"
    label = "duties"
    default_auto_field = "django.db.models.BigAutoField"
