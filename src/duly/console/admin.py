"""The records as tables for staff who may view them. Nothing is changed here: facts come in by services."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import Field, ForeignKey
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from duly.people.encryption import EncryptedTextField

ROOMS = ("people", "lending", "ledger", "close", "contact", "collection", "duties")


class ReadOnlyAdmin(ModelAdmin):
    """A table to look at: nobody adds, changes or deletes through it."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


def _shown(field: Field) -> bool:
    # Personal data is not put in lists; opening one record shows it.
    return not isinstance(field, EncryptedTextField) and field.get_internal_type() != "JSONField"


for room in ROOMS:
    for model in apps.get_app_config(room).get_models():
        fields = [field for field in model._meta.fields if _shown(field)]
        attributes = {
            "list_display": [field.name for field in fields][:8],
            "list_select_related": [field.name for field in fields if isinstance(field, ForeignKey)],
            "search_fields": [field.name for field in fields if field.name in ("reference", "code", "idempotency_key")],
        }
        admin.site.register(model, type(f"{model.__name__}Admin", (ReadOnlyAdmin,), attributes))
