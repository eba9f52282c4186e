"""Whether the book is a demonstration: then every page says that all of it is simulated."""

from pathlib import Path

from django.conf import settings


def marker() -> Path:
    """The file whose presence marks a demonstration's book; it holds the first simulated day."""
    return Path(settings.HOME) / "SIMULATED"


def is_simulated() -> bool:
    """Whether this book's lender is simulated."""
    return marker().exists()
