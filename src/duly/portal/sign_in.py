"""The borrowers' door: a code to their telephone or e-mail address, a password or a passkey; and how they sign up."""

from allauth.account.views import LoginView, RequestLoginCodeView, SignupView
from django.contrib.auth.views import LogoutView

from duly.people.access import open_to_anyone
from duly.people.sign_in.fields import BorrowerPasswordForm


class ByPassword(LoginView):
    """For who has chosen a password."""

    template_name = "portal/sign_in_password.html"
    form_class = BorrowerPasswordForm

    def get_form_class(self) -> type[BorrowerPasswordForm]:
        """This door's form."""
        return self.form_class


sign_in = open_to_anyone(RequestLoginCodeView.as_view(template_name="portal/sign_in.html"))
sign_in_by_password = open_to_anyone(ByPassword.as_view())
sign_up = open_to_anyone(SignupView.as_view(template_name="portal/sign_up.html"))
sign_out = open_to_anyone(LogoutView.as_view(next_page="my_sign_in"))
