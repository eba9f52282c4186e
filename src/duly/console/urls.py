"""The addresses of the staff's pages."""

from django.urls import path

from duly.console import views

urlpatterns = [
    path("", views.book, name="book"),
]
