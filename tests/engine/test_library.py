"""`import duly.engine`: what it needs, what it loads, and what it offers."""

import datetime
import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import duly.engine

SOURCE = Path(duly.engine.__file__).parents[2]
# What NumPy, Numba and PyArrow bring with them.
ALLOWED = {"duly", "numpy", "numba", "llvmlite", "pyarrow"}
REFUSE_ALL_ELSE = f"""
import sys
class Refusal:
    def find_spec(self, name, path=None, target=None):
        known = sys.stdlib_module_names | {ALLOWED!r}
        if name.partition(".")[0] not in known and not name.startswith("_sysconfigdata"):
            raise ModuleNotFoundError(f"{{name}} is not to be imported", name=name)
for loaded in list(sys.modules):
    if loaded.partition(".")[0] not in sys.stdlib_module_names | {{"__main__"}}:
        del sys.modules[loaded]
sys.meta_path.insert(0, Refusal())
"""


def run(code):
    """What a fresh interpreter writes, its loops left as plain Python."""
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(SOURCE)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_refusal_refuses():
    code = REFUSE_ALL_ELSE + "\ntry: import polars\nexcept ModuleNotFoundError: print('refused')"
    assert run(code) == "refused\n"


def test_the_engine_needs_numpy_numba_and_pyarrow_alone():
    code = """
import datetime, json
from duly.engine import Contract, Fact, Terms, apr, fold, parse_contract, parse_facts, position, schedule
day = datetime.date(2024, 1, 1)
contract = parse_contract({
    "currency": "EUR", "principal": "100.00", "disbursed_on": "2024-01-01", "annual_rate": "0.07",
    "method": "equal_installment", "installments": 6, "holidays": ["2024-02-01"], "holiday_rule": "following"})
facts = parse_facts([{"kind": "paid", "value_date": "2024-02-01", "amount": "17.01"}], contract)
print(sum(one.interest for one in schedule(contract)))
print(position(contract, facts, datetime.date(2024, 3, 11)).days_past_due)
print(f'{apr([(day, 100_00)], [(day.replace(year=2025), 110_00)], "eu").apr:.6f}')
book = fold(
    {"loan_id": [1], "principal": [100_00], "annual_rate": [0.07], "disbursed_on": [day], "installments": [6]},
    {"loan_id": [1], "kind": ["paid"], "value_date": ["2024-02-01"], "amount": [17_01]},
    "2024-03-11", terms={"currency": "EUR", "method": "equal_installment"})
print(type(book).__module__, book["payoff"].to_pylist())
import sys
print(sorted({name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names - {"__main__"} - """
    printed = run(REFUSE_ALL_ELSE + code + f"{ALLOWED!r}))").splitlines()
    assert printed[:3] == ["205", "10", "0.100000"]
    assert printed[3] == "pyarrow.lib [8424]"
    assert all(name.startswith(("_", "cython_runtime", "pyarrow")) for name in eval(printed[4])), printed[4]


def test_importing_it_loads_nothing_that_is_not_used():
    code = "import sys, duly.engine; print({'numpy', 'numba', 'pyarrow'} & set(sys.modules))"
    assert run(code) == "set()\n"
    code = "import sys; from duly.engine import InputError; print({'numpy', 'numba'} & set(sys.modules))"
    assert run(code) == "set()\n"


@pytest.mark.parametrize("name", duly.engine.__all__)
def test_every_name_is_what_its_module_has_whatever_was_imported_before(name):
    offered = getattr(duly.engine, name)
    importlib.import_module(offered.__module__)
    assert getattr(duly.engine, name) is offered
    assert callable(offered)
    assert offered.__doc__
    assert name in dir(duly.engine)


def test_a_name_that_is_not_there():
    with pytest.raises(AttributeError, match="has no attribute 'unfold'"):
        _ = duly.engine.unfold
    with pytest.raises(ImportError):
        exec("from duly.engine import unfold")


def test_the_apr_of_dated_amounts():
    day = datetime.date(1978, 2, 10)
    payments = [(datetime.date(1978 + (month + 3) // 12, (month + 3) % 12 + 1, 1), 200_00) for month in range(36)]
    # 12 CFR 1026 Appendix J (c)(2)(i): a long first period.
    assert duly.engine.apr([(day, 6000_00)], payments, "us").apr == pytest.approx(0.1182, abs=5e-5)
    assert duly.engine.apr([(day, 6000_00)], payments, "us", "1 month") == duly.engine.apr(
        [(day, 6000_00)], payments, "us"
    )
