"""Facts as JSON, at their edges: the last that is taken, the first that is refused, and how each field is read."""

import datetime

import pytest
from small_contract import read, where

from duly.engine.fact_reading import parse_facts, read_details
from duly.engine.facts import Fact, Reschedule
from duly.engine.records import NONE


def told(*facts, **change):
    return parse_facts(list(facts), read(**change))


def fact(kind, on="2024-02-01", **more):
    return {"kind": kind, "value_date": on, **more}


def test_every_field_of_a_payment():
    paid = fact("paid", amount="17.01", id="p", recorded_at="2024-02-02T00:00:00Z", prepays=True)
    drawn, one, other = told(paid, fact("paid", amount="0.01", **{"from": "credit"}))
    assert drawn == Fact("disbursed", datetime.date(2024, 1, 1), 100_00)
    assert one == Fact(
        "paid",
        datetime.date(2024, 2, 1),
        17_01,
        id="p",
        recorded_at=datetime.datetime(2024, 2, 2, tzinfo=datetime.UTC),
        where="/facts/0",
        prepays=True,
    )
    assert (other.amount, other.from_credit, other.prepays, other.where) == (1, True, False, "/facts/1")


def test_the_disbursement_is_added_where_it_is_not_told():
    drawn = fact("disbursed", "2024-01-01", amount="100.00")
    further = fact("disbursed", "2024-02-01", amount="50.00")
    assert [one.amount for one in told(drawn)] == [100_00]
    assert [one.amount for one in told(further)] == [100_00, 50_00]
    assert [one.amount for one in told(drawn, further)] == [100_00, 50_00]
    assert [one.amount for one in told(drawn, drawn | {"amount": "1.00"})] == [100_00, 1_00]


def test_what_only_some_kinds_say():
    _, fee, waiver, rate, benchmark, pause = told(
        fact("fee_charged", amount="5", due_on="2024-03-01", name="letter"),
        fact("waived", component="all"),
        fact("rate_changed", annual_rate="0.05"),
        fact("rate_changed", benchmark_rate="0.03", reworks="term"),
        fact("penalty_paused", stops=["days", "interest"]),
        margin="0.01",
    )
    assert (fee.amount, fee.due_on) == (5_00, datetime.date(2024, 3, 1))
    assert (waiver.component, waiver.amount) == ("all", 0)
    assert (rate.annual_rate, rate.benchmark_rate, rate.reworks) == (50_000, None, "installment")
    assert (benchmark.annual_rate, benchmark.benchmark_rate, benchmark.reworks) == (None, 30_000, "term")
    assert pause.stops == ("days", "interest")
    assert told(fact("penalty_paused"))[1].stops == ("penalty",)
    assert told(fact("fee_charged", amount="5"))[1].due_on is None


