"""The addresses that wallets know."""

from django.urls import path

from duly.payments.wallet import views

urlpatterns = [
    path("pay/wallet/notify", views.notify, name="wallet_notify"),
    path("pay/wallet/demonstration", views.demonstration, name="wallet_demonstration"),
]
