"""Registers the borrowing room with Django."""

from django.apps import AppConfig


class BorrowingConfig(AppConfig):
    name = "duly.borrowing"
    label = "borrowing"
    default_auto_field = "django.db.models.BigAutoField"
