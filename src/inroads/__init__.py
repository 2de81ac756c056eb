"""What does a firm gain by reaching consumers through somebody else's shelf, and on what terms?"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from inroads._version import __version__
from inroads.errors import ConvergenceError, InputError, InroadsError, UnreachableError
from inroads.solution import Solution, Status

if TYPE_CHECKING:
    from inroads.calibration.from_margins.merger_data import (
        chain_from_margins,
        industry_from_margins,
    )
    from inroads.choice import Logit, Nested, invert, invert_margins
    from inroads.conduct.buyers import Buyers
    from inroads.estimation.estimate import estimate
    from inroads.estimation.instruments.appending import append_instruments
    from inroads.estimation.instruments.characteristics import (
        blp_instruments,
        differentiation_instruments,
    )
    from inroads.estimation.instruments.optimal import optimal_instruments
    from inroads.estimation.instruments.strength import first_stage
    from inroads.estimation.integration import draw_agents
    from inroads.estimation.results import Estimate
    from inroads.estimation.simulate import simulate
    from inroads.estimation.specification import Demand, Supply
    from inroads.scenario.awareness import Advertising, Law, Reminder
    from inroads.scenario.chain import Chain, Firms, chain
    from inroads.scenario.deals import Deals, deals
    from inroads.scenario.decompose import Decomposition, shapley, why_channels_matter
    from inroads.scenario.ensemble import Ensemble, intervals
    from inroads.scenario.indices import Saltelli
    from inroads.scenario.industry import Industry, Terms
    from inroads.scenario.industry_moves import (
        CostChange,
        Delist,
        Divest,
        Enter,
        Exclusive,
        HoldPrice,
        Merge,
        Subsidy,
        Tariff,
        Tax,
    )
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
    from inroads.scenario.path import Plan, follow
    from inroads.scenario.screening import Screening, monopolist_test, screen
    from inroads.scenario.sellers import ChainPrices, ListPrices
    from inroads.scenario.settlement import Settlement, changes
    from inroads.scenario.sources import Bernoulli, Normal, Triangular, Uniform
    from inroads.scenario.value import value
    from inroads.study.backtest import Forecasted, backtest
    from inroads.study.load import Study, load_study
    from inroads.study.outlook import Drawing
    from inroads.study.rank import rank
    from inroads.study.results import Results
    from inroads.study.run import run
    from inroads.tables.facts import Facts, Quantity
    from inroads.tables.panel import Panel, read_panel
    from inroads.tables.read import read_query, read_table

_LAZY = {
    "inroads.choice": ("Logit", "Nested", "invert", "invert_margins"),
    "inroads.estimation.instruments.appending": ("append_instruments",),
    "inroads.estimation.specification": ("Demand", "Supply"),
    "inroads.estimation.estimate": ("estimate",),
    "inroads.estimation.instruments.optimal": ("optimal_instruments",),
    "inroads.estimation.results": ("Estimate",),
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
    "inroads.conduct.buyers": ("Buyers",),
    "inroads.estimation.instruments.characteristics": (
        "blp_instruments",
        "differentiation_instruments",
    ),
    "inroads.estimation.instruments.strength": ("first_stage",),
    "inroads.estimation.integration": ("draw_agents",),
    "inroads.calibration.from_margins.merger_data": ("chain_from_margins", "industry_from_margins"),
    "inroads.estimation.simulate": ("simulate",),
    "inroads.scenario.chain": (
        "Chain",
        "Firms",
        "chain",
    ),
    "inroads.scenario.deals": (
        "Deals",
        "deals",
    ),
    "inroads.scenario.industry": (
        "Industry",
        "Terms",
    ),
    "inroads.scenario.industry_moves": (
        *("CostChange", "Delist", "Divest", "Enter", "Exclusive", "HoldPrice", "Merge"),
        *("Subsidy", "Tariff", "Tax"),
    ),
    "inroads.scenario.screening": (
        "Screening",
        "monopolist_test",
        "screen",
    ),
    "inroads.scenario.settlement": (
        "Settlement",
        "changes",
    ),
    "inroads.scenario.path": ("Plan", "follow"),
    "inroads.scenario.awareness": ("Advertising", "Law", "Reminder"),
    "inroads.scenario.sellers": ("ChainPrices", "ListPrices"),
    "inroads.scenario.value": ("value",),
    "inroads.scenario.ensemble": ("Ensemble", "intervals"),
    "inroads.scenario.sources": ("Bernoulli", "Normal", "Triangular", "Uniform"),
    "inroads.scenario.indices": ("Saltelli",),
    "inroads.study.outlook": ("Drawing",),
    "inroads.study.backtest": ("Forecasted", "backtest"),
    "inroads.study.rank": ("rank",),
}
_HOME = {name: module for module, names in _LAZY.items() for name in names}

__all__ = [
    "Adapt",
    "Advertising",
    "Ban",
    "Bernoulli",
    "Buyers",
    "Campaign",
    "Chain",
    "ChainPrices",
    "ConvergenceError",
    "CostChange",
    "Deal",
    "Deals",
    "Decomposition",
    "Delist",
    "Demand",
    "Divest",
    "Drawing",
    "Ensemble",
    "Enter",
    "Estimate",
    "Exclusive",
    "Facts",
    "Financing",
    "Firms",
    "Forecasted",
    "HoldPrice",
    "Industry",
    "InputError",
    "InroadsError",
    "Launch",
    "Law",
    "ListPrices",
    "Logit",
    "Market",
    "Merge",
    "Nested",
    "NoDeal",
    "Normal",
    "Outcome",
    "Panel",
    "Plan",
    "PriceChange",
    "Quantity",
    "Reminder",
    "Results",
    "Saltelli",
    "Screening",
    "Settlement",
    "Solution",
    "Status",
    "Study",
    "Subsidy",
    "Supply",
    "Tariff",
    "Tax",
    "Terms",
    "Triangular",
    "Uniform",
    "UnreachableError",
    "Withdraw",
    "__version__",
    "append_instruments",
    "backtest",
    "blp_instruments",
    "chain",
    "chain_from_margins",
    "changes",
    "compare",
    "deals",
    "differentiation_instruments",
    "draw_agents",
    "estimate",
    "first_stage",
    "follow",
    "industry_from_margins",
    "intervals",
    "invert",
    "invert_margins",
    "load_study",
    "monopolist_test",
    "optimal_instruments",
    "rank",
    "read_panel",
    "read_query",
    "read_table",
    "run",
    "screen",
    "shapley",
    "simulate",
    "value",
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
