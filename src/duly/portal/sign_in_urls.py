"""The addresses of the borrowers' door. Some have a second name, by which allauth looks for them."""

from django.urls import path

from duly.portal import sign_in

urlpatterns = [
    path("my/sign-in", sign_in.sign_in, name="my_sign_in"),
    path("my/sign-in", sign_in.sign_in, name="account_login"),
    path("my/sign-in", sign_in.sign_in, name="account_request_login_code"),
    path("my/sign-in/password", sign_in.sign_in_by_password, name="my_sign_in_password"),
    path("my/sign-up", sign_in.sign_up, name="my_sign_up"),
    path("my/sign-up", sign_in.sign_up, name="account_signup"),
    path("my/sign-out", sign_in.sign_out, name="my_sign_out"),
]
