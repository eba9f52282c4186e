"""The addresses of the borrower's pages."""

from django.urls import path

from duly.portal import views

urlpatterns = [
    path("my/contact/<str:token>", views.who_may_contact_me, name="who_may_contact_me"),
]
