"""A month of loans as Metro 2 base segments: the codes and figures of each, in columns."""

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from duly.bureau.layouts.people import Person, address_of, digits_of, names_of, social_security_number
from duly.bureau.layouts.said import Reporter, Said
from duly.bureau.layouts.schedules import months_long, schedules_on, single
from duly.bureau.months import HISTORY, months_to
from duly.bureau.standing import DELETED, Lateness, Standing, original_write_off
from duly.engine.dates import MONTH, NO_DATE, WEEK, days
from duly.engine.fold import STATUS

Text = npt.NDArray[np.str_]
MOST = 999_999_999  # what does not fit nine digits is reported as nines
STATUS_BY_TIMES_LATE = np.array(["11", "71", "78", "80", "82", "83", "84"])


def account_status(standing: Standing) -> Text:
    """The account status of each loan (Field 17A, Exhibit 4)."""
    status, owed = standing.status, standing.balance > 0
    codes = STATUS_BY_TIMES_LATE[_times_late(standing.days_past_due)]
    codes = np.where(status == STATUS["settled"], "13", codes)
    codes = np.where(status == STATUS["written_off"], np.where(owed, "97", "64"), codes)
    return np.where(np.isin(status, (DELETED, STATUS["cancelled"])), "DA", codes)


def is_adverse(status: npt.NDArray[np.integer], days_past_due: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    """What is bad for the borrower: 30 or more days late, or written off."""
    return (status == STATUS["written_off"]) | ((status == STATUS["open"]) & (days_past_due >= 30))


def payment_history(said: Said) -> Text:
    """The 24 months before, newest first (Field 18, Exhibit 5).

    B before the loan was paid out; D where what is bad was never reported and the borrower has not been told of it.
    """
    month = said.month
    columns = []
    for place, ended in enumerate(months_to(month.end, len(month.history) + 1)[1:]):
        then = month.history[place]
        of_present = said.told & (month.late_since != NO_DATE) & (month.late_since <= days(ended))
        may_say = of_present | said.reported[place]
        codes = _history_codes(then)
        columns.append(np.where(is_adverse(then.status, then.days_past_due) & ~may_say, "D", codes))
    columns += [np.full(len(said), "B")] * (HISTORY - len(columns))
    letters = np.ascontiguousarray(np.array(columns, "U1").T)
    return letters.view(f"U{HISTORY}")[:, 0]


def base_segments(said: Said, reporter: Reporter) -> dict[str, Any]:
    """The columns of the base segments, by the names of the layout; see its table for what each holds."""
    month, standing = said.month, said.standing
    contracts = month.contracts
    schedules = schedules_on(contracts, month.facts, days(month.end))
    status = account_status(standing)
    is_paid = status == "13"
    over = np.isin(status, ("13", "64"))
    rating = _rating(said)
    is_bad = is_adverse(standing.status, standing.days_past_due) | (is_paid & (rating > "0"))
    ended_on = np.where(over & (month.positions.settled_on > 0), month.positions.settled_on, days(month.end))
    level = np.where(contracts.installment_amount > 0, contracts.installment_amount, month.positions.next_due_amount)

    def whole(minor: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return np.minimum(minor // said.scale, MOST)

    return {
        "processing_indicator": 1,
        "time_stamp": int(reporter.reported_at.timestamp()),
        "correction_indicator": int(said.is_correction),
        "identification_number": reporter.number,
        "consumer_account_number": [_account_number(one) for one in said.references],
        "portfolio_type": "I",
        "account_type": "01",
        "date_opened": contracts.disbursed_on,
        "highest_credit": whole(contracts.principal),
        "terms_duration": [
            f"{months:03d}" for months in np.minimum(months_long(schedules, contracts.disbursed_on), 999)
        ],
        "terms_frequency": _frequency(schedules.every, schedules.unit, single(schedules)),
        "scheduled_monthly_payment_amount": np.where(over, 0, whole(level)),
        "actual_payment_amount": whole(month.received),
        "account_status": status,
        "payment_rating": np.where(is_paid, rating, ""),
        "payment_history_profile": payment_history(said),
        "compliance_condition_code": np.where(said.objected, "XB", np.where(said.answered, "XH", "")),
        "current_balance": np.where(over, 0, whole(standing.balance)),
        "amount_past_due": np.where(is_bad & ~over, whole(standing.past_due), 0),
        "original_charge_off_amount": np.where(
            np.isin(status, ("97", "64")), whole(original_write_off(month.positions)), 0
        ),
        "date_account_information": ended_on,
        "date_first_delinquency": np.where(is_bad & (month.late_since != NO_DATE), month.late_since + 30, NO_DATE),
        "date_closed": np.where(over, ended_on, NO_DATE),
        "date_last_payment": month.last_paid_on,
        "interest_type_indicator": "F",
        "ecoa_code": "1",
        **_people(said),
    }


PERSONAL = (
    "surname", "first_name", "middle_name", "social_security_number", "date_birth", "telephone_number", "country_code",
    "first_line_address", "second_line_address", "city", "state", "zip_code",
)  # fmt: skip


def _people(said: Said) -> dict[str, Any]:
    known = {person: _person(person) for person in set(said.people)}
    columns = zip(*(known[person] for person in said.people), strict=True)
    return dict(zip(PERSONAL, map(list, columns), strict=True)) if len(said) else {}


def _person(person: Person) -> tuple[Any, ...]:
    one = address_of(person.address)
    return (
        *names_of(person.name),
        social_security_number(person.id_number),
        days(person.birth_date) if person.birth_date else NO_DATE,
        digits_of(person.phone, 10),
        one.country, one.first_line, one.second_line, one.city, one.state, one.zip_code,
    )  # fmt: skip


def _account_number(reference: str) -> str:
    plain = reference if reference.isascii() and reference.isalnum() else re.sub(r"[^A-Za-z0-9]", "", reference)
    return plain[-30:]


def _times_late(days_past_due: npt.NDArray[np.integer]) -> npt.NDArray[np.integer]:
    return np.clip(days_past_due // 30, 0, 6)


def _history_codes(then: Lateness) -> Text:
    codes = _times_late(then.days_past_due).astype(np.str_)
    codes = np.where(then.status == STATUS["written_off"], "L", codes)
    return np.where(then.status == STATUS["not_disbursed"], "B", codes)


def _rating(said: Said) -> Text:
    """How late a loan that was paid had been at the end of the month before, as far as it may be said."""
    if not said.month.history:
        return np.full(len(said), "0")
    before = said.month.history[0]
    codes = np.where(before.status == STATUS["not_disbursed"], "0", _history_codes(before))
    bad = is_adverse(before.status, before.days_past_due)
    return np.where(bad & ~(said.reported[0] | said.told), "0", codes)


def _frequency(every: npt.NDArray[np.int64], unit: npt.NDArray[np.int64], is_single: npt.NDArray[np.bool_]) -> Text:
    known = [(WEEK, 1, "W"), (WEEK, 2, "B"), (MONTH, 2, "L"), (MONTH, 3, "Q"), (MONTH, 6, "S"), (MONTH, 12, "Y")]
    codes = np.full(len(every), "M")
    for of_unit, length, code in known:
        codes = np.where((unit == of_unit) & (every == length), code, codes)
    return np.where(is_single, "P", codes)
