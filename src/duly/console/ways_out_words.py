"""Protections and reasons for relief in words, for staff."""

from django.utils.translation import pgettext_lazy

_PROTECTIONS = {
    "hardship": pgettext_lazy("protection", "Relief in hardship"),
    "breathing_space": pgettext_lazy("protection", "Breathing space by law"),
    "vulnerable": pgettext_lazy("protection", "Needs special care"),
    "bankrupt": pgettext_lazy("protection", "Bankruptcy"),
    "deceased": pgettext_lazy("protection", "Deceased"),
    "incapacitated": pgettext_lazy("protection", "Without capacity"),
}


def protection_words(kind: str) -> str:
    """A protection as the page says it."""
    return str(_PROTECTIONS[kind])
