"""Wording: the templates of messages, one TOML file each, made of named parts in every language. One for another
channel says that it is `like` the first, and only what differs.

A part says which required items it provides, so that a message lacking one that the law requires is held back.
"""

import string
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from duly.contact.models import Channel, Purpose
from duly.engine.money import DECIMALS
from duly.people.languages import LANGUAGES

WORDS = frozenset(
    {
        *("name", "lender", "phone", "email", "address", "contact_number", "own_page"),
        *("verify_code", "verify_page", "verify_link"),
    }
)
WORDS_OF_LOANS = frozenset({"due_on", "loans", "total"})
WORDS_OF_AGENCY = frozenset({"agency", "agency_licence", "agency_phone", "agency_email"})
ABOUT = ("due_soon", "overdue", "reply")
_FOLDER = Path(__file__).parent
_SYMBOL = {"CNY": "¥", "NGN": "₦", "USD": "$", "EUR": "€", "GBP": "£"}


class WordingError(ValueError):
    """Templates that cannot be used; the text lists every fault with its file and place."""


@dataclass(frozen=True)
class Part:
    """One passage: the required items it provides, and its text by language."""

    provides: frozenset[str]
    text: Mapping[str, str]

    @property
    def words(self) -> set[str]:
        """The words that it fills in, in any language."""
        return set().union(*(_words_in(text) for text in self.text.values()))


@dataclass(frozen=True)
class Template:
    """A message to be filled in. `about` says what must be true of the loans when it leaves: due soon, or overdue; a
    reply is about no loan. `words` are those that whoever proposes it must give besides; an agency's it may use too.
    """

    id: str
    version: int
    channel: str
    purpose: str
    about: str
    subject: Mapping[str, str]
    body: tuple[Part, ...]
    words: frozenset[str] = frozenset()

    @property
    def speaks_for_agency(self) -> bool:
        """Whether it names the agency that sends it, which only an agency's message can."""
        texts = [*self.subject.values(), *(text for part in self.body for text in part.text.values())]
        return not (WORDS_OF_AGENCY - self.words).isdisjoint(_words_in("".join(texts)))

    @property
    def provides(self) -> frozenset[str]:
        """All required items that the message provides."""
        return frozenset().union(*(part.provides for part in self.body))

    def lacks(self, must_include: Iterable[str]) -> list[str]:
        """The items of `must_include` that no part provides."""
        return [item for item in must_include if item not in self.provides]

    def render(self, language: str, words: Mapping[str, str]) -> tuple[str, str]:
        """Subject and body in `language` (one of LANGUAGES), with `words` (see WORDS) filled in.

        A text message is one paragraph, all else has one for each part.
        """
        between = "\n\n" if self.channel != Channel.SMS else " " if language == "en" else ""
        body = between.join(part.text[language].strip().format_map(words) for part in self.body)
        return self.subject[language].format_map(words), body + "\n"


@lru_cache
def templates() -> Mapping[str, Template]:
    """All templates by id. Raises WordingError naming every fault in every file."""
    return load_templates(_FOLDER)


def load_templates(folder: Path) -> dict[str, Template]:
    """The templates in `folder`: parts.toml and one file a template. Raises WordingError naming every fault."""
    faults: list[str] = []
    documents = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            documents[path.name] = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            faults.append(f"{path.name}: {error}")
    common = _read_parts(documents.pop("parts.toml", {}), "parts.toml", WORDS | WORDS_OF_LOANS, faults)
    found: dict[str, Template] = {}
    for name, document in documents.items():
        document = _with_what_it_is_like(document, documents, name, faults)
        template = _read_template(document, name, common, faults)
        if template is not None:
            found[template.id] = template
    if faults:
        raise WordingError("templates cannot be used:\n" + "\n".join(faults))
    return found


