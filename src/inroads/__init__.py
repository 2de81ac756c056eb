"""What does a firm gain by reaching consumers through somebody else's shelf, and on what terms?"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from inroads._version import __version__
from inroads.errors import ConvergenceError, InputError, InroadsError, UnreachableError
from inroads.solution import Solution, Status

if TYPE_CHECKING:
    from inroads.choice import Logit, Nested, invert, invert_margins
    from inroads.fit.demand import Demand, Supply
    from inroads.fit.estimate import estimate
    from inroads.fit.results import Estimate
    from inroads.scenario.decompose import Decomposition, shapley, why_channels_matter
    from inroads.scenario.market import Market
    from inroads.scenario.moves import (
        Adapt,
        Ban,
        Campaign,
        Deal,
        Financing,
        Launch,
        NoDeal,
        PriceChange,
        Withdraw,
    )
    from inroads.scenario.outcome import Outcome, compare
    from inroads.study.load import Study, load_study
    from inroads.study.results import Results
    from inroads.study.run import run
    from inroads.tables.facts import Facts, Quantity
    from inroads.tables.panel import Panel, read_panel
    from inroads.tables.read import read_query, read_table

_LAZY = {
    "inroads.choice": ("Logit", "Nested", "invert", "invert_margins"),
    "inroads.fit.demand": ("Demand", "Supply"),
    "inroads.fit.estimate": ("estimate",),
    "inroads.fit.results": ("Estimate",),
    "inroads.scenario.decompose": ("Decomposition", "shapley", "why_channels_matter"),
    "inroads.scenario.market": ("Market",),
    "inroads.scenario.moves": (
        *("Adapt", "Ban", "Campaign", "Deal", "Financing", "Launch", "NoDeal", "PriceChange"),
        "Withdraw",
    ),
    "inroads.scenario.outcome": ("Outcome", "compare"),
    "inroads.study.load": ("Study", "load_study"),
    "inroads.study.results": ("Results",),
    "inroads.study.run": ("run",),
    "inroads.tables.facts": ("Facts", "Quantity"),
    "inroads.tables.panel": ("Panel", "read_panel"),
    "inroads.tables.read": ("read_query", "read_table"),
}
_HOME = {name: module for module, names in _LAZY.items() for name in names}

__all__ = [
    "Adapt",
    "Ban",
    "Campaign",
    "ConvergenceError",
    "Deal",
    "Decomposition",
    "Demand",
    "Estimate",
    "Facts",
    "Financing",
    "InputError",
    "InroadsError",
    "Launch",
    "Logit",
    "Market",
    "Nested",
    "NoDeal",
    "Outcome",
    "Panel",
    "PriceChange",
    "Quantity",
    "Results",
    "Solution",
    "Status",
    "Study",
    "Supply",
    "UnreachableError",
    "Withdraw",
    "__version__",
    "compare",
    "estimate",
    "invert",
    "invert_margins",
    "load_study",
    "read_panel",
    "read_query",
    "read_table",
    "run",
    "shapley",
    "why_channels_matter",
]


def __getattr__(name: str) -> Any:
    """Public names are imported when first asked for, so that `import inroads` is quick."""
    if name not in _HOME:
        raise AttributeError(f"module 'inroads' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
