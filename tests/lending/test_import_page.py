"""The worked example of docs/import.md is imported as it stands on the page."""

import re
from pathlib import Path

import pytest
from written_files import refused

from duly.lending.importing.mapping import read_mapping
from duly.lending.importing.run import import_files
from duly.lending.models import Fact, Loan

PAGE = Path(__file__).parents[2] / "docs" / "import.md"


@pytest.mark.usefixtures("book")
def test_the_worked_example_does_what_the_page_says(tmp_path):
    page = PAGE.read_text(encoding="utf-8")
    loans, payments = re.findall(r"```csv\n(.*?)```", page, re.DOTALL)
    mapping = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)[0]
    for name, text in {"loans.csv": loans, "payments.csv": payments, "map.toml": mapping}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    outcome = import_files(read_mapping(tmp_path / "map.toml"), [tmp_path / "loans.csv", tmp_path / "payments.csv"])
    ((row, reason),) = refused(outcome).items()
    assert f"loans.csv row {row}: {reason}" in page
    for loan in Loan.objects.all():
        assert f"{loan.installment_amount / 100:.2f} EUR" in page
        assert loan.first_due_on.isoformat() in page
    kinds = ["disbursed", "disbursed", "paid", "paid", "reversed"]
    assert sorted(Fact.objects.values_list("kind", flat=True)) == kinds
