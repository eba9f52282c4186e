"""Registers the portal room with Django."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "duly.portal"
    label = "portal"
