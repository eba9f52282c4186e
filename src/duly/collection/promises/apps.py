"""Registers the promises with Django, and what they tell the rooms below."""

from django.apps import AppConfig


class PromisesConfig(AppConfig):
    name = "duly.collection.promises"
    label = "promises"
    default_auto_field = "django.db.models.BigAutoField"
