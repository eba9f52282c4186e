"""The addresses of the borrowers' door and of their own data. Some have a second name, by which allauth finds them."""

from django.urls import path

from duly.portal import my_data, sign_in

urlpatterns = [
    path("my/sign-in", sign_in.sign_in, name="my_sign_in"),
    path("my/sign-in", sign_in.sign_in, name="account_login"),
    path("my/sign-in", sign_in.sign_in, name="account_request_login_code"),
    path("my/sign-in/password", sign_in.sign_in_by_password, name="my_sign_in_password"),
    path("my/sign-up", sign_in.sign_up, name="my_sign_up"),
    path("my/sign-up", sign_in.sign_up, name="account_signup"),
    path("my/sign-out", sign_in.sign_out, name="my_sign_out"),
    path("my/data", my_data.my_data, name="my_data"),
    path("my/data/consent", my_data.say_consent, name="say_consent"),
    path("my/data/copy", my_data.my_export, name="my_export"),
    path("my/data/erase", my_data.ask_erasure, name="ask_erasure"),
]
