"""The records as tables for administrators. Nothing is changed here, and personal data is not shown."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Field, ForeignKey
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from unfold.admin import ModelAdmin

from duly.people.encryption import EncryptedTextField
from duly.people.roles import Role, roles_of

ROOMS = (
    *("people", "lending", "ledger", "payments", "borrowing", "close", "contact", "collection"),
    *("plans", "promises", "hardship", "duties"),
)


class ReadOnlyAdmin(ModelAdmin):
    """A table to look at: nobody adds, changes or deletes through it."""

    list_per_page = 50
    show_full_result_count = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Administrators."""
        return Role.ADMINISTRATOR in roles_of(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Administrators."""
        return Role.ADMINISTRATOR in roles_of(request.user)

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
    return not isinstance(field, EncryptedTextField) and field.get_internal_type() != "JSONField"


for room in ROOMS:
    for model in apps.get_app_config(room).get_models():
        fields = [field for field in model._meta.fields if _shown(field)]
        hidden = [field.name for field in model._meta.fields if isinstance(field, EncryptedTextField)]
        attributes = {
            "exclude": hidden,
            "list_display": [field.name for field in fields][:8],
            "list_select_related": [field.name for field in fields if isinstance(field, ForeignKey)],
            "search_fields": [field.name for field in fields if field.name in ("reference", "code", "idempotency_key")],
        }
        admin.site.register(model, type(f"{model.__name__}Admin", (ReadOnlyAdmin,), attributes))


def _is_administrator(request: HttpRequest) -> bool:
    return request.user.is_active and Role.ADMINISTRATOR in roles_of(request.user)


def _sign_in(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    # The admin has no door of its own: who is signed in and sent here has no role for it.
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.get_full_path(), resolve_url("login"))


admin.site.has_permission = _is_administrator
admin.site.login = login_not_required(_sign_in)
# Django's own accounts and groups, and allauth's tables, are changed by `duly user`, not here.
for model in list(admin.site._registry):
    if model._meta.app_label not in ROOMS:
        admin.site.unregister(model)
