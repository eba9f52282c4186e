"""Personal data as it stands on a screen until somebody asks for it: enough to recognise, not enough to use."""

DOT = "•"


def masked(field: str, value: object) -> str:
    """`value` of a field of a borrower, masked. Empty where there is nothing.

    A name keeps its first letter, a number its last four digits, an e-mail address its first letter and its domain, a
    birth date nothing, an address nothing.
    """
    text = "" if value is None else str(value)
    if not text:
        return ""
    if field == "name":
        return text[0] + DOT * 3
    if field in ("phone", "id_number"):
        return DOT * 4 + (text[-4:] if len(text) >= 8 else "")
    if field == "email" and "@" in text:
        return f"{text[0]}{DOT * 3}@{text.rsplit('@', 1)[1]}"
    return DOT * 6
