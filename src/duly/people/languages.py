"""The languages that pages, messages and papers speak, en and zh: which one somebody reads, and its dates."""

import datetime

from django.utils.translation import get_language

LANGUAGES = ("en", "zh")
_IN_DJANGO = {"en": "en", "zh": "zh-hans"}
EN_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def language_of(preferred: str) -> str:
    """The language of LANGUAGES nearest to a borrower's own ("zh-hans" is "zh"); English when there is none."""
    language = preferred.lower().replace("_", "-").split("-")[0]
    return language if language in LANGUAGES else "en"


def language_now() -> str:
    """The language of the page."""
    return language_of(get_language() or "en")


def in_django(preferred: str) -> str:
    """Django's name of the language nearest to `preferred`, for translation.override."""
    return _IN_DJANGO[language_of(preferred)]


def date_in_words(date: datetime.date, language: str) -> str:
    """`date` as a person writes it: 3 March 2026, 2026年3月3日."""
    if language == "zh":
        return f"{date.year}年{date.month}月{date.day}日"
    return f"{date.day} {EN_MONTHS[date.month - 1]} {date.year}"
