"""Registers the contact room with Django."""

from django.apps import AppConfig


class ContactConfig(AppConfig):
    name = "duly.contact"
    label = "contact"
    default_auto_field = "django.db.models.BigAutoField"
