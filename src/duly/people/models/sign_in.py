"""The addresses by which borrowers sign in."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from duly.people.blind_index import BlindIndexField, standard_address
from duly.people.encryption import EncryptedTextField


class SignInAddress(models.Model):
    """A telephone number or e-mail address that opens an account, once a code sent to it has come back.

    One account a verified address, one address an account. It is encrypted and found by its blind index: the account
    itself (Django's user) holds no personal data of a borrower.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sign_in_address")
    address = EncryptedTextField()
    address_index = BlindIndexField("address", standard_address)
    verified = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["address_index"], condition=Q(verified=True), name="address_opens_one_account"
            )
        ]
        indexes = [models.Index(fields=["address_index"])]

    def __str__(self) -> str:
        return f"sign-in address of {self.user_id}"
