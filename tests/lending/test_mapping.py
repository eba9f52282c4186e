"""A mapping that does not work says everything that is wrong with it at once, with the place and what to do."""

import pytest
from written_files import LOANS, TWO_LOANS, imported

from duly.lending.importing.mapping import MappingError, parse_mapping

LOAN = {
    "reference": "loan",
    "borrower": "customer",
    "product": {"value": "p"},
    "principal": "lent",
    "disbursed_on": "out",
    "installments": {"value": 1},
}
FACT = {"kind": {"value": "paid"}, "loan": "loan", "value_date": "on", "amount": "amount", "key": "id"}
GOOD = {"name": "old", "currency": "EUR", "loans": [LOAN]}


def places(document: dict[str, object]) -> list[str]:
    with pytest.raises(MappingError) as refused:
        parse_mapping(document)
    assert all(one.what and one.remedy for one in refused.value.errors)
    return [one.where for one in refused.value.errors]


def test_a_good_mapping_is_read():
    (block,) = parse_mapping(GOOD).blocks
    assert [field.name for field in block.fields] == list(LOAN)


WRONG = [
    ({"name": "a b"}, "/name"),
    ({"currency": "EURO"}, "/currency"),
    ({"currency": ""}, "/loans/0/currency"),
    ({"loan": []}, "/loan"),
    ({"source": {"separator": "::"}}, "/source/separator"),
    ({"source": {"encoding": "klingon"}}, "/source/encoding"),
    ({"source": {"dates": "day first"}}, "/source/dates"),
    ({"source": {"empty": "NULL"}}, "/source/empty"),
    ({"types": {"lent": "money"}}, "/types/lent"),
    ({"products": {"p": {"terms": {"method": "balloon"}}}}, "/products/p/terms/method"),
    ({"products": {"p": {"terms": {"method": "bullet", "principal": "5"}}}}, "/products/p/terms/principal"),
    ({"products": {"p": {"version": 0, "terms": {"method": "bullet"}}}}, "/products/p/version"),
    ({"loans": [LOAN | {"principle": "lent"}]}, "/loans/0/principle"),
    ({"loans": [{name: LOAN[name] for name in LOAN if name != "borrower"}]}, "/loans/0/borrower"),
    ({"loans": [LOAN | {"principal": {"column": "lent", "unit": "percent"}}]}, "/loans/0/principal/unit"),
    ({"loans": [LOAN | {"principal": {"column": "lent", "value": 1}}]}, "/loans/0/principal"),
    ({"loans": [LOAN | {"principal": {"expression": "lent +"}}]}, "/loans/0/principal/expression"),
    ({"loans": [LOAN | {"principal": {"expression": "SELECT lent"}}]}, "/loans/0/principal/expression"),
    ({"loans": [LOAN | {"when": "lent >"}]}, "/loans/0/when"),
    ({"loans": [LOAN | {"disbursed_on": {"column": "out", "dates": "%Q"}}]}, "/loans/0/disbursed_on/dates"),
    ({"loans": [LOAN | {"disbursed_on": {"column": "out", "to_zone": "Mars"}}]}, "/loans/0/disbursed_on/to_zone"),
    ({"facts": [FACT | {"kind": {"column": "what", "words": {"PMT": "payed"}}}]}, "/facts/0/kind/words/PMT"),
    ({"facts": [FACT | {"files": 5}]}, "/facts/0/files"),
]


@pytest.mark.parametrize(("wrong", "where"), WRONG, ids=[where for _, where in WRONG])
def test_a_mistake_is_named_by_its_place(wrong, where):
    assert where in places(GOOD | wrong)


def test_every_mistake_is_told_at_once():
    document = {"name": "", "loans": [LOAN | {"principal": 5}], "facts": [{"kind": {"value": "paid"}}], "colour": "red"}
    assert {"/name", "/colour", "/loans/0/principal", "/facts/0/loan", "/facts/0/key"} <= set(places(document))


def test_a_misspelt_field_is_met_with_the_right_one():
    with pytest.raises(MappingError, match="did you mean 'principal'"):
        parse_mapping(GOOD | {"loans": [LOAN | {"principle": "lent"}]})


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('principal = "lent"', 'principal = "lend"', "loans.csv has no column 'lend'; did you mean 'lent'?"),
        ('principal = "lent"', 'principal = { expression = "lent * 2" }', "the expression fails"),
        ("[[loans]]", '[[loans]]\nwhen = "lent"', "`when` is neither true nor false"),
        ('files = "loans*"', 'files = "lonas*"', "no file is named lonas*"),
        ('[[borrowers]]', '[types]\nrat = "decimal"\n[[borrowers]]', "'rat'; did you mean 'rate'?"),
        ('installments = "months"', 'installments = { value = "six" }', "installments 'six' is not a number"),
        ('name = "old"', 'name = "old', "the mapping is not TOML"),
    ],
)  # fmt: skip
def test_a_mapping_that_does_not_fit_its_files_is_told_before_anything_is_read(tmp_path, before, after, said):
    with pytest.raises(MappingError) as refused:
        imported(tmp_path, LOANS.replace(before, after), loans=TWO_LOANS)
    assert said in str(refused.value)


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("customer,loan,loan\n1,2,3", "'loan' more than once"),
        ('customer,loan,lent,rate,out,months\n"C1,L1,1,7,2024-01-01,6', "not properly escaped"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path, text, said):
    with pytest.raises(MappingError, match=said):
        imported(tmp_path, LOANS, loans=text)
