"""The form fields and forms of the doors."""

from allauth.account.forms import LoginForm
from django import forms
from django.contrib.auth.models import User
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy

from duly.engine.errors import InputError
from duly.people.blind_index import checked_phone, standard_email
from duly.people.roles import STAFF, Role, roles_of


class AddressField(forms.CharField):
    """A telephone number or an e-mail address, read into its standard form."""

    def __init__(self, **options: object) -> None:
        options["label"] = gettext_lazy("Telephone number or e-mail address")
        widget = forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"})
        super().__init__(**{"widget": widget, "max_length": 254} | options)

    def clean(self, value: str) -> str:
        text = super().clean(value).strip()
        if not text:
            return text
        if "@" in text:
            validate_email(text)
            return standard_email(text)
        try:
            return checked_phone(text)
        except InputError as error:
            raise forms.ValidationError(
                gettext_lazy("This is neither a telephone number nor an e-mail address.")
            ) from error


def is_staff(user: User) -> bool:
    """Whether somebody is of the lender's own people."""
    return user.is_staff or not STAFF.isdisjoint(roles_of(user))


def is_borrower(user: User) -> bool:
    """Whether somebody is a borrower."""
    return Role.BORROWER in roles_of(user)


def is_of_an_agency(user: User) -> bool:
    """Whether the agencies' door opens to `user`."""
    return Role.AGENCY in roles_of(user) and not is_staff(user)


class StaffSignInForm(LoginForm):
    """The staff's door: name and password. To anybody else it says what it says to a wrong password."""

    opens_to = staticmethod(is_staff)

    def clean(self) -> dict[str, object]:
        cleaned = super().clean()
        if self.user is not None and not self.opens_to(self.user):
            self.user = None
            raise forms.ValidationError(gettext_lazy("The two do not go together."))
        return cleaned


class AgencySignInForm(StaffSignInForm):
    """The agencies' door: to nobody else, the lender's own people included."""

    opens_to = staticmethod(is_of_an_agency)


class BorrowerPasswordForm(StaffSignInForm):
    """The borrowers' door, for who has chosen a password: address and password."""

    opens_to = staticmethod(is_borrower)
