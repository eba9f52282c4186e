"""100.00 at 7% over six months, changed as a test wants it; and where a refusal points to."""

import pytest

from duly.engine.contract import parse_contract
from duly.engine.errors import InputError

CONTRACT = {
    "currency": "EUR",
    "principal": "100.00",
    "disbursed_on": "2024-01-01",
    "annual_rate": "0.07",
    "method": "equal_installment",
    "installments": 6,
}


def read(**change):
    return parse_contract(CONTRACT | change)


def where(call, *arguments, **named):
    with pytest.raises(InputError) as raised:
        call(*arguments, **named)
    assert raised.value.what
    assert raised.value.remedy
    return raised.value.where
