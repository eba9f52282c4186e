"""Registers the credit record with Django."""

from django.apps import AppConfig


class BureauConfig(AppConfig):
    name = "duly.bureau"
    label = "bureau"
    default_auto_field = "django.db.models.BigAutoField"
