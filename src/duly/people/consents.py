"""Consents by purpose: given and withdrawn, each with the words that were agreed to. The texts are in consents.toml."""

import datetime
import hashlib
import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from duly.engine.errors import InputError
from duly.people.languages import LANGUAGES
from duly.people.models.borrowers import Borrower
from duly.people.models.consents import ConsentEvent, ConsentText


@dataclass(frozen=True)
class Text:
    """The words of one version in one language, as they stand on the screen."""

    purpose: str
    version: int
    language: str
    title: str
    text: str

    @property
    def digest(self) -> str:
        """The SHA-256 of title and text."""
        return hashlib.sha256(f"{self.title}\n{self.text}".encode()).hexdigest()


@dataclass(frozen=True)
class Asked:
    """One purpose as a borrower is asked: the words, what cannot be done without it, and their last answer, if any."""

    text: Text
    needed_for: str
    last: ConsentEvent | None

    @property
    def given(self) -> bool:
        """Whether the consent holds now."""
        return self.last is not None and self.last.given


def purposes() -> list[str]:
    """What borrowers are asked to agree to, in the order of the file."""
    return list(_documents())


def needed_for(what: str) -> list[str]:
    """The purposes without which `what` (application, drawdown) cannot be done."""
    return [purpose for purpose, one in _documents().items() if one["needed_for"] == what]


def text_of(purpose: str, language: str, version: int | None = None) -> Text:
    """The words of `purpose` in `language` (en, zh), of the newest version unless one is given. Raises InputError."""
    if purpose not in _documents():
        raise InputError(f"nobody is asked about {purpose!r}", "/purpose", f"use {', '.join(purposes())}")
    if language not in LANGUAGES:
        raise InputError(f"there is no language {language!r}", "/language", "use en or zh")
    versions = {one["version"]: one for one in _documents()[purpose]["versions"]}
    number = max(versions) if version is None else version
    if number not in versions:
        raise InputError(f"{purpose} has no version {number}", "/version", f"the newest is {max(versions)}")
    words = versions[number][language]
    named = words["text"].replace("[lender]", settings.DULY_LENDER)
    return Text(purpose, number, language, words["title"], named)


def give(
    borrower: Borrower,
    purpose: str,
    language: str,
    version: int | None = None,
    *,
    at: datetime.datetime | None = None,
    channel: str = ConsentEvent.Channel.PORTAL,
    by: User | None = None,
) -> ConsentEvent:
    """Put on record that `borrower` agrees to the words of `purpose` as they stood on the screen.

    `version` is the one that was shown, the newest when left out. Agreed to already in that version, it changes
    nothing. Raises InputError for an unknown purpose, language or version.
    """
    return _say(borrower, text_of(purpose, language, version), True, at, channel, by)


def withdraw(
    borrower: Borrower,
    purpose: str,
    *,
    language: str = "en",
    at: datetime.datetime | None = None,
    channel: str = ConsentEvent.Channel.PORTAL,
    by: User | None = None,
) -> ConsentEvent:
    """Put on record that `borrower` no longer agrees, or does not agree, to `purpose`. Raises InputError as `give`."""
    last = _last(borrower, purpose)
    text = text_of(purpose, language) if last is None else _kept_text(last.text)
    return _say(borrower, text, False, at, channel, by)


def given(borrower: Borrower, purpose: str) -> ConsentEvent | None:
    """The consent that holds now, with its text and time; None when it was never given or is withdrawn."""
    last = _last(borrower, purpose)
    return last if last is not None and last.given else None


def missing_for(borrower: Borrower, what: str) -> list[str]:
    """The purposes that `what` (application, drawdown) needs and `borrower` has not agreed to. One query."""
    last = _last_by_purpose(borrower)
    return [purpose for purpose in needed_for(what) if purpose not in last or not last[purpose].given]


