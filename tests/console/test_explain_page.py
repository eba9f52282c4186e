"""The page of every cent: its lines add up to what the loan's page says, in both languages."""

import re
from decimal import Decimal

import pytest


def amounts(html: str) -> list[Decimal]:
    """The signed amounts of the page's lines, in the ledger's way of writing."""
    cells = re.findall(r'<li data-row.*?<span class="number[^"]*">(.*?)</span></div>', html, re.S)
    bare = [re.sub(r"<[^>]+>|[^\d.()]", "", one) or "0" for one in cells]
    return [-Decimal(one.strip("()")) if one.startswith("(") else Decimal(one) for one in bare]


@pytest.mark.parametrize(("which", "owed"), [("good", "400.92"), ("late", "803.11"), ("settled", "0")])
def test_the_lines_add_up_to_what_is_owed(lent, clerk, which, owed):
    page = clerk.get(f"/every-cent/{lent[which].reference}").content.decode()
    assert sum(amounts(page)) == Decimal(owed)
    total = re.search(r"<span>¥?([\d.,]+) is owed", page)
    assert total
    assert Decimal(total[1].replace(",", "")) == Decimal(owed)


def test_one_component_is_shown_alone(lent, clerk):
    page = clerk.get(f"/every-cent/{lent['good'].reference}?component=interest").content.decode()
    assert {"<b>Interest</b>"} == set(re.findall(r"<b>\w+</b>", page))


def test_each_line_says_why_in_the_readers_language(lent, clerk):
    clerk.post("/language", {"language": "zh-hans"})
    page = clerk.get(f"/every-cent/{lent['late'].reference}").content.decode()
    assert "罚息" in page
    assert "第 2 期" in page
    assert "The lines below" not in page


@pytest.mark.parametrize("query", ["on=2025-02-30", "on=1999-01-01", "component=tips"])
def test_what_cannot_be_answered_is_told(lent, clerk, query):
    assert clerk.get(f"/every-cent/{lent['good'].reference}?{query}").status_code == 400


def test_the_loans_page_leads_there_within_few_queries(lent, clerk, django_assert_max_num_queries):
    loan = lent["late"]
    assert f"/every-cent/{loan.reference}?on=2025-03-06" in clerk.get(f"/loans/{loan.reference}").content.decode()
    with django_assert_max_num_queries(8):
        assert clerk.get(f"/every-cent/{loan.reference}").status_code == 200
