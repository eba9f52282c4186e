"""The addresses that both doors lead through: codes, passwords, second factors, passkeys. They are allauth's pages.

Only those that Duly uses: allauth's pages for e-mail addresses and its links by e-mail are not here.
"""

from allauth.account import views
from django.urls import include, path

from duly.people.sign_in.recent import needs_recent_sign_in

# A password that is set opens the account from then on. allauth asks for a recent sign-in on all the other pages.
set_password = needs_recent_sign_in("account_set_password", "my_sign_in")(views.password_set)

urlpatterns = [
    path("account/code", views.confirm_login_code, name="account_confirm_login_code"),
    path("account/verify", views.verify_phone, name="account_verify_phone"),
    path("account/address", views.change_phone, name="account_change_phone"),
    path("account/password", views.password_change, name="account_change_password"),
    path("account/password/new", set_password, name="account_set_password"),
    path("account/again", views.reauthenticate, name="account_reauthenticate"),
    path("account/inactive", views.account_inactive, name="account_inactive"),
    path("account/leave", views.logout, name="account_logout"),
    path("account/second-factor/", include("allauth.mfa.urls")),
]
