"""Who may do what: every address and method there is, tried by every role, by nobody, and held against the table.

The table is permissions.txt. A new address without a line fails, and so does a line that is not true.
"""

import time
from collections import Counter

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from permissions import ANYONE, METHODS, NOBODY, Address, Entry, addresses, table

from duly.agencies.models import Agency, AgencyStaff, Mandate
from duly.people.access import open_to, open_to_anyone
from duly.people.roles import STAFF, Role, give_roles
from duly.people.services import register_borrower

# Pages of libraries, which cannot say themselves who may open them; the table does, and it is tried.
THIRD_PARTY = ("allauth.", "django.contrib.", "unfold.", "ninja.", "oauth2_provider.", "duly.api.answering")
ADMIN = "admin/"
REFUSED = (401, 403)
DOORS = ("/sign-in", "/my/sign-in", "/agency/sign-in")
# These end the session of who uses them.
SIGN_OUT = ("sign-out", "my/sign-out", "account/leave")
# The steps of a sign-in lead back to its beginning when nothing was begun, whoever comes.
STEPS = (
    "account/code",
    "account/verify",
    "account/again",
    "account/second-factor/authenticate/",
    "account/second-factor/reauthenticate/",
    "account/second-factor/webauthn/reauthenticate/",
    "account/second-factor/webauthn/login/",
    *SIGN_OUT,
)
EVERYBODY = [None, *Role]


def ours() -> list[Address]:
    """Every address of the rooms' own pages and the API, each once; those that end a session last."""
    found = {one.route: one for one in addresses() if not one.route.startswith(ADMIN)}
    return sorted(found.values(), key=lambda one: one.route in SIGN_OUT)


def by_route() -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in table():
        found.setdefault(entry.route, []).append(entry)
    return found


def test_every_address_has_a_line_and_every_line_an_address():
    lines, routes = set(by_route()), {one.route for one in ours()}
    assert routes - lines == set(), "add these to tests/people/permissions.txt: who may do what there"
    assert lines - routes == set(), "these are no addresses any more"


def test_no_method_of_an_address_is_told_twice():
    counts = Counter((entry.route, method) for entry in table() for method in entry.methods)
    assert [one for one, times in counts.items() if times > 1] == []


def test_every_page_of_ours_says_itself_who_may_open_it_and_says_what_the_table_says():
    lines = by_route()
    wrong = []
    for one in ours():
        if not hasattr(one.view, "open_to"):
            if not one.view.__module__.startswith(THIRD_PARTY):
                wrong.append(f"{one.route}: the view has no open_to")
            continue
        said = frozenset([ANYONE]) if one.view.open_to is None else frozenset(role.value for role in one.view.open_to)
        told = frozenset().union(*(entry.who for entry in lines.get(one.route, [])))
        told = frozenset([ANYONE]) if ANYONE in told else told
        if said != told:
            wrong.append(f"{one.route}: the view says {sorted(said)}, the table {sorted(told)}")
    assert wrong == []


@pytest.fixture
def clients(db) -> dict[str | None, Client]:
    """A browser for each role alone, a borrower with a record of their own among them, and one for nobody."""
    found: dict[str | None, Client] = {None: Client(raise_request_exception=False)}
    for role in Role:
        user = User.objects.create_user(f"some {role}", is_staff=role in STAFF)
        give_roles(user, role)
        if role is Role.BORROWER:
            register_borrower(user=user, phone="13800000099")
        if role is Role.AGENCY:
            work_for_an_agency(user)
        found[role.value] = Client(raise_request_exception=False)
        sign_in(found[role.value], user)
    return found


def work_for_an_agency(user: User) -> None:
    """Let somebody be of an agency that may act."""
    agency = Agency.objects.create(code="some", name="Agency 1", licence="L", telephone="1", email="a@agency.example")
    today = timezone.localdate()
    Mandate.objects.create(number="M", agency=agency, begins_on=today, ends_on=today, channels=["voice"])
    AgencyStaff.objects.create(agency=agency, user=user, joined_at=timezone.now())


def sign_in(client: Client, user: User) -> None:
    """Sign somebody in, just now, as far as pages that ask for a recent sign-in are concerned."""
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "code", "at": time.time()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


def let_in(answer) -> bool:
    """Whether an answer is that of a page to who may open it, be it that there is nothing of that name."""
    to_a_door = answer.status_code == 302 and answer.headers["Location"].split("?")[0] in DOORS
    return answer.status_code not in (*REFUSED, 405) and not to_a_door


@pytest.mark.parametrize("role", EVERYBODY, ids=lambda role: role or "nobody in particular")
def test_each_may_do_what_the_table_says_and_nothing_else(clients, role):
    lines, client = by_route(), clients[role]
    wrong = []
    for one in ours():
        for method in METHODS:
            may = any(entry.lets(role) for entry in lines.get(one.route, []) if method in entry.methods)
            answer = client.generic(method, one.path)
            if answer.status_code >= 500 or (one.route not in STEPS and let_in(answer) != may):
                wrong.append(f"{method} {one.route}: {answer.status_code}, though they {'may' if may else 'may not'}")
            if one.route in SIGN_OUT and role is not None:
                sign_in(client, User.objects.get(username=f"some {role}"))
    assert not wrong, "\n".join(wrong)


def test_the_admin_is_for_administrators(clients):
    routes = [one for one in addresses() if one.route.startswith(ADMIN)]
    assert len(routes) > 100
    for role in (None, Role.BORROWER, Role.COMPLIANCE, Role.AGENCY):
        seen = [one.route for one in routes if clients[role].get(one.path).status_code == 200]
        assert seen == [], role
    assert clients[Role.ADMINISTRATOR].get("/admin/").status_code == 200
    assert clients[Role.ADMINISTRATOR].get("/admin/people/borrower/").status_code == 200
    for change in ("add/", "1/change/", "1/delete/"):
        assert clients[Role.ADMINISTRATOR].post(f"/admin/people/borrower/{change}").status_code in (302, 403, 404)


def test_the_admin_shows_no_personal_data(clients):
    one = register_borrower(name="Borrower 77", phone="13800000077", email="borrower-77@mail.example")
    page = clients[Role.ADMINISTRATOR].get(f"/admin/people/borrower/{one.pk}/change/").text
    assert one.reference in page
    for secret in ("Borrower 77", "13800000077", "borrower-77", one.phone_index):
        assert secret not in page


def test_there_is_no_third_door(clients):
    answer = Client().post("/admin/login/", {"username": "some administrator", "password": "x"})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in")


def test_a_page_that_names_no_role_is_nobodys(rf, somebody):
    @open_to()
    def page(request):
        raise AssertionError

    request = rf.get("/")
    request.user = somebody("every one", *Role)
    from django.core.exceptions import PermissionDenied

    with pytest.raises(PermissionDenied):
        page(request)
    assert page.open_to == frozenset()
    assert open_to_anyone(page).open_to is None


def test_the_table_names_programs_only_where_programs_come():
    assert [entry.route for entry in table() if NOBODY in entry.who and not entry.route.startswith("api/")] == []
