"""The pages of docs/engine are true: every example on them is run, in order, as a reader would."""

import doctest
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "docs" / "engine"
PAGES = [page for page in sorted(FOLDER.glob("*.md")) if ">>> " in page.read_text(encoding="utf-8")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_examples_of_a_page(page, tmp_path, monkeypatch):
    (tmp_path / "pictures").mkdir()
    monkeypatch.chdir(tmp_path)
    failed, tried = doctest.testfile(str(page), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert tried
    assert not failed
    for picture in (tmp_path / "pictures").iterdir():
        assert "<svg" in picture.read_text(encoding="utf-8")
        assert (FOLDER / "pictures" / picture.name).exists()
        assert f"pictures/{picture.name})" in page.read_text(encoding="utf-8")
