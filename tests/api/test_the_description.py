"""The API keeps its own description: schemathesis asks every operation, right and wrong, with all its checks."""

import pytest
import schemathesis
from django.contrib.auth.models import User
from hypothesis import HealthCheck, Phase, given, settings
from programs import make_client, make_token
from schemathesis import GenerationMode, checks

from duly.api.models import Endpoint
from duly.api.urls import api
from duly.borrowing.models import Application, LineProduct
from duly.collection.services import open_case
from duly.people.roles import Role, give_roles
from duly.wsgi import application
from small_lender import DUE, borrower, circumstance, instant, loan, pay

Asked = tuple[schemathesis.BaseSchema, dict[str, str], dict[str, object]]
NAMED = ("reference", "number", "uid", "code")
# What no shape can say makes a request that fits it wrong all the same: a reference that is taken, a date before the
# loan. That such an answer is one that the description names is checked like any other.
EXCLUDED = [checks.positive_data_acceptance]
# A bulk takes the rows that are right and names those that are not, in an answer that says so.
ROW_BY_ROW = {"/api/v1/payments/bulk"}
# A sign-in tried at random is slow for what it shows; test_access.py signs in.
OPERATIONS = [
    (path, method)
    for path, methods in api.get_openapi_schema()["paths"].items()
    for method in methods
    if path != "/api/v1/token"
]


@pytest.fixture
def asked(book) -> Asked:
    """The description over a small book, a client's headers, and names that are there for addresses to lead to."""
    of = borrower()
    lent = loan(of)
    paid = pay(lent, DUE, 12_34)
    circumstance(of, "disputed", instant(DUE, 2))
    case = open_case(of.pk, [lent.pk], DUE, "it is late")
    client = make_client(requests_a_minute=1_000_000, user=compliance())
    endpoint = Endpoint.objects.create(client=client, url="https://program.example/hook", secret="whsec_AAAA")
    wanted = Application.objects.create(
        reference="A1", borrower=of, product=line_product(), language="en", begun_at=instant(DUE, 2)
    )
    there = {
        "loans": lent.reference,
        "borrowers": of.reference,
        "applications": wanted.reference,
        "cases": case.pk,
        "products": lent.product.code,
        "webhooks": str(endpoint.uid),
        "payments": paid.pk,
    }
    schema = schemathesis.openapi.from_dict(dict(api.get_openapi_schema()))
    schema.app = application
    return schema, {"Authorization": f"Bearer {make_token(client)}"}, there


def compliance() -> User:
    user = User.objects.create_user("compliance")
    give_roles(user, Role.COMPLIANCE)
    return user


def line_product() -> LineProduct:
    terms = {
        "currency": "CNY",
        "amount": {"least": "500", "most": "50000", "step": "100"},
        "installments": [3, 6, 12],
        "contract": {"currency": "CNY"},
        "one_person_limit": "20000",
    }
    return LineProduct.objects.create(
        code="line", version=1, name_en="Line", name_zh="额度", currency="CNY", terms=terms, added_by="somebody"
    )


def keeps(asked: Asked, path: str, method: str, mode: GenerationMode, examples: int, *, same: bool) -> None:
    """Ask one operation `examples` times; the `same` questions each time, or others."""
    schema, headers, there = asked
    of_room = there.get(path.split("/")[3])
    excluded = [*EXCLUDED, checks.negative_data_rejection] if path in ROW_BY_ROW else EXCLUDED

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=same,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(schema[path][method.upper()].as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        if mode is GenerationMode.POSITIVE and of_room is not None:
            case.path_parameters.update({name: of_room for name in case.path_parameters if name in NAMED})
        case.call_and_validate(headers=headers, excluded_checks=excluded)

    ask()


@pytest.mark.parametrize("mode", GenerationMode)
def test_the_api_keeps_its_own_description(asked: Asked, mode: GenerationMode) -> None:
    for path, method in OPERATIONS:
        keeps(asked, path, method, mode, examples=3, same=True)


@pytest.mark.soak
@pytest.mark.parametrize("mode", GenerationMode)
def test_the_api_keeps_its_own_description_for_long(asked: Asked, mode: GenerationMode) -> None:
    for path, method in OPERATIONS:
        keeps(asked, path, method, mode, examples=200, same=False)


def test_every_answer_of_every_operation_is_described() -> None:
    document = api.get_openapi_schema()
    assert document["openapi"].startswith("3.1")
    for path, method in OPERATIONS:
        operation = document["paths"][path][method]
        statuses = set(operation["responses"])
        assert {"400", "401", "403", "404", "422", "429", "500"} <= statuses, (path, method)
        assert operation["description"], (path, method)
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"]
        keys = [one["required"] for one in operation["parameters"] if one["name"] == "Idempotency-Key"]
        assert keys == [True] * (method == "post"), "every POST has a key"
