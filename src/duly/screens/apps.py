"""Registers the screens room with Django."""

from django.apps import AppConfig


class ScreensConfig(AppConfig):
    name = "duly.screens"
    label = "screens"
