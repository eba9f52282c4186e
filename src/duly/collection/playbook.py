"""The lender's playbooks: every version that any case may follow, as its file says (see playbook_file.py)."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from duly.collection.playbook_file import load_playbooks
from duly.collection.playbook_parts import Playbook, PlaybookError

DEFAULT = "standard"
FOLDER = Path(__file__).parent / "playbooks"


@lru_cache
def playbooks() -> Mapping[tuple[str, int], Playbook]:
    """Every playbook by id and version. Raises PlaybookError naming every fault in every file."""
    return load_playbooks(FOLDER)


def newest(playbook_id: str = DEFAULT) -> Playbook:
    """The newest version of a playbook: the one that a new case begins with. Raises PlaybookError for an unknown id."""
    versions = [one for one in playbooks().values() if one.id == playbook_id]
    if not versions:
        raise PlaybookError(f"there is no playbook {playbook_id!r}; use one of {', '.join(names())}")
    return max(versions, key=lambda one: one.version)


def names() -> list[str]:
    """The ids of all playbooks."""
    return sorted({playbook_id for playbook_id, _ in playbooks()})


def version(playbook_id: str, number: int) -> Playbook:
    """One version of a playbook. Raises PlaybookError when its file is gone: open cases still follow it."""
    try:
        return playbooks()[playbook_id, number]
    except KeyError:
        raise PlaybookError(
            f"there is no playbook {playbook_id!r} version {number} in {FOLDER}: put its file back, a case follows it"
        ) from None
