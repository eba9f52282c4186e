"""Registers the close room with Django."""

from django.apps import AppConfig


class CloseConfig(AppConfig):
    name = "duly.close"
    label = "close"
    default_auto_field = "django.db.models.BigAutoField"
