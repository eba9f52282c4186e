"""The simulated credit bureau and identity check: what they say of an applicant follows from the identity number."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from duly.borrowing.models import Application
from duly.risk.characteristics import CardMonths, characteristics_of

WAGE = 8000
# How people have paid their cards, and the share of people who have: months behind, the latest first; part of each
# bill paid, in hundredths; part of the limit used, in hundredths.
RECORDS = (
    (0.70, (0, 0, 0, 0, 0, 0), 100, 30),
    (0.18, (0, 0, 0, 0, 0, 0), 20, 75),
    (0.08, (0, 1, 0, 0, 1, 0), 10, 90),
    (0.04, (2, 2, 1, 1, 0, 0), 3, 98),
)
LIMIT = 20_000


def found_out(application: Application, answers: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """What the simulated bureau and checks say of the applicant, as fields of a policy."""
    return facts_of(answers.get("identity", {}).get("id_number", ""))


def facts_of(id_number: str) -> dict[str, Any]:
    """The same, of whoever has that number."""
    digest = hashlib.sha256(id_number.encode()).digest()
    return statements(_record(digest[0] / 256)) | {
        "id_verified": True,
        "face_matched": True,
        "documents_altered": False,
        "on_blocklist": False,
        "people_on_device": 0,
        "applications_30_days": digest[1] % 4,
        "lenders_owed": digest[2] % 3,
        "debt_written_off": False,
        # Employers answer for nine in ten.
        "income_verified": digest[3] >= 26,
    }


def statements(record: int) -> dict[str, Any]:
    """What six months of card statements say of somebody with that place in RECORDS."""
    _, late, paid, used = RECORDS[record]
    bills = np.full((6, 1), LIMIT * used // 100, np.int64)
    card = CardMonths(np.array([LIMIT], np.int64), bills, bills * paid // 100, np.array(late, np.int64)[:, None], WAGE)
    found = {name: int(column[0]) for name, column in characteristics_of(card).items()}
    return found | {"days_past_due_now": 30 * late[0], "worst_days_past_due": 30 * max(late)}


def _record(share: float) -> int:
    upto = 0.0
    for place, (part, *_) in enumerate(RECORDS):
        upto += part
        if share < upto:
            return place
    return len(RECORDS) - 1
