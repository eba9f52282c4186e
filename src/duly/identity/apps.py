"""Registers the room of verifiable identity with Django."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "duly.identity"
    label = "identity"
    default_auto_field = "django.db.models.BigAutoField"
