"""Run the benchmarks of this folder, each in a process of its own, and say which kept its limit.

python -m benchmarks [NAME…]     all of them when none is named: `python -m benchmarks fold close`
"""

import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Run what is named, in order, then print a table; 0 when every one kept its limit."""
    known = sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_"))
    names = sys.argv[1:] or known
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no benchmark is called {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    results = [(name, *run(name)) for name in names]
    print("\nbenchmark        seconds   result")
    for name, seconds, code in results:
        print(f"{name:14} {seconds:9.1f}   {'within its limit' if code == 0 else f'FAILED (exit status {code})'}")
    return int(any(code for _, _, code in results))


def run(name: str) -> tuple[float, int]:
    """Run one benchmark with its output shown; how long it took all told, and its exit status."""
    print(f"\n== {name}\n", flush=True)
    started = time.perf_counter()
    code = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], cwd=HERE.parent, check=False).returncode
    return time.perf_counter() - started, code


if __name__ == "__main__":
    sys.exit(main())
