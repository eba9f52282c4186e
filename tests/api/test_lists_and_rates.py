"""Pages that miss nothing and repeat nothing while rows are added; rates that are told and kept."""

import pytest
from programs import Program, make_client, problem

from duly.api.rates import Rates
from small_lender import borrower, loan

pytestmark = pytest.mark.django_db


def test_pages_miss_and_repeat_nothing_while_rows_are_added(program: Program) -> None:
    first = [borrower().reference for _ in range(5)]
    seen, cursor, late = [], "", []
    while cursor is not None:
        page = program.get("/borrowers", limit=2, cursor=cursor).json()
        seen, cursor = seen + [one["reference"] for one in page["items"]], page["next"]
        if len(late) < 3:
            late.append(borrower().reference)
    assert seen == first + late


def test_a_cursor_is_of_one_list(program: Program) -> None:
    for _ in range(3):
        loan(borrower())
    cursor = program.get("/borrowers", limit=1).json()["next"]
    assert problem(program.get("/loans", cursor=cursor)) == (422, "invalid")
    assert problem(program.get("/borrowers", cursor=cursor + "x")) == (422, "invalid")


@pytest.mark.parametrize("address", ["/loans", "/borrowers", "/cases", "/contacts", "/payments", "/lines", "/products"])
def test_a_list_costs_the_same_however_long(program: Program, address: str, django_assert_max_num_queries) -> None:
    for _ in range(5):
        loan(borrower())
    with django_assert_max_num_queries(12):
        assert program.get(address).status_code == 200


def test_a_rate_is_told_and_kept(program_with) -> None:
    slow = Program(make_client("slow", requests_a_minute=2))
    answers = [slow.get("/loans") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"client";q=2;w=60'
    assert answers[0].headers["RateLimit"] == '"client";r=1;t=30'
    assert problem(answers[2]) == (429, "too_many_requests")
    assert 0 < int(answers[2].headers["Retry-After"]) <= 30
    assert program_with("loans:read").get("/loans").status_code == 200, "each client has a rate of its own"


def test_the_rate_lets_through_what_it_says_and_no_more() -> None:
    """Against counting: in any minute no more than a burst and what has come back since; and waiting helps."""
    rates, let_through, now = Rates(), [], 1000.0
    for _ in range(2000):
        now += 0.1
        if not rates.spend("somebody", 60, now).wait:
            let_through.append(now)
    for start in let_through:
        assert sum(start <= one < start + 60 for one in let_through) <= 120
    assert len(let_through) == pytest.approx(60 + 200, abs=2)
    refused = rates.spend("somebody", 60, now)
    while not refused.wait:
        refused = rates.spend("somebody", 60, now)
    assert not rates.spend("somebody", 60, now + refused.wait).wait