def test_every_field_of_new_terms():
    plain = told(fact("rescheduled", installments=600))[1].reschedule
    assert plain == Reschedule(600)
    full = fact(
        "rescheduled", installments=1, every="2 week", first_due_on="2024-02-02", annual_rate="0.01", method="bullet",
        capitalise=["fee", "interest"], forgive={"penalty": "all", "interest": "5.00"}, carry="spread",
    )  # fmt: skip
    assert told(full)[1].reschedule == Reschedule(
        1, 2, "week", datetime.date(2024, 2, 2), 10_000, "bullet", ("fee", "interest"),
        (("penalty", None), ("interest", 5_00)), "spread",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ([fact("rescheduled", installments=0)], "/0/installments"),
        ([fact("rescheduled", installments=601)], "/0/installments"),
        ([fact("rescheduled")], "/0/installments"),
        ([fact("rescheduled", installments=1, first_due_on="2024-02-01")], "/0/first_due_on"),
        ([fact("rescheduled", installments=1, every="1 moon")], "/0/every"),
        ([fact("rescheduled", installments=1, annual_rate="-1")], "/0/annual_rate"),
        ([fact("rescheduled", installments=1, method="gift")], "/0/method"),
        ([fact("rescheduled", installments=1, carry="last")], "/0/carry"),
        ([fact("rescheduled", installments=1, capitalise=["fee", "principal"])], "/0/capitalise/1"),
        ([fact("rescheduled", installments=1, capitalise="fee")], "/0/capitalise"),
        ([fact("rescheduled", installments=1, forgive=[])], "/0/forgive"),
        ([fact("rescheduled", installments=1, forgive={"coffee": "all"})], "/0/forgive/coffee"),
        ([fact("rescheduled", installments=1, forgive={"fee": "-1"})], "/0/forgive/fee"),
        ([fact("rate_changed")], "/0/annual_rate"),
        ([fact("rate_changed", annual_rate="0.1", benchmark_rate="0.1")], "/0/annual_rate"),
        ([fact("rate_changed", annual_rate="101")], "/0/annual_rate"),
        ([fact("rate_changed", benchmark_rate="101")], "/0/benchmark_rate"),
        ([fact("rate_changed", benchmark_rate="0.1")], "/0/benchmark_rate"),
        ([fact("rate_changed", annual_rate="0.1", reworks="both")], "/0/reworks"),
        ([fact("penalty_paused", stops=["penalty", "rain"])], "/0/stops/1"),
        ([fact("penalty_paused", stops="penalty")], "/0/stops"),
        ([fact("paid", amount="1", prepays="yes")], "/0/prepays"),
        ([fact("paid", amount="1", **{"from": "cash"})], "/0/from"),
        ([fact("fee_charged", amount="1", due_on="soon")], "/0/due_on"),
        ([fact("waived", component="all", amount="1")], "/0/amount"),
        ([fact("waived", component="fee")], "/0/amount"),
        ([fact("waived", amount="1")], "/0/component"),
        ([fact("cancelled", "2024-01-16")], "/0/value_date"),
        ([fact("accelerated", amount="1")], "/0/amount"),
        ([fact("paid", amount="1", reverses="a")], "/0/reverses"),
        ([fact("recovered", "2024-02-01", amount="1"), fact("written_off", "2024-02-02")], "/0/kind"),
        ([fact("written_off", id="w"), fact("reversed", reverses="w"), fact("recovered", amount="1")], "/2/kind"),
        ([fact("disbursed", "2024-01-01", amount="1.00")], "/0"),
        ([fact("disbursed", "2024-01-01", amount="100.00", id="d"), fact("reversed", reverses="d")], "/1/reverses"),
    ],
)
def test_facts_that_cannot_be(facts, pointer):
    assert where(told, *facts, cooling_off_days=14) == f"/facts{pointer}"


def test_facts_at_the_edge_are_taken():
    assert len(told(fact("cancelled", "2024-01-15"), cooling_off_days=14)) == 2
    assert len(told(fact("cancelled", "2030-01-15"))) == 2
    assert len(told(fact("written_off"), fact("recovered", amount="1"))) == 3
    assert len(told(fact("paid", "2024-01-01", amount="1", id="a"), fact("reversed", "2024-01-01", reverses="a"))) == 3


def test_details_kept_apart_are_read_as_their_facts_would():
    read_apart = read_details(
        [
            ("paid", "EUR", {}),
            ("paid", "EUR", {"prepays": True}),
            ("rate_changed", "EUR", {"benchmark_rate": "0.03", "reworks": "term"}),
            ("rescheduled", "JPY", {"installments": 3, "forgive": {"fee": "5"}}),
            ("rescheduled", "EUR", {"installments": 3, "forgive": {"fee": "5"}}),
            ("penalty_paused", "EUR", {"stops": ["interest", "fee"]}),
        ]
    )
    assert read_apart["prepays"].tolist() == [False, True, False, False, False, False]
    assert read_apart["annual_rate"].tolist() == [NONE, NONE, 30_000, NONE, NONE, NONE]
    assert read_apart["over_benchmark"].tolist() == [False, False, True, False, False, False]
    assert read_apart["reworks_term"].tolist() == [False, False, True, False, False, False]
    assert read_apart["installments"].tolist() == [0, 0, 0, 3, 3, 0]
    assert read_apart["forgive"][3:5, 2].tolist() == [5, 500]
    assert read_apart["stops"][5] == 2 + 4
    assert where(read_details, [("paid", "EUR", {}), ("rescheduled", "EUR", {"installments": 0})]) == "/1/installments"