def _with_what_it_is_like(
    document: Mapping[str, Any], documents: Mapping[str, dict[str, Any]], name: str, faults: list[str]
) -> dict[str, Any]:
    """A template that says it is `like` another has what that has, but for what it says itself."""
    own = {field: value for field, value in document.items() if field != "like"}
    if "like" not in document:
        return own
    other = documents.get(f"{document['like']}.toml")
    if other is None or "like" in other:
        faults.append(f"{name}: like is {document['like']!r}; name a template that is itself like no other")
        return own
    return {**other, **own, "parts": {**other.get("parts", {}), **own.get("parts", {})}}


def _read_template(
    document: dict[str, Any], name: str, common: Mapping[str, Part], faults: list[str]
) -> Template | None:
    before = len(faults)
    own = frozenset(document.get("words", ()))
    parts = {**common, **_read_parts(document.get("parts", {}), f"{name}: parts", _known_words(document), faults)}
    expected = {"id": str, "version": int, "channel": str, "purpose": str, "about": str, "body": list, "subject": dict}
    for field, kind in expected.items():
        if not isinstance(document.get(field), kind):
            faults.append(f"{name}: {field} is missing or not a {kind.__name__}")
    for field in document.keys() - expected.keys() - {"parts", "words"}:
        faults.append(f"{name}: there is no field {field!r}; use {', '.join(expected)}, words or parts")
    choices: dict[str, Iterable[str]] = {"channel": Channel.values, "purpose": Purpose.values, "about": ABOUT}
    for field, allowed in choices.items():
        if isinstance(document.get(field), str) and document[field] not in allowed:
            faults.append(f"{name}: {field} is {document[field]!r}; use one of {', '.join(allowed)}")
    if isinstance(document.get("id"), str) and f"{document['id']}.toml" != name:
        faults.append(f"{name}: id is {document['id']!r}; a template's file is called after its id")
    if isinstance(document.get("body"), list):
        for part in document["body"]:
            if part not in parts:
                faults.append(f"{name}: body names the part {part!r}, which neither this file nor parts.toml has")
            elif document.get("about") == "reply" and not WORDS_OF_LOANS.isdisjoint(parts[part].words):
                faults.append(f"{name}: the part {part!r} speaks of loans, and a reply is about none")
    if isinstance(document.get("subject"), dict):
        _check_text(document["subject"], f"{name}: subject", _known_words(document), faults)
    if len(faults) > before:
        return None
    return Template(
        id=document["id"],
        version=document["version"],
        channel=document["channel"],
        purpose=document["purpose"],
        about=document["about"],
        subject=document["subject"],
        body=tuple(parts[part] for part in document["body"]),
        words=own,
    )


def _known_words(document: Mapping[str, Any]) -> frozenset[str]:
    own = WORDS | WORDS_OF_AGENCY | frozenset(document.get("words", ()))
    return own if document.get("about") == "reply" else own | WORDS_OF_LOANS


def _read_parts(document: dict[str, Any], where: str, known: frozenset[str], faults: list[str]) -> dict[str, Part]:
    parts = {}
    for name, fields in document.items():
        text = {key: value for key, value in fields.items() if key != "provides"}
        _check_text(text, f"{where}.{name}", known, faults)
        parts[name] = Part(frozenset(fields.get("provides", ())), text)
    return parts


def _words_in(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}


def _check_text(text: Mapping[str, Any], where: str, known: frozenset[str], faults: list[str]) -> None:
    for language in text.keys() ^ set(LANGUAGES):
        faults.append(f"{where}: {'unknown' if language in text else 'missing'} language {language!r}")
    for language, words in text.items():
        try:
            named = _words_in(words)
        except (ValueError, TypeError) as error:
            faults.append(f"{where}.{language}: {error}")
            continue
        for word in sorted(named - known):
            faults.append(f"{where}.{language}: unknown word {{{word}}}; use one of {', '.join(sorted(known))}")


def money_in_words(amount: int, currency: str) -> str:
    """`amount` minor units as a person writes it: ¥1,234.56, KES 1,234.56."""
    decimals = DECIMALS[currency]
    major, minor = divmod(amount, 10**decimals)
    figure = f"{major:,}" + (f".{minor:0{decimals}d}" if decimals else "")
    symbol = _SYMBOL.get(currency)
    return f"{symbol}{figure}" if symbol else f"{currency} {figure}"
