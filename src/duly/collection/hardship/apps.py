"""Registers hardship with Django, and what it tells the rooms below."""

from django.apps import AppConfig


class HardshipConfig(AppConfig):
    name = "duly.collection.hardship"
    label = "hardship"
    default_auto_field = "django.db.models.BigAutoField"