def consents_of(borrower: Borrower, language: str) -> list[Asked]:
    """Everything that `borrower` may agree to, in `language`, with their last answer. One query."""
    last = _last_by_purpose(borrower)
    return [
        Asked(text_of(purpose, language), one["needed_for"], last.get(purpose)) for purpose, one in _documents().items()
    ]


@dataclass(frozen=True)
class ForTheGate:
    """What one borrower's consents say to the gate, and which channels they refuse: (what, from, until or None)."""

    consents: Sequence[tuple[str, datetime.datetime, datetime.datetime | None]] = ()
    refused: Sequence[tuple[str, datetime.datetime, datetime.datetime | None]] = ()


def for_the_gate(borrower_ids: Collection[int]) -> dict[int, ForTheGate]:
    """What the consents of these borrowers say to the gate; who never said anything is left out. One query."""
    words = {purpose: one for purpose, one in _documents().items() if one.get("gate") or one.get("refuses")}
    events = ConsentEvent.objects.filter(borrower_id__in=borrower_ids, purpose__in=words).order_by("at", "pk")
    said: dict[tuple[int, str], list[tuple[datetime.datetime, bool]]] = {}
    for borrower_id, purpose, at, yes in events.values_list("borrower_id", "purpose", "at", "given"):
        said.setdefault((borrower_id, purpose), []).append((at, yes))
    found: dict[int, tuple[list[Any], list[Any]]] = {}
    for (borrower_id, purpose), answers in said.items():
        consents, refused = found.setdefault(borrower_id, ([], []))
        one = words[purpose]
        if one.get("gate"):
            consents += [(one["gate"], since, until) for since, until in _spans(answers, True)]
        if one.get("refuses"):
            refused += [(one["refuses"], since, until) for since, until in _spans(answers, False)]
    return {borrower_id: ForTheGate(*lists) for borrower_id, lists in found.items()}


def _spans(
    answers: Sequence[tuple[datetime.datetime, bool]], wanted: bool
) -> list[tuple[datetime.datetime, datetime.datetime | None]]:
    """The times during which the last answer was `wanted`: from, and until (None while it holds)."""
    spans: list[tuple[datetime.datetime, datetime.datetime | None]] = []
    since: datetime.datetime | None = None
    for at, answer in answers:
        if answer == wanted and since is None:
            since = at
        elif answer != wanted and since is not None:
            if at > since:
                spans.append((since, at))
            since = None
    return spans if since is None else [*spans, (since, None)]


def _say(
    borrower: Borrower, text: Text, yes: bool, at: datetime.datetime | None, channel: str, by: User | None
) -> ConsentEvent:
    with transaction.atomic():
        Borrower.objects.select_for_update().get(pk=borrower.pk)
        last = _last(borrower, text.purpose)
        if last is not None and last.given == yes and (not yes or last.text.version == text.version):
            return last
        kept, _ = ConsentText.objects.get_or_create(
            digest=text.digest,
            defaults={
                "purpose": text.purpose,
                "version": text.version,
                "language": text.language,
                "title": text.title,
                "text": text.text,
            },
        )
        return ConsentEvent.objects.create(
            borrower=borrower,
            purpose=text.purpose,
            given=yes,
            text=kept,
            at=at or timezone.now(),
            channel=channel,
            by=by,
        )


def _last(borrower: Borrower, purpose: str) -> ConsentEvent | None:
    events = ConsentEvent.objects.filter(borrower=borrower, purpose=purpose).select_related("text")
    return events.order_by("-at", "-pk").first()


def _last_by_purpose(borrower: Borrower) -> dict[str, ConsentEvent]:
    events = ConsentEvent.objects.filter(borrower=borrower).select_related("text").order_by("at", "pk")
    return {event.purpose: event for event in events}


def _kept_text(kept: ConsentText) -> Text:
    return Text(kept.purpose, kept.version, kept.language, kept.title, kept.text)


@lru_cache
def _documents() -> dict[str, Any]:
    text = (resources.files("duly.people") / "consents.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
