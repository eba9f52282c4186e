"""The staff's door: name and password, then the second factor; or a passkey alone."""

from typing import Any

from allauth.account.views import LoginView
from django.conf import settings
from django.contrib.auth.views import LogoutView

from duly.people.access import open_to_anyone
from duly.people.sign_in.fields import StaffSignInForm


class StaffSignIn(LoginView):
    """Opens to the lender's own people."""

    template_name = "console/sign_in.html"
    form_class = StaffSignInForm

    def get_form_class(self) -> type[StaffSignInForm]:
        """This door's form."""
        return self.form_class

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """With whether too many tries were made, and whether a second factor is asked for."""
        found = super().get_context_data(**context)
        errors = found["form"].errors.as_data().get("__all__", [])
        found["too_many"] = any(error.code == "too_many_login_attempts" for error in errors)
        found["second_factor"] = settings.DULY_STAFF_SECOND_FACTOR
        return found


sign_in = open_to_anyone(StaffSignIn.as_view())
sign_out = open_to_anyone(LogoutView.as_view())
