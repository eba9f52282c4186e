"""Mutation testing of the engine: change the code a little, one change at a time, and see whether a test notices.

    python -m benchmarks.mutants [MODULE…] [--minutes 60] [--sample 100] [--survivors]

MODULE is a module of duly.engine; without any, all. Compiled code cannot be changed, so it works on a copy of the
engine in var/mutants whose loops are plain Python, with all tests of the engine and a few thousand random loans, a test
each. What died is kept there, and the next run tries only the rest. docs/engine/mutation.md has the figures.
"""

import argparse
import json
import math
import os
import re
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPY = ROOT / "var" / "mutants"
OUTCOMES = COPY / "outcomes.json"
# By what a mistake would cost: those that count money, those that read and write, those that tell.
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
    "calendars",
    "columns",
    "schedule",
    "position",
    "rates",
    "unit_periods",
    "cash_flows",
    "contract",
    "terms",
    "facts",
    "fact_reading",
    "reading",
    "sheets",
    "contract_sheet",
    "fact_sheet",
    "frames",
    "door",
    "trace",
    "explain",
    "explain_formulas",
    "explain_en",
    "explain_zh",
    "records",
    "errors",
    "compiled",
    "__init__",
)
DEAD = ("died", "timed out")
# Plain Python is a hundred times slower: fewer loans a test, which still meet every line.
FEWER = {
    r"max_examples=\d+": "max_examples=12",
    r"^LOANS = .*": "LOANS = 100",
    r"(cases\(SEED \+ part, )500\b": r"\g<1>30",
    r"(cases\(5, )1500\b": r"\g<1>30",
    r"\bpart \* 500 \+ 500": "part * 500 + 20",
    r"\brange\(200\)": "range(4)",
    # Polars would start threads as soon as the file is read, and a fork has none of them.
    r"^ {8}\(CONTRACTS(?:, facts\(paid\(\)\))?\.(?:with_columns|drop)\(.*\n": "",
}
LEFT_OUT = ("no:django", "no:xdist", "no:cacheprovider", "no:terminalreporter")
OPTIONS = ["-q", "-x", "-s", "--assert=plain", "--tb=native", *(f"-p{name}" for name in LEFT_OUT), "-m", "not soak"]


def main() -> int:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("modules", nargs="*")
    given.add_argument("--minutes", type=int, default=600)
    given.add_argument("--sample", type=int, default=0, help="try this many of each module, drawn evenly")
    given.add_argument("--processes", type=int, default=2)
    given.add_argument("--seconds", type=float, default=2.0, help="of tests that a mutant must survive")
    given.add_argument("--survivors", action="store_true", help="try nothing; show each survivor that is known")
    arguments = given.parse_args()
    modules = arguments.modules or modules_there()
    if not arguments.survivors:
        prepare()
        run(modules, arguments)
    elif OUTCOMES.exists():
        tell_survivors(modules)
    return report(modules)


def modules_there() -> list[str]:
    """The engine's modules: those of MODULES in that order, then any other."""
    there = {
        path.relative_to(ROOT / "src/duly/engine").with_suffix("").as_posix().replace("/", ".")
        for path in (ROOT / "src" / "duly" / "engine").rglob("*.py")
    }
    return [name for name in MODULES if name in there] + sorted(there - set(MODULES))


def prepare() -> None:
    """Bring the copy up to date: the sources, the engine without its decorators, and its tests with fewer loans."""
    COPY.mkdir(parents=True, exist_ok=True)
    for folder in ("src", "tests", "docs"):
        shutil.rmtree(COPY / folder, ignore_errors=True)
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src" / "duly", COPY / "src" / "duly", ignore=leave)
    shutil.copytree(ROOT / "docs", COPY / "docs", ignore=leave)
    shutil.copytree(ROOT / "tests" / "engine", COPY / "tests" / "engine", ignore=leave)
    shutil.copy(ROOT / "benchmarks" / "mutants_loans.py", COPY / "tests" / "engine" / "test_mutants_loans.py")
    for source in (COPY / "src" / "duly" / "engine").rglob("*.py"):
        change(source, r"^@(?:compiled|kernel)\(.*\)\n", "")
    for test in (COPY / "tests" / "engine").rglob("*.py"):
        for pattern, by in FEWER.items():
            change(test, pattern, by)
    (COPY / "pytest.ini").write_text("[pytest]\nmarkers = soak: long runs\n")


def change(path: Path, pattern: str, by: str) -> None:
    text = path.read_text(encoding="utf-8")
    changed = re.sub(pattern, by, text, flags=re.M)
    if changed != text:
        path.write_text(changed, encoding="utf-8")


def run(modules: list[str], arguments: argparse.Namespace) -> None:
    """Try the mutants in this process, whose engine is the copy."""
    os.environ |= {"NUMBA_DISABLE_JIT": "1", "PYTHONHASHSEED": "0"}
    os.chdir(COPY)
    sys.path[:0] = [str(COPY / "src"), str(COPY / "tests" / "engine")]
    import pytest
    from benchmarks.mutating import Mutating

    paths = {
        "duly.engine" if name == "__init__" else f"duly.engine.{name}": COPY
        / "src/duly/engine"
        / f"{name.replace('.', '/')}.py"
        for name in modules
    }
    until = time.monotonic() + 60 * arguments.minutes
    plugin = Mutating(paths, OUTCOMES, arguments.processes, until, arguments.sample, arguments.seconds)
    pytest.main([*OPTIONS, "tests/engine"], plugins=[plugin])


def known(modules: list[str]) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {name: [] for name in modules}
    for told in json.loads(OUTCOMES.read_text(encoding="utf-8")).values() if OUTCOMES.exists() else ():
        name = "__init__" if told["module"] == "duly.engine" else told["module"].removeprefix("duly.engine.")
        if name in found:
            found[name].append(told)
    return found


def tell_survivors(modules: list[str]) -> None:
    for name, outcomes in known(modules).items():
        for told in sorted((one for one in outcomes if "diff" in one), key=lambda one: one["line"]):
            print(f"{name}.{told['function']} line {told['line']}: {told['outcome']}\n{told['diff']}")


def report(modules: list[str]) -> int:
    """A table of what died; 0 when nine in ten did."""
    print(f"\n| module | mutants | tried | killed | survived | share |\n|{'---|' * 6}")
    total: Counter[str] = Counter()
    for name, outcomes in known(modules).items():
        count = Counter(told["outcome"] for told in outcomes)
        dead = sum(count[one] for one in DEAD)
        tried = len(outcomes) - count[None]
        if tried:
            print(f"| {name} | {len(outcomes)} | {tried} | {dead} | {tried - dead} | {share(dead, tried)} |")
        total.update(mutants=len(outcomes), tried=tried, dead=dead)
    if not total["tried"]:
        return 1
    print(
        f"| **all** | {total['mutants']} | {total['tried']} | {total['dead']} | {total['tried'] - total['dead']} "
        f"| {share(total['dead'], total['tried'])} |"
    )
    return int(total["dead"] < 0.9 * total["tried"])


def share(dead: int, tried: int) -> str:
    return f"{math.floor(1000 * dead / tried) / 10:.1f}%"


if __name__ == "__main__":
    sys.exit(main())
