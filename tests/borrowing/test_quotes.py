"""Quotes: every figure against a closed formula or a published example, the cap of the law, and what may be drawn."""

import datetime
import re
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import pytest
from applicants import TERMS
from hypothesis import given
from hypothesis import strategies as st

from duly.borrowing.line_terms import METHODS, parse_line_terms
from duly.borrowing.quoting import compare, lowest_cap, quote, quote_of, worked_out
from duly.engine.errors import InputError

ON = datetime.date(2026, 1, 15)
FREE = TERMS | {"fees": {}, "amount": {"least": "1.00", "most": "1000000.00", "step": "0.01"}}
FREE |= {"installments": list(range(1, 61)), "methods": list(METHODS)}

HOUSE = """
version = 1
level = "house"
title = { en = "Ours", zh = "本机构" }

[[rules]]
id = "house.cost"
subject = "cost"
kind = "cap"
title = { en = "All-in cost at most 15%", zh = "综合成本不超过 15%" }
citation = "house rule"
sure = "text"
verified = true
figures = { of = "all_in_annual_rate", at_most = 150000 }
"""


def test_level_installments_are_the_annuity():
    # A × i / (1 − (1 + i)^−n), the textbook's annuity, worked in decimals: 5,000 at 14.4% over 6 months.
    found = quote_of(parse_line_terms(FREE), 144_000, 5000_00, 6, "equal_installment", ON)
    rate = Decimal("0.144") / 12
    annuity = Decimal(5000) * rate / (1 - (1 + rate) ** -6)
    level = int((annuity * 100).quantize(Decimal(1), ROUND_HALF_EVEN))
    assert [one.total for one in found.installments[:-1]] == [level] * 5
    assert abs(found.installments[-1].total - level) <= 6
    # Without fees the yearly cost by the rule of China is the rate itself.
    assert abs(found.apr - 144_000) <= 20


def internal_rate(flows: list[int]) -> float:
    """The rate a period at which flows one period apart are worth nothing, by the roots of their polynomial."""
    roots = [1 / root.real - 1 for root in np.roots(flows[::-1]) if abs(root.imag) < 1e-9 and root.real > 0]
    return min(roots, key=abs)


def test_the_yearly_cost_is_twelve_times_the_internal_rate_of_return():
    # PBoC announcement 2021 No. 3: simple interest, by the internal rate of return; every fee is among the flows.
    found = quote_of(parse_line_terms(TERMS), 144_000, 5000_00, 12, "equal_installment", ON)
    flows = [-(5000_00 - 25_00), *(one.total for one in found.installments)]
    assert found.apr == round(internal_rate(flows) * 12 * 1_000_000)
    assert found.apr > 144_000


@given(
    amount=st.integers(1_00, 1_000_000_00),
    installments=st.integers(1, 60),
    method=st.sampled_from(METHODS),
    rate=st.integers(0, 200_000),
    upfront=st.integers(0, 20_000),
    service=st.integers(0, 20_000),
    days=st.integers(0, 3000),
)
def test_the_parts_of_a_quote_add_up(amount, installments, method, rate, upfront, service, days):
    fees = {"upfront_rate": f"{upfront / 1e6:.6f}", "service_rate": f"{service / 1e6:.6f}"}
    terms = parse_line_terms(FREE | {"fees": fees})
    found = worked_out(terms, rate, amount, installments, method, ON + datetime.timedelta(days=days))
    assert found.paid_out + found.upfront_fee == amount
    assert found.total == amount + found.interest + found.service_fee
    assert found.cost == found.interest + found.service_fee + found.upfront_fee
    assert sum(one.principal for one in found.installments) == amount
    assert found.installments[-1].balance_after == 0


def test_what_would_cost_more_than_the_law_allows_is_refused_with_the_reason():
    terms = parse_line_terms(TERMS | {"fees": {"upfront_rate": "0.03", "service_rate": "0"}})
    with pytest.raises(InputError) as refused:
        quote_of(terms, 216_000, 5000_00, 3, "equal_installment", ON)
    found = worked_out(terms, 216_000, 5000_00, 3, "equal_installment", ON)
    cost = internal_rate([-4850_00, *(one.total for one in found.installments)]) * 12
    said = re.search(r"would be ([0-9.]+)% a year; the law allows at most 24.00%", refused.value.what)
    assert float(said[1]) == pytest.approx(100 * cost, abs=1e-4)
    assert lowest_cap(0, ON) == 240_000


def test_the_cap_is_the_laws_to_the_last_millionth():
    # At 24% a year and without fees, a cent of rounding decides; what is above the cap at all is not offered.
    terms = parse_line_terms(FREE)
    for amount in range(5000_00, 5000_40):
        found = worked_out(terms, 240_000, amount, 12, "equal_principal", ON)
        if found.apr <= 240_000:
            assert quote_of(terms, 240_000, amount, 12, "equal_principal", ON) == found
        else:
            with pytest.raises(InputError):
                quote_of(terms, 240_000, amount, 12, "equal_principal", ON)


def test_a_house_pack_may_be_stricter(settings, tmp_path):
    pack = tmp_path / "house.toml"
    pack.write_text(HOUSE, encoding="utf-8")
    settings.DULY_HOUSE_PACKS = [str(pack)]
    assert lowest_cap(0, ON) == 150_000


def test_an_amount_between_the_steps_or_out_of_bounds_is_refused(line, today):
    for amount, where in ((450_00, "/amount"), (550_50, "/amount"), (5000_00, None)):
        if where is None:
            assert quote(line, amount, 6, "equal_principal", today).amount == amount
            continue
        with pytest.raises(InputError) as refused:
            quote(line, amount, 6, "equal_principal", today)
        assert refused.value.where == where
    for installments, method, where in ((5, "equal_principal", "/installments"), (6, "bullet", "/method")):
        with pytest.raises(InputError) as refused:
            quote(line, 5000_00, installments, method, today)
        assert refused.value.where == where


def test_choices_stand_side_by_side_and_a_wrong_one_says_why(line, today):
    short, long, wrong = compare(
        line,
        [(5000_00, 3, "equal_installment"), (5000_00, 12, "equal_installment"), (90000_00, 12, "equal_installment")],
        today,
    )
    assert short.cost < long.cost
    assert short.most_due > long.most_due
    assert isinstance(wrong, InputError)
    assert wrong.what == "At most CNY 30,000.00 is left to draw."


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"amount": {"least": "0", "most": "5", "step": "1"}}, "/amount/least"),
        ({"amount": {"least": "9", "most": "5", "step": "1"}}, "/amount/least"),
        ({"amount": {"least": "1", "most": "5", "step": "0"}}, "/amount/step"),
        ({"installments": []}, "/installments"),
        ({"installments": [3, 3]}, "/installments"),
        ({"installments": [0]}, "/installments"),
        ({"methods": ["open"]}, "/methods"),
        ({"fees": {"upfront_rate": "1"}}, "/fees/upfront_rate"),
        ({"contract": {"method": "bullet"}}, "/contract/method"),
        ({"contract": {"penalty": {"annual_rate": "0.1"}}}, "/contract/penalty/annual_rate"),
        ({"contract": {"penalty": {"grace_days": -1}}}, "/contract/penalty/grace_days"),
        ({"contract": {"day_count": "31/365"}}, "/contract/day_count"),
        ({"line_months": 0}, "/line_months"),
        ({"surprise": 1}, "/surprise"),
    ],
)
def test_terms_that_cannot_be_are_refused_at_their_place(change, where):
    with pytest.raises(InputError) as refused:
        parse_line_terms(TERMS | change)
    assert refused.value.where == where
