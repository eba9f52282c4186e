"""The addresses of the staff's pages."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path
from django.views.i18n import set_language

from duly.console import views

urlpatterns = [
    path("", views.book, name="book"),
    path("loans", views.loans, name="loans"),
    path("loans/<path:reference>", views.loan, name="loan"),
    path("sign-in", LoginView.as_view(template_name="console/sign_in.html"), name="login"),
    path("sign-out", LogoutView.as_view(), name="logout"),
    path("language", login_not_required(set_language), name="language"),
]
