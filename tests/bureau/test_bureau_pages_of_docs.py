"""The documentation's tables of fields are those of the code."""

from pathlib import Path

import pytest

from duly.bureau.layouts.pages import cn_page, metro2_page

DOCS = Path(__file__).parents[2] / "docs" / "bureau"


@pytest.mark.parametrize(("name", "page"), [("metro2.md", metro2_page), ("cn.md", cn_page)])
def test_the_tables_of_fields_are_fresh(name, page):
    assert (DOCS / name).read_text(encoding="utf-8") == page(), "run `duly bureau fields docs/bureau`"
