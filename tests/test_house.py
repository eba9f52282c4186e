"""The habits of the repo, held as tests: what is in it, what is not, and that what it says of itself is true."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "duly"

# Written in pieces, so that this file is not what the search finds.
MACHINE_PATHS = r"(?<![\w.])/(work|root|home|Users)" + r"/\w"
REGISTRIES = r"pypi" + r"\.org|python" + r"hosted\.org|--(extra-)?index-" + r"url"
ADDRESSES = re.compile(f"{MACHINE_PATHS}|{REGISTRIES}")
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc"}
LEFT_UNDONE = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|NotImplemented" + r"Error)\b")


def tracked_files() -> list[Path]:
    """Every file under version control that is in the checkout."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def tracked_texts() -> list[tuple[Path, str]]:
    """The tracked files that are text, with their text."""
    texts = []
    for path in tracked_files():
        try:
            texts.append((path.relative_to(ROOT), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return texts


def lines_matching(pattern: re.Pattern[str], suffix: str = "") -> list[str]:
    """`path:line: text` of every tracked line that matches, in files whose name ends as told."""
    return [
        f"{path}:{number}: {line.strip()}"
        for path, text in tracked_texts()
        if path.name.endswith(suffix)
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def python_files() -> list[Path]:
    """Every Python file of the package that a person wrote; migrations are made by a command."""
    return [path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts]


def test_the_search_for_tracked_files_finds_them():
    assert Path(__file__) in tracked_files()


def test_no_tracked_file_names_a_machine_or_a_registry():
    assert lines_matching(ADDRESSES) == []


def test_nothing_is_left_undone_in_the_code():
    assert lines_matching(LEFT_UNDONE, ".py") == []


def test_one_lock_file_with_a_hash_for_every_package():
    assert not (ROOT / "uv.lock").exists()
    pinned = re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text().strip())
    assert len(pinned) > 20
    assert [entry.splitlines()[0] for entry in pinned if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_every_file_of_the_package_says_first_what_it_is_about():
    silent = [path for path in python_files() if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert [str(path.relative_to(ROOT)) for path in silent] == []


def test_every_room_has_its_init_file():
    rooms = {path.parent for path in python_files()}
    assert [str(room.relative_to(ROOT)) for room in rooms if not (room / "__init__.py").is_file()] == []


def test_no_file_has_a_name_that_could_mean_anything():
    assert [str(path) for path in python_files() if path.stem in VAGUE_NAMES] == []


@pytest.mark.django_db
def test_no_model_lacks_a_migration():
    try:
        call_command("makemigrations", check=True, dry_run=True, verbosity=1)
    except SystemExit:
        pytest.fail("models have changed without a migration: run `duly manage makemigrations`")


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_make_command_that_a_page_names_exists(page):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|^ *)make ([a-z]+)", (ROOT / page).read_text(), re.MULTILINE))
    assert {"run", "test"} <= named, f"{page} must say how to start"
    assert named <= targets


def test_every_link_between_our_pages_leads_somewhere():
    links = [
        (path, target)
        for path, text in tracked_texts()
        if path.suffix == ".md"
        for target in re.findall(r"\]\(([^)#\s]+)", text)
        if "://" not in target and not target.startswith("mailto:")
    ]
    assert [f"{page}: {target}" for page, target in links if not (ROOT / page.parent / target).exists()] == []
