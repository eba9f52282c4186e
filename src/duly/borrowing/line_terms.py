"""The terms of a line's product, read from JSON and checked; and the contracts that come out of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from duly.engine.contract import METHOD, Terms, parse_terms
from duly.engine.errors import InputError
from duly.engine.money import HALF_EVEN, MILLION, decimals, format_rate, multiply_divide, parse_money, parse_rate
from duly.engine.reading import check_choice, whole, with_defaults

# An open-ended contract has no term to quote.
METHODS = tuple(method for method in METHOD if method != "open")
MOST_INSTALLMENTS = 360

_DEFAULTS: dict[str, Any] = {
    "currency": ...,
    "amount": {"least": ..., "most": ..., "step": None},
    "installments": ...,
    "methods": ["equal_installment"],
    "fees": {"upfront_rate": "0", "service_rate": "0"},
    "penalty_times_rate": "1.5",
    "contract": ...,
    "line_months": 12,
    "application_days": 30,
    "decision_days": 30,
    "return_days": 30,
    "one_person_limit": ...,
}


@dataclass(frozen=True)
class LineTerms:
    """What a line of one product version offers. Money in minor units, rates and shares in millionths.

    `amount_*` bound one drawdown, in steps. `upfront_rate` of the amount is taken out of what is paid out,
    `service_rate` of it falls due with the installments. `contract` are the terms that every contract has (its method,
    and its penalty rate, which is `penalty_times_rate` of the contract's rate, aside). `one_person_limit` is the
    largest limit that one underwriter gives alone.
    """

    currency: str
    amount_least: int
    amount_most: int
    amount_step: int
    installments: tuple[int, ...]
    methods: tuple[str, ...]
    upfront_rate: int
    service_rate: int
    penalty_times_rate: int
    contract: Mapping[str, Any]
    line_months: int
    application_days: int
    decision_days: int
    return_days: int
    one_person_limit: int

    def contract_terms(self, method: str, annual_rate: int) -> dict[str, Any]:
        """The terms of a contract by `method` at `annual_rate` (millionths), as a lending product keeps them.

        The penalty rate is a multiple of the contract's rate, rounded half even to a millionth.
        """
        penalty = multiply_divide(annual_rate, self.penalty_times_rate, MILLION, HALF_EVEN)
        own = {"annual_rate": format_rate(penalty)}
        return {
            **self.contract,
            "currency": self.currency,
            "method": method,
            "penalty": {**self.contract.get("penalty", {}), **own},
        }

    def upfront_fee(self, amount: int) -> int:
        """What is taken out of a drawdown of `amount`, rounded half even to the minor unit."""
        return multiply_divide(amount, self.upfront_rate, MILLION, HALF_EVEN)

    def service_fee(self, amount: int) -> int:
        """What falls due with the installments of `amount`, rounded half even to the minor unit."""
        return multiply_divide(amount, self.service_rate, MILLION, HALF_EVEN)


def parse_line_terms(document: object) -> LineTerms:
    """The terms in a JSON `document`. Raises InputError with a pointer to the place."""
    values = with_defaults(_without_contract(document), _DEFAULTS, "")
    exponent = decimals(values["currency"])

    def amount(pointer: str, text: object) -> int:
        return parse_money(text, exponent, pointer)

    least, most = amount("/amount/least", values["amount"]["least"]), amount("/amount/most", values["amount"]["most"])
    step = 1 if values["amount"]["step"] is None else amount("/amount/step", values["amount"]["step"])
    if step == 0:
        raise InputError("amounts cannot go in steps of nothing", "/amount/step", 'give "100.00", say')
    if not 0 < least <= most:
        raise InputError("the least amount is zero or above the most", "/amount/least", "give less than the most")
    methods = _choices(values["methods"], "/methods")
    for method in methods:
        check_choice(method, METHODS, "/methods")
    counts = _choices(values["installments"], "/installments")
    terms = LineTerms(
        currency=values["currency"],
        amount_least=least,
        amount_most=most,
        amount_step=step,
        installments=tuple(sorted(whole(count, "/installments", 1, MOST_INSTALLMENTS) for count in counts)),
        methods=tuple(methods),
        upfront_rate=_share(values["fees"]["upfront_rate"], "/fees/upfront_rate"),
        service_rate=_share(values["fees"]["service_rate"], "/fees/service_rate"),
        penalty_times_rate=parse_rate(values["penalty_times_rate"], "/penalty_times_rate"),
        contract=values["contract"],
        line_months=whole(values["line_months"], "/line_months", 1, 120),
        application_days=whole(values["application_days"], "/application_days", 1, 366),
        decision_days=whole(values["decision_days"], "/decision_days", 1, 366),
        return_days=whole(values["return_days"], "/return_days", 1, 90),
        one_person_limit=amount("/one_person_limit", values["one_person_limit"]),
    )
    _check_contracts(terms)
    return terms


def _without_contract(document: object) -> object:
    # The contract's terms are an object of their own fields, which are checked where they are read.
    if isinstance(document, Mapping) and not isinstance(document.get("contract", {}), Mapping):
        raise InputError("contract is not an object", "/contract", "give the terms that every contract has")
    return document


def _check_contracts(terms: LineTerms) -> None:
    for own in ("currency", "method"):
        if own in terms.contract:
            raise InputError(f"{own} stands above, not in the contract", f"/contract/{own}", "leave it out here")
    if "annual_rate" in terms.contract.get("penalty", {}):
        raise InputError(
            "the penalty rate follows the contract's", "/contract/penalty/annual_rate", "give penalty_times_rate"
        )
    for method in terms.methods:
        try:
            parse_terms(terms.contract_terms(method, 0))
        except InputError as error:
            raise InputError(error.what, f"/contract{error.where}", error.remedy) from error


def contract_terms(terms: LineTerms, method: str, annual_rate: int) -> Terms:
    """The engine's terms of a contract by `method` at `annual_rate` (millionths)."""
    return parse_terms(terms.contract_terms(method, annual_rate))


def _choices(given: object, where: str) -> list[Any]:
    if not isinstance(given, list) or not given or len(set(map(str, given))) != len(given):
        raise InputError("this is not a list of different choices", where, "give at least one, each once")
    return given


def _share(text: object, where: str) -> int:
    share = parse_rate(text, where)
    if share >= MILLION:
        raise InputError(f"a fee of {text} of the amount leaves nothing", where, 'give a share below "1"')
    return share
