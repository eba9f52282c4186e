"""The address that an SMS gateway knows."""

from django.urls import path

from duly.contact import gateway

urlpatterns = [path("contact/sms", gateway.sms_gateway, name="sms_gateway")]
