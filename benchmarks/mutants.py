"""Mutation testing of the engine: change the code a little, one change at a time, and see whether a test notices.

    python -m benchmarks.mutants [MODULE…] [--minutes 60] [--tests FILE…]

MODULE is a module of duly.engine; without any, those that count money. mutmut does not touch decorated functions, and
a compiled function cannot be changed: so it works on a copy of the engine in var/mutants whose loops are plain Python.
What has been tried is kept there, and a run goes on where the last stopped. docs/engine/mutation.md has the figures.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPY = ROOT / "var" / "mutants"
# By what a mistake would cost.
MODULES = (
    "payments",
    "penalty",
    "interest",
    "accrual",
    "endings",
    "reworking",
    "money",
    "dates",
    "rows",
    "lateness",
    "standing",
    "level",
    "planning",
    "readout",
    "plain",
    "fold",
)
# The engine's own tests, quick in plain Python; those of the doors and of the page run the whole command instead.
TESTS_LEFT_OUT = (
    "test_engine_doors.py",
    "test_library*.py",
    "test_rates*.py",
    "test_explain*.py",
    "test_trace*.py",
)
CONFIG = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = [{only}]
do_not_mutate_patterns = ["raise InputError"]
pytest_add_cli_args = ["-q", "-x", "-p", "no:django", "-p", "no:xdist", "-p", "no:cacheprovider", "-m", "not soak"]
pytest_add_cli_args_test_selection = [{tests}]
track_dependencies = false
timeout_multiplier = 5.0
timeout_constant = 5.0

[tool.pytest.ini_options]
testpaths = ["tests"]
markers = ["soak: long runs"]
"""


def main() -> int:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("modules", nargs="*", default=MODULES)
    given.add_argument("--minutes", type=int, default=600)
    given.add_argument("--tests", nargs="*", default=[""], help="files of tests/engine; all quick ones when left out")
    arguments = given.parse_args()
    prepare(arguments.modules, arguments.tests)
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": "", "PYTHONHASHSEED": "0", "DULY_MUTANTS": "1"}
    names = [f"duly.engine.{module}.*" for module in arguments.modules]
    command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", "2", *names]
    try:
        subprocess.run(command, cwd=COPY, env=environment, check=False, timeout=60 * arguments.minutes)
    except subprocess.TimeoutExpired:
        print(f"\nstopped after {arguments.minutes} minutes; run again to go on")
    return report(arguments.modules)


def prepare(modules: list[str], chosen: list[str]) -> None:
    """Bring the copy up to date: the engine without its decorators, its tests, and the settings of mutmut."""
    for source in [*sorted((ROOT / "src" / "duly").glob("engine/*.py")), ROOT / "src" / "duly" / "__init__.py"]:
        text = re.sub(r"^@(?:compiled|kernel)\(.*\)\n", "", source.read_text(encoding="utf-8"), flags=re.M)
        write(COPY / source.relative_to(ROOT), text)
    tests = ROOT / "tests" / "engine"
    left_out = {path for pattern in TESTS_LEFT_OUT for path in tests.glob(pattern)}
    shutil.rmtree(COPY / "tests", ignore_errors=True)
    shutil.copytree(
        tests, COPY / "tests", ignore=lambda folder, names: [n for n in names if Path(folder) / n in left_out]
    )
    # Plain Python is a hundred times slower: fewer random loans, which still meet every line.
    for test in COPY.glob("tests/**/*.py"):
        fewer = re.sub(r"max_examples=\d+", "max_examples=15", test.read_text(encoding="utf-8"))
        write(test, re.sub(r"(cases\(SEED \+ part, )500\b", r"\g<1>25", fewer))
    only = ", ".join(f'"src/duly/engine/{module}.py"' for module in modules)
    write(COPY / "pyproject.toml", CONFIG.format(only=only, tests=", ".join(f'"tests/{name}"' for name in chosen)))


def write(path: Path, text: str) -> None:
    """Write only what has changed, so that what was tried stays known."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def report(modules: list[str]) -> int:
    """A table of what died; 0 when nine in ten did."""
    dead, tried = 0, 0
    print(f"\n{'module':12} {'mutants':>8} {'tried':>6} {'died':>6} {'survived':>9}")
    for module in modules:
        found = COPY / "mutants" / "src" / "duly" / "engine" / f"{module}.py.meta"
        codes = json.loads(found.read_text())["exit_code_by_key"] if found.exists() else {}
        outcome = Counter(
            "untried" if code is None else "lived" if code in (0, 33) else "died" for code in codes.values()
        )
        dead, tried = dead + outcome["died"], tried + outcome["died"] + outcome["lived"]
        print(
            f"{module:12} {len(codes):8} {len(codes) - outcome['untried']:6} {outcome['died']:6} {outcome['lived']:9}"
        )
    share = dead / tried if tried else 0
    print(f"{share:.1%} of {tried} died")
    return int(share < 0.9)


if __name__ == "__main__":
    sys.exit(main())
