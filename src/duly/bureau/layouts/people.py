"""Who a record is about, as the layouts need it: names in parts, numbers, an address in lines."""

import datetime
import re
import unicodedata
from dataclasses import dataclass

_US_END = re.compile(r"^(?P<street>.+?),\s*(?P<city>[^,]+),?\s+(?P<state>[A-Z]{2})\s+(?P<zip>\d{5}(?:-?\d{4})?)$")


@dataclass(frozen=True)
class Person:
    """The person a record is about, in the clear; "" and None where nothing is known."""

    name: str = ""
    id_number: str = ""
    birth_date: datetime.date | None = None
    phone: str = ""
    address: str = ""


@dataclass(frozen=True)
class Address:
    """An address as Metro 2 splits it; what cannot be told apart stands in the lines."""

    first_line: str = ""
    second_line: str = ""
    city: str = ""
    state: str = ""
    zip_code: str = ""
    country: str = ""


def names_of(name: str) -> tuple[str, str, str]:
    """Surname, first and middle names of a name written first name first, in capital letters of ASCII."""
    words = [word for word in (_letters(word) for word in name.split()) if word]
    if not words:
        return "", "", ""
    first = words[0] if len(words) > 1 else ""
    return words[-1][:25], first[:20], " ".join(words[1:-1])[:20]


def address_of(address: str) -> Address:
    """An address that ends with city, state and zip code in its parts; any other in two lines."""
    plain = _ascii(" ".join(address.split()))
    found = _US_END.match(plain)
    if found:
        street = found["street"]
        return Address(
            street[:32], street[32:64].strip(), found["city"].strip()[:20], found["state"],
            found["zip"].replace("-", ""), "US",
        )  # fmt: skip
    return Address(plain[:32], plain[32:64].strip())


def digits_of(text: str, length: int) -> int:
    """The last `length` digits of a number; 0 when there are fewer."""
    found = re.sub(r"\D", "", text)
    return int(found[-length:]) if len(found) >= length else 0


def social_security_number(id_number: str) -> int:
    """An identity number of nine digits; 0 for any other."""
    found = re.sub(r"[\s-]", "", id_number)
    return int(found) if len(found) == 9 and found.isascii() and found.isdecimal() else 0


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().strip(" ,")


def _letters(word: str) -> str:
    # Other than the hyphen, names take no special characters.
    return re.sub(r"[^A-Z0-9-]", "", _ascii(word).upper())
