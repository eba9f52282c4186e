"""The lender's own rule packs: the files that settings.DULY_HOUSE_PACKS names, checked, each called after its file."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from duly.law.check import checked_pack
from duly.law.pack import Pack, shipped_text


def house_packs() -> tuple[Pack, ...]:
    """The lender's packs as they are on disk when first asked for. Raises InputError with every fault in them."""
    return tuple(_read(Path(path))[0] for path in settings.DULY_HOUSE_PACKS)


def packs_in_force() -> str:
    """The packs that the lender's contacts are decided under, as a question names them."""
    return ",".join([*settings.DULY_PACKS, *(pack.name for pack in house_packs())])


def text_of(name: str) -> str:
    """The text of a pack, the lender's own or one that comes with Duly. Raises InputError when there is none."""
    own = {Path(path).stem: path for path in settings.DULY_HOUSE_PACKS}
    return _read(Path(own[name]))[1] if name in own else shipped_text(name)


@lru_cache
def _read(path: Path) -> tuple[Pack, str]:
    # One reading for the pack and its text, so that the log keeps the text that was decided by.
    text = path.read_text(encoding="utf-8")
    return checked_pack(text, path.stem), text
