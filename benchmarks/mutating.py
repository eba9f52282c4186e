"""A plugin of pytest: each mutant of the engine in a process of its own, against the tests that meet its line.

The tests are collected and run once, on the unchanged engine, to learn which lines each meets and how long it takes.
Then every mutant is put into a fork of the process: the changed function's code takes the place of the original's, and
the tests that meet the changed line run, likely killers first, until one fails. Nothing is imported or collected twice,
so that most mutants take a few hundredths of a second. What a mutant is, mutmut decides.
"""

import difflib
import gc
import hashlib
import importlib
import itertools
import json
import os
import random
import resource
import signal
import textwrap
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import hypothesis
import libcst as cst
import libcst.matchers as m
import pytest
from _pytest.runner import runtestprotocol
from coverage import Coverage
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import Mutation, create_mutations, deep_replace

DIED, LIVED, TIMED_OUT, HUNG, UNMET = "died", "lived", "timed out", "hung", "unmet"
# A test that takes longer than this on the unchanged engine kills nothing that quicker ones do not.
MOST_SECONDS = 4.0
# Tests that a mutant must survive before it counts as a survivor (of those that meet its line).
MOST_TESTS = 200
MORE_MEMORY = 2 << 30
_EXIT = {DIED: 1, LIVED: 0}


@dataclass(frozen=True)
class Mutant:
    """One change to one function: `key` stays the same as long as the function does."""

    module: str
    function: str
    line: int
    lines: frozenset[int]
    key: str
    original: Callable[[], FunctionType]
    changed: Callable[[], str]
    unchanged: Callable[[], str]

    def diff(self) -> str:
        """What is changed, as lines of - and +."""
        lines = difflib.unified_diff(self.unchanged().splitlines(), self.changed().splitlines(), n=0, lineterm="")
        return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))

    def put_in_place(self) -> None:
        """Let the original function run the changed code, wherever it is known by name."""
        target = self.original()
        made: dict[str, Any] = {}
        exec(compile(self.changed(), f"<{self.key}>", "exec"), target.__globals__, made)  # the mutant's own source
        (changed,) = (value for value in made.values() if isinstance(getattr(value, "__code__", None), CodeType))
        target.__code__, target.__defaults__ = changed.__code__, changed.__defaults__
        target.__kwdefaults__ = changed.__kwdefaults__


def mutants_of(module: str, path: Path) -> list[Mutant]:
    """Every mutant that mutmut makes of a file, but for those of wording (see `_is_wording`)."""
    tree, mutations, _, _ = create_mutations(str(path), path.read_text(encoding="utf-8"))
    place = MetadataWrapper(tree, unsafe_skip_copy=True).resolve(PositionProvider)
    told = [place[node] for node in m.findall(tree, m.Raise())]
    wording = {line for span in told for line in range(span.start.line, span.end.line + 1)}
    names = dict(_functions(tree))
    digest = {one: hashlib.sha256(tree.code_for_node(one).encode()).hexdigest()[:12] for one in names}
    found = []
    first: dict[cst.CSTNode, int] = {}
    for place_in_file, mutation in enumerate(mutations):
        function = mutation.contained_by_top_level_function
        if function in names and not _is_wording(mutation, place, wording):
            number = place_in_file - first.setdefault(function, place_in_file)
            key = f"{module}.{names[function]}.{digest[function]}.{number}"
            found.append(_mutant(module, names[function], key, tree, mutation, place))
    return found


def _functions(tree: cst.Module) -> Iterator[tuple[cst.CSTNode, str]]:
    for statement in tree.body:
        if isinstance(statement, cst.FunctionDef):
            yield statement, statement.name.value
        elif isinstance(statement, cst.ClassDef):
            for inner in statement.body.body:
                if isinstance(inner, cst.FunctionDef):
                    yield inner, f"{statement.name.value}.{inner.name.value}"


def _is_wording(mutation: Mutation, place: Any, wording: set[int]) -> bool:
    # The texts of errors, and other prose: a string with a space in it.
    node = mutation.original_node
    if node in place and place[node].start.line in wording:
        return True
    return isinstance(node, cst.SimpleString | cst.FormattedString) and " " in cst.Module([]).code_for_node(node)


