"""Who is let in: clients by scope and what they see, staff by role and only to read, nobody by default."""

import base64
import hashlib

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser
from oauth2_provider.models import get_access_token_model
from programs import make_client, make_token, problem

from duly.api.clients import add_client, renew_secret, revoke_client
from duly.api.models import Client
from duly.api.scopes import SCOPES
from duly.engine.errors import InputError
from duly.people.roles import Role, give_roles
from small_lender import borrower, loan

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/loans"


@pytest.fixture(autouse=True)
def _secrets_are_hashed_quickly(settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def sign_in(client_id: str, secret: str, **more: str):
    return Browser().post(
        "/api/v1/token", {"grant_type": "client_credentials", **more}, headers=basic(client_id, secret)
    )


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def ask(token: str, address: str = ADDRESS):
    return Browser().get(address, headers={"Authorization": f"Bearer {token}"})


def test_a_client_signs_in_with_its_secret_and_gets_a_token_with_its_scopes() -> None:
    client_id, secret = add_client("reports", ["loans:read", "cases:read"], sees_all=True)
    told = sign_in(client_id, secret)
    assert told.status_code == 200
    assert told.headers["Cache-Control"] == "no-store"
    assert set(told.json()["scope"].split()) == {"loans:read", "cases:read"}
    assert ask(told.json()["access_token"]).status_code == 200
    narrow = sign_in(client_id, secret, scope="cases:read").json()
    assert narrow["scope"] == "cases:read"
    assert problem(ask(narrow["access_token"])) == (403, "not_allowed")


def test_neither_secret_nor_token_is_kept() -> None:
    client_id, secret = add_client("reports", ["loans:read"], sees_all=True)
    token = sign_in(client_id, secret).json()["access_token"]
    kept = [*Client.objects.values_list(), *get_access_token_model().objects.values_list()]
    assert secret not in str(kept)
    assert token not in str(kept)
    assert hashlib.sha256(token.encode()).hexdigest() in str(kept)


def test_a_client_asks_in_vain_for_what_it_was_not_given() -> None:
    client_id, secret = add_client("reports", ["loans:read"], sees_all=True)
    assert sign_in(client_id, secret, scope="payments:write").status_code == 400
    assert sign_in(client_id, "wrong").status_code == 401
    assert sign_in("nobody", secret).status_code == 401
    assert sign_in(client_id, secret, scope="\x00").status_code == 400
    assert Browser().get("/api/v1/token").status_code == 405


def test_sign_in_is_refused_to_whoever_tries_too_often(settings) -> None:
    settings.DULY_API_RATE = 2
    tries = [sign_in("nobody", "guess") for _ in range(3)]
    assert [one.status_code for one in tries] == [401, 401, 429]
    assert int(tries[-1].headers["Retry-After"]) > 0


def test_who_tries_too_often_behind_a_proxy_uses_up_their_own_tries_alone(settings) -> None:
    settings.DULY_API_RATE, settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2, 1

    def tried_from(forwarded: str) -> int:
        given = {"grant_type": "client_credentials", "client_id": "nobody", "client_secret": "guess"}
        return Browser().post("/api/v1/token", given, headers={"X-Forwarded-For": forwarded}).status_code

    assert [tried_from("198.51.100.7") for _ in range(3)] == [401, 401, 429]
    assert tried_from("203.0.113.9, 198.51.100.7") == 429  # what a client writes there itself counts for nothing
    assert tried_from("198.51.100.8") == 401


def test_a_renewed_secret_and_a_revoked_client_close_the_old_way_at_once() -> None:
    client_id, secret = add_client("reports", ["loans:read"], sees_all=True)
    first = sign_in(client_id, secret).json()["access_token"]
    _, second = renew_secret("reports")
    assert problem(ask(first)) == (401, "not_signed_in")
    assert sign_in(client_id, secret).status_code == 401
    token = sign_in(client_id, second).json()["access_token"]
    assert ask(token).status_code == 200
    revoke_client("reports")
    assert problem(ask(token)) == (401, "not_signed_in")
    assert sign_in(client_id, second).status_code == 401
    assert Client.objects.get().revoked_at is not None
    with pytest.raises(InputError, match="no client"):
        revoke_client("reports")


@pytest.mark.parametrize(
    ("name", "scopes", "sees_as"),
    [
        ("", ["loans:read"], ""),
        ("x", [], ""),
        ("x", ["everything"], ""),
        ("reports", ["loans:read"], ""),
        ("x", ["loans:read"], "nobody"),
    ],
)
def test_a_client_that_makes_no_sense_is_not_made(name: str, scopes: list[str], sees_as: str) -> None:
    make_client()
    with pytest.raises(InputError):
        add_client(name, scopes, sees_as=sees_as)
    assert Client.objects.count() == 1


def test_nobody_is_let_in_by_default() -> None:
    answer = Browser().get(ADDRESS)
    assert problem(answer) == (401, "not_signed_in")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    guest = Browser()
    guest.force_login(User.objects.create_user("guest"))
    assert problem(guest.get(ADDRESS)) == (401, "not_signed_in")


def test_a_token_that_has_run_out_opens_nothing() -> None:
    client = make_client()
    assert problem(ask(make_token(client, seconds=-1))) == (401, "not_signed_in")
    assert ask(make_token(client)).status_code == 200


def test_a_scope_taken_from_a_client_is_taken_from_its_tokens() -> None:
    client = make_client()
    token = make_token(client)
    Client.objects.update(scopes="cases:read")
    assert problem(ask(token)) == (403, "not_allowed")


def test_a_wrong_token_is_refused_even_from_staff(staff) -> None:
    answer = staff(Role.FINANCE).get(ADDRESS, headers={"Authorization": "Bearer wrong"})
    assert problem(answer) == (401, "not_signed_in")


@pytest.mark.parametrize("role", list(Role))
def test_staff_read_what_their_role_may_and_write_nothing(role: Role) -> None:
    user = User.objects.create_user("someone")
    give_roles(user, role)
    browser = Browser()
    browser.force_login(user)
    expected = {
        "/cases": role in {Role.COLLECTOR, Role.LEGAL, Role.COMPLIANCE, Role.ADMINISTRATOR},
        "/loans": role not in {Role.BORROWER, Role.AGENCY},
    }
    for address, may in expected.items():
        assert (browser.get(f"/api/v1{address}").status_code == 200) is may, address
    answer = browser.post("/api/v1/loans", {}, "application/json", headers={"Idempotency-Key": "1"})
    assert problem(answer) == (401, "not_signed_in")


def test_what_a_client_does_not_see_is_not_there(program_with) -> None:
    of = borrower()
    lent = loan(of)
    seeing, blind = program_with("loans:read"), program_with("loans:read", name="blind", sees_all=False)
    for address in ("", "/schedule", "/facts", "/position", "/payoff", "/explain"):
        assert seeing.get(f"/loans/{lent.reference}{address}").status_code == 200, address
        assert problem(blind.get(f"/loans/{lent.reference}{address}")) == (404, "not_found")
    assert len(seeing.get("/loans").json()["items"]) == 1
    assert blind.get("/loans").json()["items"] == []


def test_a_client_that_sees_as_a_borrower_sees_that_borrower_alone(program_with) -> None:
    """Whatever a client may ask, it reaches no further than the user whose eyes it has."""
    mine, other = borrower(), borrower()
    mine.user = User.objects.create_user("borrower-12")
    mine.save()
    give_roles(mine.user, Role.BORROWER)
    loan(mine)
    hidden = loan(other)
    theirs = program_with(*SCOPES, sees_all=False, user=mine.user)
    assert [one["borrower"] for one in theirs.get("/loans").json()["items"]] == [mine.reference]
    assert [one["reference"] for one in theirs.get("/borrowers").json()["items"]] == [mine.reference]
    assert problem(theirs.get(f"/loans/{hidden.reference}")) == (404, "not_found")
    fact = {"kind": "accelerated", "value_date": "2026-03-20"}
    assert problem(theirs.post(f"/loans/{hidden.reference}/facts", fact)) == (404, "not_found")
    assert problem(theirs.post("/borrowers", {})) == (403, "not_allowed")


@pytest.mark.parametrize("address", ["/api/v1/openapi.json", "/api/v1/docs"])
def test_the_documentation_is_for_staff(staff, address: str) -> None:
    assert Browser().get(address).status_code == 302
    guest = Browser()
    guest.force_login(User.objects.create_user("guest"))
    assert guest.get(address).status_code == 403
    answer = staff(Role.UNDERWRITER).get(address)
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "cdn" not in answer.text


def test_every_operation_names_its_scope() -> None:
    from duly.api.urls import api

    document = api.get_openapi_schema()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if path == "/api/v1/token":
                continue
            (scope,) = operation["security"][0]["OAuth2"]
            assert scope in SCOPES, (path, method)
            assert method == "get" or len(operation["security"]) == 1, "staff only read"
