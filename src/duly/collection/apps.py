"""Registers the collection room with Django."""

from django.apps import AppConfig


class CollectionConfig(AppConfig):
    name = "duly.collection"
    label = "collection"
    default_auto_field = "django.db.models.BigAutoField"
