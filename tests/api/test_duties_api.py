"""The API of duties: what it says, state by state, page by page, and to whom."""

import datetime

import pytest
from programs import Program, pointers, problem

from duly.duties.services import duties_on
from duly.people.roles import Role
from small_lender import DUE, borrower, circumstance, instant

MONDAY = instant(DUE, 2)
ADDRESS = "/duties"


def test_a_duty_is_told_with_its_rule_and_the_days_left(program: Program) -> None:
    of = borrower()
    circumstance(of, "disputed", MONDAY)
    answer = program.get(ADDRESS, on="2026-03-17").json()
    assert answer["counts"] == {"late": 0, "due": 1, "done": 0}
    (duty,) = answer["items"]
    assert duty["borrower"] == of.reference
    assert duty["due_at"] == "2026-04-05T16:00:00Z"  # the end of 5 April in Shanghai
    assert (duty["duty"], duty["state"], duty["days_left"]) == ("answer_objection", "due", 19)
    assert (duty["rule"]["id"], duty["rule"]["verified"]) == ("cn.credit.dispute", False)


def test_each_state_is_asked_for_by_its_name(program: Program) -> None:
    circumstance(borrower(), "disputed", MONDAY)
    circumstance(borrower(), "disputed", MONDAY, MONDAY + datetime.timedelta(days=1))
    circumstance(borrower(), "disputed", MONDAY + datetime.timedelta(days=30))
    found = {
        state: program.get(ADDRESS, state=state, on="2026-04-20").json()["items"] for state in ("late", "due", "done")
    }
    assert {state: [one["state"] for one in duties] for state, duties in found.items()} == {
        "late": ["late"],
        "due": ["due"],
        "done": ["done"],
    }
    assert found["late"][0]["days_left"] == -15
    assert found["done"][0]["days_left"] is None


def test_a_long_list_comes_in_pages_that_make_the_whole(program: Program) -> None:
    for number in range(7):
        circumstance(borrower(), "disputed", MONDAY - number * datetime.timedelta(days=1))
    whole = program.get(ADDRESS).json()
    items, cursor = [], ""
    while cursor is not None:
        page = program.get(ADDRESS, limit=3, cursor=cursor).json()
        items, cursor = items + page["items"], page["next"]
    assert items == whole["items"]
    assert whole["next"] is None
    assert len(items) == len(duties_on(MONDAY)) == 7


def test_a_client_is_told_of_the_borrowers_that_it_sees(program_with) -> None:
    circumstance(borrower(), "disputed", MONDAY)
    blind = program_with("duties:read", sees_all=False)
    assert blind.get(ADDRESS).json()["items"] == []
    assert len(program_with("duties:read", name="seeing").get(ADDRESS).json()["items"]) == 1


def test_every_member_of_staff_may_look(staff) -> None:
    for role in (Role.UNDERWRITER, Role.COLLECTOR):
        assert staff(role, name=role).get(f"/api/v1{ADDRESS}").status_code == 200


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({"state": "lost"}, "query/state"),
        ({"on": "yesterday"}, "query/on"),
        ({"on": "9999-12-31"}, "query/on"),
        ({"on": "1899-12-31"}, "query/on"),
        ({"limit": "0"}, "query/limit"),
        ({"cursor": "x"}, "query/cursor"),
    ],
)
def test_a_question_that_is_wrong_is_told_where(program: Program, asked: dict[str, str], where: str) -> None:
    answer = program.get(ADDRESS, **asked)
    assert problem(answer) == (422, "invalid")
    assert pointers(answer) == [where]
