"""Registers the lending room with Django."""

from django.apps import AppConfig


class LendingConfig(AppConfig):
    name = "duly.lending"
    label = "lending"
    default_auto_field = "django.db.models.BigAutoField"