def _mutant(module: str, name: str, key: str, tree: cst.Module, mutation: Mutation, place: Any) -> Mutant:
    function = mutation.contained_by_top_level_function
    assert isinstance(function, cst.FunctionDef)
    span = place[mutation.original_node] if mutation.original_node in place else place[function]
    lines = frozenset(range(span.start.line, span.end.line + 1))

    def source(node: Any) -> str:
        return textwrap.dedent(tree.code_for_node(node.with_changes(leading_lines=[], decorators=[]))).strip("\n")

    def changed() -> str:
        return source(deep_replace(function, mutation.original_node, mutation.mutated_node))

    def original() -> FunctionType:
        holder: Any = importlib.import_module(module)
        *owner, last = name.split(".")
        for part in owner:
            holder = getattr(holder, part)
        found = vars(holder)[last]
        return getattr(found, "__func__", found)

    return Mutant(module, name, span.start.line, lines, key, original, changed, lambda: source(function))


class Mutating:
    """Runs the mutants of `modules` in place of the tests; `outcomes` holds what is known, and what becomes of each."""

    def __init__(
        self, modules: dict[str, Path], outcomes: Path, processes: int, until: float, sample: int, budget: float
    ) -> None:
        self.modules, self.file, self.processes, self.until, self.sample = modules, outcomes, processes, until, sample
        self.budget = budget  # seconds of tests that a mutant must survive
        self.outcomes: dict[str, dict[str, Any]] = json.loads(outcomes.read_text()) if outcomes.exists() else {}
        self.measured = outcomes.with_name("measured.json")

    def pytest_configure(self) -> None:
        hypothesis.settings.register_profile("mutants", derandomize=True, deadline=None, database=None)
        hypothesis.settings.load_profile("mutants")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.items = session.items
        meeting = self._measure()
        there = {one.key: one for name, path in self.modules.items() for one in mutants_of(name, path)}
        self.outcomes = {
            key: told for key, told in self.outcomes.items() if key in there or told["module"] not in self.modules
        }
        lived = [one for key, one in there.items() if self.outcomes.get(key, {}).get("diff")]
        alive = {one.key: one for one in [*lived, *self._chosen(list(there.values()))]}
        untried = [
            one for key, one in alive.items() if self.outcomes.get(key, {}).get("outcome") not in (DIED, TIMED_OUT)
        ]
        print(f"{len(alive)} mutants, {len(untried)} to try", flush=True)
        for one in alive.values():
            self.outcomes.setdefault(one.key, {"module": one.module, "outcome": None})
        gc.freeze()  # so that a fork does not copy what it never changes
        self._try_all(untried, meeting)
        return True

    def _chosen(self, mutants: list[Mutant]) -> list[Mutant]:
        # So many of each module, drawn evenly, the modules in turn; a smaller number draws a part of a larger.
        by_module: dict[str, list[Mutant]] = defaultdict(list)
        for one in random.Random(1).sample(mutants, len(mutants)):
            by_module[one.module].append(one)
        if not self.sample:
            return [one for name in self.modules for one in by_module[name]]
        turns = itertools.zip_longest(*(by_module[name][: self.sample] for name in self.modules))
        return [one for turn in turns for one in turn if one is not None]

    def _measure(self) -> dict[tuple[str, int], list[int]]:
        # Which items meet which line: (module, line) to places in `items`; the unsound and the slow are left out.
        # What is known of a test stays known until the engine or the test's file changes.
        engine = sorted(Path("src/duly/engine").rglob("*.py"))
        sources = _digest(engine)
        files = {item.path: f"{sources} {_digest([item.path])}" for item in self.items}
        told = json.loads(self.measured.read_text()) if self.measured.exists() else {}
        told = {name: one for name, one in told.items() if one["of"] in files.values()}
        fresh = [item for item in self.items if told.get(item.nodeid, {}).get("of") != files[item.path]]
        # In a fork: what tests leave behind, as threads that no fork inherits, is not left to the mutants.
        if fresh and not (pid := os.fork()):
            try:
                _run_covered(fresh, engine, files, told)
                self.measured.write_text(json.dumps(told))
            finally:
                os._exit(0)
        elif fresh:
            os.waitpid(pid, 0)
            told = json.loads(self.measured.read_text())
        self.seconds = [told[item.nodeid]["seconds"] for item in self.items]
        self.sound = [told[one.nodeid]["passed"] and told[one.nodeid]["seconds"] < MOST_SECONDS for one in self.items]
        self.reach = [sum(map(len, told[item.nodeid]["meets"].values())) for item in self.items]
        if fresh:
            self._control({item.nodeid for item in fresh})
        left_out = [item.nodeid for item, sound in zip(self.items, self.sound, strict=True) if not sound]
        print(f"{len(self.items)} tests; {len(left_out)} left out: {' '.join(left_out[:9])}", flush=True)
        names = {os.path.relpath(path): name for name, path in self.modules.items()}
        meeting: dict[tuple[str, int], list[int]] = defaultdict(list)
        for place, item in enumerate(self.items):
            for path, lines in told[item.nodeid]["meets"].items() if self.sound[place] else ():
                for line in lines if path in names else ():
                    meeting[names[path], line].append(place)
        return meeting

    def _control(self, fresh: set[str]) -> None:
        # A fork in which nothing is changed must fail nothing: else the figures would mean nothing.
        some = [place for place, item in enumerate(self.items) if item.nodeid in fresh and self.sound[place]]
        child = self._fork(None, random.Random(1).sample(some, min(len(some), 300)))
        _, outcome, place = self._reap({child[0]: child})
        if outcome != LIVED:
            raise SystemExit(f"the unchanged engine {outcome} in a fork, by {place and self.items[place].nodeid}")

    def _try_all(self, mutants: list[Mutant], meeting: dict[tuple[str, int], list[int]]) -> None:
        killers: dict[str, list[int]] = defaultdict(list)
        whole: dict[str, set[int]] = defaultdict(set)
        for (module, _), places in meeting.items():
            whole[module] |= set(places)
        running: dict[int, tuple[int, int, float, Any]] = {}
        began, done = time.monotonic(), 0
        queue = iter(mutants)
        more = True
        while more or running:
            while more and len(running) < self.processes:
                one = next(queue, None)
                if one is None or time.monotonic() > self.until:
                    more = False
                    break
                tests = self._tests_for(one, meeting, killers[f"{one.module}.{one.function}"])
                if not tests:
                    self._note(one, UNMET, None)
                    continue
                child = self._fork(one, tests)
                running[child[0]] = child
            if not running:
                continue
            one, outcome, killer = self._reap(running)
            self._note(one, outcome, killer)
            if killer is not None:
                known = killers[f"{one.module}.{one.function}"]
                if killer in known:
                    known.remove(killer)
                known.insert(0, killer)
            done += 1
            if done % 50 == 0:
                self._save()
                lived = sum(told["outcome"] == LIVED for told in self.outcomes.values())
                print(f"{done} tried in {time.monotonic() - began:.0f} s, {lived} known survivors", flush=True)
        self._save()

    def _tests_for(self, one: Mutant, meeting: dict[tuple[str, int], list[int]], killers: Sequence[int]) -> list[int]:
        found = {place for line in one.lines for place in meeting.get((one.module, line), ())}
        if not found:
            # A line of no code of its own: whatever meets the function.
            start = one.original().__code__.co_firstlineno
            length = one.unchanged().count("\n") + 1
            lines = range(start, start + length)
            found = {place for line in lines[1:] for place in meeting.get((one.module, line), ())}
        # The last killers of the function, then those that meet little else, then a mixed lot; the slow at the end.
        mixed = sorted(found)
        random.Random(one.key).shuffle(mixed)
        mixed = [place for place in mixed if self.seconds[place] < 0.25][:MOST_TESTS]
        close = sorted((place for place in found if self.seconds[place] < 0.25), key=self.reach.__getitem__)
        slow = sorted((place for place in found if self.seconds[place] >= 0.25), key=self.seconds.__getitem__)
        last = [place for place in killers[:20] if place in found]
        chosen = list(dict.fromkeys([*last, *mixed[:10], *close[:MOST_TESTS], *mixed, *slow]))
        spent = itertools.accumulate(self.seconds[place] for place in chosen)
        return [place for place, so_far in zip(chosen, spent, strict=True) if so_far < self.budget] or chosen[:1]

    def _fork(self, one: Mutant | None, tests: Sequence[int]) -> tuple[int, int, float, Any]:
        read, write = os.pipe()
        pid = os.fork()
        if pid:
            os.close(write)
            return pid, read, time.monotonic(), one
        code = _EXIT[LIVED]
        try:
            os.close(read)
            nothing = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(nothing, stream)
            with open("/proc/self/statm") as statm:
                size = int(statm.read().split()[0]) * resource.getpagesize() + MORE_MEMORY
            resource.setrlimit(resource.RLIMIT_AS, (size, size))
            gc.disable()
            if one is not None:
                one.put_in_place()
            for place in tests:
                # Of the process's own time, whatever else the machine does.
                signal.setitimer(signal.ITIMER_PROF, 2.0 + 10 * self.seconds[place])
                os.write(write, place.to_bytes(4, "little"))
                if not _passes(self.items[place], None):
                    code = _EXIT[DIED]
                    break
        except BaseException:  # whatever a mutant brings about, it is noticed
            code = _EXIT[DIED]
        finally:
            os._exit(code)

    def _reap(self, running: dict[int, tuple[int, int, float, Any]]) -> tuple[Any, str, int | None]:
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid in running:
                break
            late = [one for one in running.values() if time.monotonic() - one[2] > 60 and _sleeps(one[0])]
            if late:
                os.kill(late[0][0], signal.SIGKILL)
                os.waitpid(late[0][0], 0)
                pid, status = late[0][0], None
                break
            time.sleep(0.002)
        _, read, _, one = running.pop(pid)
        told = b""
        while part := os.read(read, 1 << 16):
            told += part
        os.close(read)
        last = int.from_bytes(told[-4:], "little") if told else None
        if status is None:
            return one, HUNG, None
        if os.WIFSIGNALED(status):
            timed_out = os.WTERMSIG(status) == signal.SIGPROF
            return one, TIMED_OUT if timed_out else DIED, last
        return (one, LIVED, None) if os.WEXITSTATUS(status) == _EXIT[LIVED] else (one, DIED, last)

    def _note(self, one: Mutant, outcome: str, killer: int | None) -> None:
        told: dict[str, Any] = {"module": one.module, "function": one.function, "line": one.line, "outcome": outcome}
        if killer is not None:
            told["killer"] = self.items[killer].nodeid
        if outcome not in (DIED, TIMED_OUT):
            told["diff"] = one.diff()
        self.outcomes[one.key] = told

    def _save(self) -> None:
        self.file.write_text(json.dumps(self.outcomes, indent=1, ensure_ascii=False), encoding="utf-8")


def _sleeps(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("S")


def _run_covered(
    items: Sequence[pytest.Item], engine: Sequence[Path], files: dict[Path, str], told: dict[str, Any]
) -> None:
    # Runs tests and tells of each whether it passed, how long it took, and which lines it met.
    cover = Coverage(data_file=None, include=[str(path.resolve()) for path in engine], config_file=False)
    cover.start()
    for item, following in zip(items, [*items, None][1:], strict=True):
        cover.switch_context(item.nodeid)
        start = time.process_time()
        passed = _passes(item, following)
        took = time.process_time() - start
        cover.switch_context("")
        told[item.nodeid] = {"of": files[item.path], "passed": passed, "seconds": round(took, 4), "meets": {}}
    cover.stop()
    for path in engine:
        for line, names in cover.get_data().contexts_by_lineno(str(path.resolve())).items():
            for name in filter(None, names):
                told[name]["meets"].setdefault(str(path), []).append(line)


def _digest(paths: Sequence[Path]) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:16]


def _passes(item: pytest.Item, following: pytest.Item | None) -> bool:
    reports: Iterable[pytest.TestReport] = runtestprotocol(item, log=False, nextitem=following)
    return all(report.outcome != "failed" for report in reports)
