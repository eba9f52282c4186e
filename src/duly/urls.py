"""The addresses of every page."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/v1/", include("duly.api.urls")),
    path("", include("duly.people.sign_in.urls")),
    path("", include("duly.portal.account_urls")),
    path("", include("duly.contact.urls")),
    path("", include("duly.payments.urls")),
    path("", include("duly.desk.urls")),
    path("", include("duly.portal.urls")),
    path("", include("duly.console.urls")),
]
