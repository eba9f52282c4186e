"""The shapes of what the engine works on: columns of contracts and facts, and the records of one loan being folded."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]
Record = Any  # one row of a structured array; NumPy's types do not know its fields
Records = Any  # a structured array whose rows are read by attribute

KIND = {
    "disbursed": 1,
    "paid": 2,
    "reversed": 3,
    "waived": 4,
    "written_off": 5,
    "fee_charged": 6,
    "rescheduled": 7,
    "rate_changed": 8,
    "penalty_paused": 9,
    "penalty_resumed": 10,
    "accelerated": 11,
    "recovered": 12,
    "refunded": 13,
    "cancelled": 14,
}
DISBURSED, PAID, REVERSED, WAIVED, WRITTEN_OFF = 1, 2, 3, 4, 5
FEE_CHARGED, RESCHEDULED, RATE_CHANGED, PAUSED, RESUMED = 6, 7, 8, 9, 10
ACCELERATED, RECOVERED, REFUNDED, CANCELLED = 11, 12, 13, 14

STATUS = {"not_disbursed": 0, "open": 1, "settled": 2, "written_off": 3, "cancelled": 4}
NOT_DISBURSED, OPEN, SETTLED, WRITTEN, CANCELLED_STATUS = 0, 1, 2, 3, 4

STOPS = {"penalty": 1, "interest": 2, "fee": 4, "days": 8}
STOP_PENALTY, STOP_INTEREST, STOP_FEE, STOP_DAYS = 1, 2, 4, 8

NONE = -1  # of a limit, a rate or an index that is not there


def _record(fields: list[Any]) -> np.dtype[np.void]:
    # A record's fields are read as attributes, compiled or not.
    return np.dtype((np.record, np.dtype(fields, align=True)))


# One set of terms. Money in minor units, rates and shares in millionths; NONE where there is no limit.
TERMS_DTYPE = _record(
    [
        ("method", np.int8),
        ("day_count", np.int8),
        ("every", np.int64),
        ("unit", np.int8),
        ("daily", np.bool_),
        ("grace_principal", np.int64),
        ("grace_interest", np.int64),
        ("grace_capitalised", np.bool_),
        ("step_up_every", np.int64),
        ("step_up_rate", np.int64),
        ("rounding", np.int8),
        ("installment_to", np.int64),
        ("calendar", np.int32),  # row of Contracts.closed_days, or NONE
        ("holiday_rule", np.int8),
        ("penalty_rate", np.int64),
        ("penalty_on", np.int8),
        ("penalty_grace_days", np.int64),
        ("penalty_from_grace_end", np.bool_),
        ("penalty_day_count", np.int8),
        ("penalty_compounds_every", np.int64),  # months; 0: it does not
        ("penalty_instead", np.bool_),
        ("penalty_cap", np.int64),
        ("penalty_cap_share", np.int64),
        ("cost_cap_share", np.int64),
        ("cost_cap_rate", np.int64),
        ("late_fee", np.int64),
        ("late_fee_after", np.int64),
        ("allocation_order", np.int32),  # four COMPONENT codes, four bits each, the first lowest
        ("allocation_by_component", np.bool_),
        ("late_allocation_after", np.int64),
        ("late_allocation_order", np.int32),
        ("late_allocation_by_component", np.bool_),
        ("prepayment_keeps_term", np.bool_),
        ("prepayment_fee_rate", np.int64),
        ("non_accrual_after", np.int64),
        ("tolerance", np.int64),
        ("margin", np.int64),
        ("first_day_out", np.bool_),
        ("month_end", np.int8),
        ("part_month_actual", np.bool_),
        ("split_sum", np.bool_),
        ("penalty_sum", np.bool_),  # as `split_sum`, for penalty: not under a cap on the yearly cost
        ("smooth", np.bool_),
        ("dpd_on_due_day", np.int64),
        ("payoff_interest", np.int8),
        ("broken_period", np.int8),
        ("days_bring", np.bool_),  # whether days without a fact change anything but time itself
        ("compounds_capped", np.bool_),  # compound penalty under a cap: what comes first takes the room
        ("simple_penalty", np.bool_),  # penalty on principal, with no cap and no compounding
        ("plain", np.bool_),  # a loan in good order may go by duly.engine.plain
    ],
)

# What the rarer facts say beyond kind, date, amount and component; NONE or NO_DATE where one is silent.
DETAIL_DTYPE = _record(
    [
        ("due_on", np.int64),
        ("prepays", np.bool_),
        ("from_credit", np.bool_),
        ("stops", np.uint8),  # STOPS added up
        ("annual_rate", np.int64),
        ("over_benchmark", np.bool_),  # `annual_rate` is the benchmark; the margin comes on top
        ("reworks_term", np.bool_),
        ("installments", np.int32),
        ("every", np.int64),
        ("unit", np.int8),
        ("first_due_on", np.int32),
        ("method", np.int8),
        ("capitalise", np.uint8),  # 1 << component, added up
        ("forgive", np.int64, (5,)),  # by component; NONE is all of it
        ("carry_spread", np.bool_),
    ],
)

# One installment as the fold works on it: what falls due, and what of it is left to pay.
INSTALLMENT_DTYPE = _record(
    [
        ("due_on", np.int64),
        ("paid_on", np.int32),  # when nothing was left, else NO_DATE
        ("penalty_from", np.int32),  # the running stretch of penalty began here
        ("period_start", np.int32),
        ("period_end", np.int32),
        ("anchor", np.int32),  # where parts of its period are counted from: its start, or the day it began to run
        ("interest_from", np.int32),  # own interest is worked out up to here
        ("deferring", np.bool_),  # own interest falls due with a later row
        ("capitalising", np.bool_),  # own interest joins the principal at the end of the period
        ("alone", np.bool_),  # a fee by itself, no row of the schedule
        ("late_fee_done", np.bool_),
        ("in_arrears", np.bool_),  # its grace days are broken: penalty runs
        ("principal", np.int64),
        ("interest", np.int64),
        ("fee", np.int64),
        ("penalty", np.int64),
        ("principal_left", np.int64),
        ("interest_left", np.int64),
        ("fee_left", np.int64),
        ("penalty_left", np.int64),
        ("paid", np.int64),
        ("own_interest", np.int64),  # of its own period: planned (scheduled), or accrued so far (daily)
        ("interest_before", np.int64),  # own interest up to `interest_from`
        ("interest_rest", np.int64),  # what its rounding left over, when only the sum is rounded
        ("extra", np.int64),  # its share of a broken first period, on top of own interest
        ("carried", np.int64),  # interest in the row that was earned before it was made
        ("bears", np.int64),  # principal that its own interest is on, from `interest_from`
        ("rate", np.int64),  # and the rate of that
        ("interest_waived", np.int64),
        ("paused", np.int64),  # part of a year of the running stretch that bears none, as its day count counts
        ("penalty_stretch", np.int64),  # penalty of the running stretch already in `penalty`
        ("penalty_base", np.int64),  # what the running stretch is on, where only the sum is rounded
        ("penalty_to", np.int64),  # up to where that stretch is worked out
        ("compounded", np.int64),  # unpaid penalty that bears penalty itself
    ],
)

# One loan while it is folded: its own figures, as facts have changed them, and its running totals.
LOAN_DTYPE = _record(
    [
        ("principal", np.int64),
        ("annual_rate", np.int64),
        ("service_fee", np.int64),
        ("upfront_fee", np.int64),
        ("balloon", np.int64),
        ("level", np.int64),  # the level installment; NONE: to be worked out
        ("share", np.int64),  # equal_principal: principal of each row
        ("level_step", np.int64),  # the step that `level` is the installment of
        ("starts_on", np.int64),  # where the present schedule begins
        ("first_due_on", np.int64),
        ("installments", np.int64),
        ("method", np.int64),
        ("every", np.int64),
        ("unit", np.int64),
        ("broken", np.bool_),  # the first period is not a whole one
        ("original", np.bool_),  # the schedule is the contract's: grace, balloon and steps hold
        ("count", np.int64),  # rows in use
        ("first_row", np.int64),  # first row of the present schedule
        ("end", np.int64),  # one past its last; rows after it hold fees alone
        ("first_open", np.int64),  # rows before this one have nothing left
        ("over", np.int64),  # rows before this one ended when the loan was last settled
        ("running", np.int64),  # first row not closed (daily), or not yet capitalised (grace)
        ("status", np.int64),
        ("settled_on", np.int64),
        ("non_accrual", np.bool_),
        ("day", np.int64),  # the days are worked out up to here
        ("accrued_to", np.int64),  # daily interest is worked out up to here
        ("pauses", np.int64),  # how many are known
        ("disbursed", np.int64),
        ("principal_left", np.int64),
        ("to_come", np.int64),  # of it, principal in rows not closed (daily)
        ("received", np.int64),
        ("refunded", np.int64),
        ("recovered", np.int64),
        ("credit", np.int64),  # paid beyond what was owed
        ("penalty_total", np.int64),  # all penalty so far
        ("received_by", np.int64, (5,)),  # by component
        ("waived_by", np.int64, (5,)),
        ("written_off_by", np.int64, (5,)),
        ("capitalised_by", np.int64, (5,)),
    ],
)

# Days on which something does not grow: one row a kind and stretch of days [start, end).
PAUSE_DTYPE = _record([("stops", np.int64), ("start", np.int64), ("end", np.int64)])


class Contracts(NamedTuple):
    """One row a loan, n rows. Money in minor units, rates in millionths a year, dates in days since 1970-01-01.

    Made by duly.engine.columns.make_contracts or pack_contracts.
    """

    terms: Records  # TERMS_DTYPE, each distinct set once
    closed_days: npt.NDArray[np.uint8]  # one row a calendar: 1 where not a business day, from calendars.FIRST_DAY
    term: Int32  # index into `terms`
    principal: Int64
    annual_rate: Int64
    service_fee: Int64
    upfront_fee: Int64
    balloon: Int64
    disbursed_on: Int32
    first_due_on: Int32
    installments: Int32
    installment_amount: Int64  # the level installment as the contract states it; 0 where the method has none


class Facts(NamedTuple):
    """One row a fact, by loan, then value date, then order of record; loan i has rows start[i] to start[i + 1]."""

    start: Int64  # n + 1 offsets
    kind: npt.NDArray[np.uint8]  # KIND
    value_date: Int32
    amount: Int64  # minor units; 0 where the kind has none
    component: npt.NDArray[np.uint8]  # COMPONENT, or ALL; 0 where the kind has none
    reverses: Int64  # row of the fact that a reversal takes back, else -1
    detail: Int32  # row of `details`, or -1; without rows where no fact has one
    details: Records  # DETAIL_DTYPE


class Work(NamedTuple):
    """What one loan is worked out on: scratch, used again for the next."""

    rows: Records  # INSTALLMENT_DTYPE
    pauses: Records  # PAUSE_DTYPE
    closed_days: npt.NDArray[np.uint8]
