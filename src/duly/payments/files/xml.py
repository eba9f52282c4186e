"""Writing ISO 20022 messages: elements in the order that the message asks for, amounts in major units."""

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from duly.engine.money import decimals, format_money

# A tree in few words: (name, text) or (name, [children]); None is left out.
Node = tuple[str, "str | Sequence[Node | None]"] | None


def message(namespace: str, root: str, children: Sequence[Node]) -> bytes:
    """A whole message in UTF-8, `root` in its Document of `namespace`."""
    document = Element("Document", xmlns=f"urn:iso:std:iso:20022:tech:xsd:{namespace}")
    _fill(SubElement(document, root), children)
    indent(document)
    written: bytes = tostring(document, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _fill(element: Element, children: Sequence[Node]) -> None:
    for child in children:
        if child is None:
            continue
        name, content = child
        tag, _, currency = name.partition(":")
        made = SubElement(element, tag, {"Ccy": currency} if currency else {})
        if isinstance(content, str):
            made.text = content
        else:
            _fill(made, content)


def amount(minor: int, currency: str) -> str:
    """Minor units as the message writes amounts: "1234.50"."""
    return format_money(minor, decimals(currency))


def name(text: str) -> str:
    """A name as banks take it: at most 70 characters, no control characters; never empty."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", text).split())[:70] or "NOTPROVIDED"


def account(number: str) -> Node:
    """An account by its IBAN, or by another number where it is none."""
    if re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", number):
        return ("Id", [("IBAN", number)])
    return ("Id", [("Othr", [("Id", number[:34] or "NOTPROVIDED")])])


def bank(code: str) -> Node:
    """A bank by its BIC, or that it is not told."""
    if re.fullmatch(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?", code):
        return ("FinInstnId", [("BICFI", code)])
    return ("FinInstnId", [("Othr", [("Id", "NOTPROVIDED")])])
