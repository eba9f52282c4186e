"""Registers the API room with Django."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "duly.api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"
