"""Registers the agency's desk with Django."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "duly.desk"
    label = "desk"
