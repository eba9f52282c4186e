"""How allauth finds and keeps Duly's accounts: a borrower's address is encrypted, and found by its blind index.

To allauth an address is a "phone", be it a telephone number or an e-mail address: it has to be verified by a code, and
nothing of it stands in Django's user or in allauth's own tables.
"""

import datetime
import logging
import secrets

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.translation import gettext

from duly.engine.errors import InputError
from duly.people.blind_index import every_index, standard_address
from duly.people.codes import code_message
from duly.people.delivery import send_text
from duly.people.encryption import decrypt, encrypt
from duly.people.languages import language_now
from duly.people.models import Borrower, SignInAddress
from duly.people.roles import STAFF, Role, give_roles, roles_of
from duly.people.services import borrower_of, register_borrower
from duly.people.sign_in.fields import AddressField
from duly.people.sign_in.recent import sign_in_anew, signed_in_recently

UNVERIFIED_FOR = datetime.timedelta(minutes=15)
logger = logging.getLogger(__name__)


class Accounts(DefaultAccountAdapter):
    """Duly's accounts, as allauth asks for them."""

    def populate_username(self, request: HttpRequest, user: User) -> None:
        """A borrower's user name says nothing of them: nobody types it."""
        if not user.username:
            user.username = f"b-{secrets.token_hex(8)}"

    def phone_form_field(self, **options: object) -> AddressField:
        """The field in which a borrower says where they are reached."""
        return AddressField(**options)

    def get_user_by_phone(self, phone: str) -> User | None:
        """The account that a verified address opens."""
        return _by_address(phone)

    def get_phone(self, user: User) -> tuple[str, bool]:
        """A user's address, and whether it is verified; staff have none, and nothing to verify."""
        found = SignInAddress.objects.filter(user=user).first()
        return (found.address, found.verified) if found else ("", True)

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        """Note the address that somebody gave. Accounts that never verified the same address make room."""
        _forget_unverified(phone, besides=user)
        SignInAddress.objects.update_or_create(user=user, defaults={"address": phone, "verified": verified})

    def set_phone_verified(self, user: User, phone: str) -> None:
        """The code came back: the address opens the account, which now has the person's record or a new one.

        Whoever holds the address that opened it before is told.
        """
        with transaction.atomic():
            address, _ = SignInAddress.objects.get_or_create(user=user, defaults={"address": phone})
            before, was_verified = address.address, address.verified
            is_another = standard_address(before) != standard_address(phone)
            if is_another or not was_verified:
                address.address, address.verified = phone, True
                address.save()
                take_record(user, phone)
        if context.request is not None:
            # A code that came back shows who it is, at sign-up as at every later sign-in.
            record_authentication(context.request, user, method="code")
        if is_another and was_verified:
            text = gettext("The address by which you sign in was changed. If it was not you, call us now: %(phone)s.")
            _send(before, gettext("Your address was changed"), text % {"phone": settings.DULY_LENDER_PHONE})

    def send_verification_code_sms(self, user: User, phone: str, code: str, **rest: object) -> None:
        """Send the code to the address."""
        _send(phone, gettext("Your code"), code_message(code, gettext("to sign in")))

    def send_unknown_account_sms(self, phone: str, **rest: object) -> None:
        """Tell whoever holds an address that it opens no account: on the screen nobody can tell."""
        _send(phone, gettext("No account"), gettext("Somebody tried to sign in with this address. It has no account."))

    def send_account_already_exists_sms(self, phone: str) -> None:
        """Tell whoever holds an address that it has an account already."""
        _send(
            phone,
            gettext("You have an account"),
            gettext("Somebody tried to sign up with this address. It has an account: sign in instead."),
        )

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Staff go to the book, borrowers to their own page."""
        return resolve_url("my_home" if is_borrower_alone(request.user) else "book")

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """Whoever has signed up goes where whoever signs in does."""
        return self.get_login_redirect_url(request)

    def is_reauthentication_required(self, *, app: str, **rest: object) -> bool:
        """Whether a dangerous act asks who it is again: not within minutes of a sign-in.

        Who has nothing to show but a code signs in anew: allauth would let them through.
        """
        request = context.request
        if signed_in_recently(request):
            return False
        if not get_reauthentication_flows(request.user):
            raise ImmediateHttpResponse(sign_in_anew(request, request.path, "my_sign_in"))
        return True

    def save_user(self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True) -> User:
        """Keep the new account, address and all, or nothing."""
        with transaction.atomic():
            return super().save_user(request, user, form, commit)


class SecondFactors(DefaultMFAAdapter):
    """Secrets of authenticator apps are encrypted like personal data."""

    def encrypt(self, text: str) -> str:
        """`text` under the newest key."""
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """The text again."""
        return decrypt(encrypted_text)


def is_borrower_alone(user: User) -> bool:
    """Whether somebody is a borrower and no member of staff."""
    roles = roles_of(user)
    return Role.BORROWER in roles and STAFF.isdisjoint(roles) and not user.is_staff


def take_record(user: User, address: str) -> Borrower:
    """Give the account `user` the record of the one person who is known by the verified `address`, or a new record.

    A record that has an account already is left alone, and where two records have the same address nobody can tell
    whose it is: a new record is made, and staff join the two.
    """
    own = borrower_of(user)
    field = "email" if "@" in address else "phone"
    if own is not None:
        setattr(own, field, address)
        own.save(update_fields=[field])
        return own
    language = language_now()
    known = list(Borrower.objects.filter(**{f"{field}_index__in": every_index(address, standard_address)})[:2])
    if len(known) == 1 and known[0].user_id is None:
        [record] = known
        record.user = user
        record.save(update_fields=["user"])
        user._borrower = record
        give_roles(user, Role.BORROWER)
        return record
    return register_borrower(user=user, language=language, **{field: address})


def _by_address(address: str) -> User | None:
    found = SignInAddress.objects.filter(address_index__in=every_index(address, standard_address), verified=True)
    held = found.select_related("user").first()
    return held.user if held is not None and held.user.is_active else None


def _forget_unverified(address: str, besides: User) -> None:
    old = SignInAddress.objects.filter(
        address_index__in=every_index(address, standard_address),
        verified=False,
        user__last_login=None,
        user__date_joined__lt=timezone.now() - UNVERIFIED_FOR,
    )
    User.objects.filter(sign_in_address__in=old).exclude(pk=besides.pk).delete()


def _send(address: str, subject: str, text: str) -> None:
    # Whether a message left must not show on the screen: it would tell which addresses exist.
    try:
        send_text(address, subject, text)
    except InputError as error:
        # What a mail server says names the address: only what kind of failure it was goes to the log.
        logger.error("a code could not be sent: %s", type(error.__cause__ or error).__name__)
