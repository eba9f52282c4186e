"""The API of duties: what it says, whom it lets in, and that every error has one form."""

import datetime

import pytest
import schemathesis
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode, checks

from duly.api.models import ApiToken
from duly.api.tokens import add_token, revoke_token
from duly.api.urls import api
from duly.duties.services import duties_on
from duly.engine.errors import InputError
from duly.wsgi import application
from small_lender import DUE, borrower, circumstance, instant

pytestmark = pytest.mark.django_db

MONDAY = instant(DUE, 2)
ADDRESS = "/api/duties"


@pytest.fixture
def token() -> str:
    return add_token("reports", ["duties"])


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    return client


def ask(token: str = "", address: str = ADDRESS, **asked: str):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return Client().get(address, asked, headers=headers)


def problem(answer) -> tuple[int, str, str, str]:
    """An error's status, type, code and where; it has a message, and nothing else."""
    body = answer.json()
    assert set(body) == {"type", "code", "message", "where"}
    assert body["message"]
    return answer.status_code, body["type"], body["code"], body["where"]


def test_a_duty_is_told_with_its_rule_and_the_days_left(token: str) -> None:
    of = borrower()
    circumstance(of, "disputed", MONDAY)
    answer = ask(token, on="2026-03-17").json()
    assert answer["counts"] == {"late": 0, "due": 1, "done": 0}
    assert answer["count"] == 1
    (duty,) = answer["duties"]
    assert duty["borrower"] == of.reference
    assert duty["due_at"] == "2026-04-05T16:00:00Z"  # the end of 5 April in Shanghai
    assert (duty["duty"], duty["state"], duty["days_left"]) == ("answer_objection", "due", 19)
    assert (duty["rule"]["id"], duty["rule"]["verified"]) == ("cn.credit.dispute", False)


def test_each_state_is_asked_for_by_its_name(token: str) -> None:
    circumstance(borrower(), "disputed", MONDAY)
    circumstance(borrower(), "disputed", MONDAY, MONDAY + datetime.timedelta(days=1))
    circumstance(borrower(), "disputed", MONDAY + datetime.timedelta(days=30))
    found = {state: ask(token, state=state, on="2026-04-20").json()["duties"] for state in ("late", "due", "done")}
    assert {state: [one["state"] for one in duties] for state, duties in found.items()} == {
        "late": ["late"],
        "due": ["due"],
        "done": ["done"],
    }
    assert found["late"][0]["days_left"] == -15
    assert found["done"][0]["days_left"] is None


def test_a_long_list_comes_in_pieces_that_make_the_whole(token: str) -> None:
    for number in range(7):
        circumstance(borrower(), "disputed", MONDAY - number * datetime.timedelta(days=1))
    whole = ask(token).json()["duties"]
    pieces = [ask(token, limit="3", offset=str(start)).json() for start in (0, 3, 6, 9)]
    assert [one for piece in pieces for one in piece["duties"]] == whole
    assert {piece["count"] for piece in pieces} == {7}
    assert len(whole) == len(duties_on(MONDAY))


def test_nobody_is_let_in_by_default() -> None:
    answer = ask()
    assert problem(answer) == (401, "authentication", "not_signed_in", "")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    guest = Client()
    guest.force_login(User.objects.create_user("guest"))
    assert problem(guest.get(ADDRESS))[0] == 401


def test_staff_who_are_signed_in_need_no_token(staff: Client) -> None:
    assert staff.get(ADDRESS).status_code == 200


def test_a_revoked_token_opens_nothing_and_stays_on_record(token: str) -> None:
    assert ask(token).status_code == 200
    revoke_token("reports")
    assert problem(ask(token))[:3] == (401, "authentication", "not_signed_in")
    assert ApiToken.objects.get().revoked_at is not None
    with pytest.raises(InputError, match="no token"):
        revoke_token("reports")


def test_a_token_opens_only_its_scope(token: str) -> None:
    ApiToken.objects.update(scopes="something_else")
    assert problem(ask(token)) == (403, "permission", "not_allowed", "")


def test_a_wrong_token_is_refused_even_from_staff(staff: Client) -> None:
    assert staff.get(ADDRESS, headers={"Authorization": "Bearer duly_wrong"}).status_code == 401


def test_the_token_itself_is_not_kept(token: str) -> None:
    (kept,) = ApiToken.objects.all()
    assert token not in " ".join(str(value) for value in vars(kept).values())


@pytest.mark.parametrize(
    ("name", "scopes"), [("", ["duties"]), ("x", []), ("x", ["everything"]), ("reports", ["duties"])]
)
def test_a_token_that_makes_no_sense_is_not_made(token: str, name: str, scopes: list[str]) -> None:
    with pytest.raises(InputError):
        add_token(name, scopes)
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({"state": "lost"}, "/query/state"),
        ({"on": "yesterday"}, "/query/on"),
        ({"on": "9999-12-31"}, "/query/on"),
        ({"on": "0001-01-01"}, None),
        ({"limit": "0"}, "/query/limit"),
        ({"offset": "-1"}, "/query/offset"),
    ],
)
def test_a_question_that_is_wrong_is_told_where(token: str, asked: dict[str, str], where: str | None) -> None:
    answer = ask(token, **asked)
    if where is None:
        assert answer.json()["duties"] == []
    else:
        assert problem(answer)[0::3] == (422, where)


def test_an_address_or_a_method_that_there_is_not(token: str) -> None:
    assert problem(ask(address="/api/nothing"))[:3] == (404, "not_found", "no_such_address")
    assert problem(ask(address="/api/"))[0] == 404
    answer = Client().post(ADDRESS)
    assert problem(answer)[:3] == (405, "method", "method_not_allowed")
    assert answer.headers["Allow"] == "GET"


def test_a_failure_tells_nothing_of_its_cause(token: str, monkeypatch: pytest.MonkeyPatch, caplog) -> None:
    def fail(at: datetime.datetime) -> None:
        raise RuntimeError("the secret cause")

    monkeypatch.setattr("duly.api.duties.duties_on", fail)
    answer = ask(token)
    assert problem(answer) == (500, "server", "failed", "")
    assert "secret" not in answer.text


def test_answers_are_not_kept_by_whoever_passes_them_on(token: str) -> None:
    assert ask(token).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", ["/api/openapi.json", "/api/docs"])
def test_the_documentation_is_for_staff(staff: Client, address: str) -> None:
    assert Client().get(address).status_code == 302
    guest = Client()
    guest.force_login(User.objects.create_user("guest"))
    assert guest.get(address).status_code == 403
    answer = staff.get(address)
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "cdn" not in answer.text


@pytest.mark.parametrize("mode", GenerationMode)
def test_the_api_keeps_its_own_description(book, mode: GenerationMode) -> None:
    """Random questions made from the schema, right or wrong: every answer is one that the schema names."""
    token = add_token("reports", ["duties"])
    circumstance(borrower(), "disputed", MONDAY)
    schema = schemathesis.openapi.from_dict(dict(api.get_openapi_schema()))
    schema.app = application

    @settings(max_examples=10, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(schema[ADDRESS]["GET"].as_strategy(generation_mode=mode))
    def keeps(case: schemathesis.Case) -> None:
        # The last day of the calendar has no end: that is the one right question without an answer.
        case.call_and_validate(
            headers={"Authorization": f"Bearer {token}"}, excluded_checks=[checks.positive_data_acceptance]
        )

    keeps()
