"""The engine: money, calendars, schedules, rates and the fold, over columns.

    from duly.engine import Contract, Fact, apr, explain, fold, position, schedule

Pure: numbers in, numbers out. No Django, no files, no network, no clock; dates and times come in as arguments.
May import nothing else of Duly, and of other libraries only NumPy, Numba and PyArrow. Importing it loads none of them:
each name below is loaded when it is first used. docs/engine/guide.md shows them at work.
"""

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duly.engine.contract import Contract as Contract
    from duly.engine.contract import parse_contract as parse_contract
    from duly.engine.errors import InputError as InputError
    from duly.engine.fact_reading import parse_facts as parse_facts
    from duly.engine.facts import Fact as Fact
    from duly.engine.facts import Reschedule as Reschedule
    from duly.engine.frames import TableError as TableError
    from duly.engine.terms import Terms as Terms
    from duly.engine.terms import parse_terms as parse_terms

_PLACES = {
    "Contract": "contract",
    "Fact": "facts",
    "InputError": "errors",
    "Reschedule": "facts",
    "TableError": "frames",
    "Terms": "terms",
    "parse_contract": "contract",
    "parse_facts": "fact_reading",
    "parse_terms": "terms",
}
# These have the names of modules, which importing such a module would put in their place.
_FUNCTIONS = {"apr": "rates", "explain": "explain", "fold": "frames", "position": "position", "schedule": "schedule"}

__all__ = [*sorted(_PLACES), *sorted(_FUNCTIONS)]


def _loaded(module: str, name: str) -> Any:
    return getattr(importlib.import_module(f"duly.engine.{module}"), name)


class _Engine(ModuleType):
    """This package as a module whose functions keep their names, whichever of its modules are imported."""

    def __getattribute__(self, name: str) -> Any:
        if name in _FUNCTIONS:
            return _loaded(_FUNCTIONS[name], name)
        return super().__getattribute__(name)

    def __getattr__(self, name: str) -> Any:
        if name in _PLACES:
            return _loaded(_PLACES[name], name)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__})


sys.modules[__name__].__class__ = _Engine
