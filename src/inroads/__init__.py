"""What does a firm gain by reaching consumers through somebody else's shelf, and on what terms?"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from inroads._version import __version__
from inroads.errors import ConvergenceError, InputError, InroadsError, UnreachableError
from inroads.solution import Solution, Status

if TYPE_CHECKING:
    from inroads.calibration.from_margins.merger_data import (
        market_from_margins,
        vertical_market_from_margins,
    )
    from inroads.choice import Logit, Nested, invert, invert_aggregates
    from inroads.conduct.bargaining import LinearPrice, TwoPartTariff
    from inroads.conduct.priced_demand import PricedDemand
    from inroads.dynamics.awareness_dynamics import Advertising, AwarenessFloor, Law
    from inroads.dynamics.path import PathSettings, simulate_path
    from inroads.dynamics.period_pricing import EquilibriumPrices
    from inroads.dynamics.present_value import entry_value
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
    from inroads.market.consumers import Consumers
    from inroads.market.decompose import Decomposition, shapley, why_channels_matter
    from inroads.market.equilibrium import Equilibrium, compare
    from inroads.market.market import Market
    from inroads.market.moves import (
        Adapt,
        Campaign,
        ChangeCost,
        Deal,
        Divest,
        Exclusive,
        Finance,
        Launch,
        Merge,
        SetPrice,
        Subsidy,
        Tariff,
        Tax,
        Withdraw,
    )
    from inroads.market.networks import DealNetworks, deal_networks
    from inroads.market.pricing import BargainingTerms, Bertrand, ListPrices, Vertical
    from inroads.market.screening import Screening, monopolist_test, screen_merger
    from inroads.market.vertical import FirmFacts
    from inroads.results.files import read_results
    from inroads.results.tree import Results
    from inroads.study.load import Study, load_study
    from inroads.study.outlook.backtest import Forecasted, backtest
    from inroads.study.outlook.outlook_results import DrawSettings
    from inroads.study.outlook.rank import rank
    from inroads.study.results import Run
    from inroads.study.run import run
    from inroads.tables.facts import Facts, Quantity
    from inroads.tables.panel import Panel, read_panel
    from inroads.tables.read import read_query, read_table
    from inroads.uncertainty.distributions import Bernoulli, Normal, Triangular, Uniform
    from inroads.uncertainty.ensemble import Ensemble, intervals
    from inroads.uncertainty.sobol import Saltelli

_LAZY = {
    "inroads.choice": (
        "Logit",
        "Nested",
        "invert",
        "invert_aggregates",
    ),
    "inroads.conduct.bargaining": (
        "LinearPrice",
        "TwoPartTariff",
    ),
    "inroads.conduct.priced_demand": ("PricedDemand",),
    "inroads.estimation.instruments.appending": ("append_instruments",),
    "inroads.estimation.specification": (
        "Demand",
        "Supply",
    ),
    "inroads.estimation.estimate": ("estimate",),
    "inroads.estimation.instruments.characteristics": (
        "blp_instruments",
        "differentiation_instruments",
    ),
    "inroads.estimation.instruments.strength": ("first_stage",),
    "inroads.estimation.integration": ("draw_agents",),
    "inroads.calibration.from_margins.merger_data": (
        "market_from_margins",
        "vertical_market_from_margins",
    ),
    "inroads.estimation.instruments.optimal": ("optimal_instruments",),
    "inroads.estimation.results": ("Estimate",),
    "inroads.estimation.simulate": ("simulate",),
    "inroads.market.consumers": ("Consumers",),
    "inroads.market.decompose": (
        "Decomposition",
        "shapley",
        "why_channels_matter",
    ),
    "inroads.market.equilibrium": (
        "Equilibrium",
        "compare",
    ),
    "inroads.market.market": ("Market",),
    "inroads.market.moves": (
        "Adapt",
        "Campaign",
        "ChangeCost",
        "Deal",
        "Divest",
        "Exclusive",
        "Finance",
        "Launch",
        "Merge",
        "SetPrice",
        "Subsidy",
        "Tariff",
        "Tax",
        "Withdraw",
    ),
    "inroads.market.networks": (
        "DealNetworks",
        "deal_networks",
    ),
    "inroads.market.pricing": (
        "BargainingTerms",
        "Bertrand",
        "ListPrices",
        "Vertical",
    ),
    "inroads.market.screening": (
        "Screening",
        "monopolist_test",
        "screen_merger",
    ),
    "inroads.market.vertical": ("FirmFacts",),
    "inroads.dynamics.awareness_dynamics": (
        "Advertising",
        "AwarenessFloor",
        "Law",
    ),
    "inroads.uncertainty.ensemble": (
        "Ensemble",
        "intervals",
    ),
    "inroads.uncertainty.sobol": ("Saltelli",),
    "inroads.dynamics.path": (
        "PathSettings",
        "simulate_path",
    ),
    "inroads.dynamics.period_pricing": ("EquilibriumPrices",),
    "inroads.uncertainty.distributions": (
        "Bernoulli",
        "Normal",
        "Triangular",
        "Uniform",
    ),
    "inroads.dynamics.present_value": ("entry_value",),
    "inroads.study.outlook.backtest": (
        "Forecasted",
        "backtest",
    ),
    "inroads.study.load": (
        "Study",
        "load_study",
    ),
    "inroads.study.outlook.outlook_results": ("DrawSettings",),
    "inroads.study.outlook.rank": ("rank",),
    "inroads.results.files": ("read_results",),
    "inroads.results.tree": ("Results",),
    "inroads.study.results": ("Run",),
    "inroads.study.run": ("run",),
    "inroads.tables.facts": (
        "Facts",
        "Quantity",
    ),
    "inroads.tables.panel": (
        "Panel",
        "read_panel",
    ),
    "inroads.tables.read": (
        "read_query",
        "read_table",
    ),
}
_HOME = {name: module for module, names in _LAZY.items() for name in names}

__all__ = [
    "Adapt",
    "Advertising",
    "AwarenessFloor",
    "BargainingTerms",
    "Bernoulli",
    "Bertrand",
    "Campaign",
    "ChangeCost",
    "Consumers",
    "ConvergenceError",
    "Deal",
    "DealNetworks",
    "Decomposition",
    "Demand",
    "Divest",
    "DrawSettings",
    "Ensemble",
    "Equilibrium",
    "EquilibriumPrices",
    "Estimate",
    "Exclusive",
    "Facts",
    "Finance",
    "FirmFacts",
    "Forecasted",
    "InputError",
    "InroadsError",
    "Launch",
    "Law",
    "LinearPrice",
    "ListPrices",
    "Logit",
    "Market",
    "Merge",
    "Nested",
    "Normal",
    "Panel",
    "PathSettings",
    "PricedDemand",
    "Quantity",
    "Results",
    "Run",
    "Saltelli",
    "Screening",
    "SetPrice",
    "Solution",
    "Status",
    "Study",
    "Subsidy",
    "Supply",
    "Tariff",
    "Tax",
    "Triangular",
    "TwoPartTariff",
    "Uniform",
    "UnreachableError",
    "Vertical",
    "Withdraw",
    "__version__",
    "append_instruments",
    "backtest",
    "blp_instruments",
    "compare",
    "deal_networks",
    "differentiation_instruments",
    "draw_agents",
    "entry_value",
    "estimate",
    "first_stage",
    "intervals",
    "invert",
    "invert_aggregates",
    "load_study",
    "market_from_margins",
    "monopolist_test",
    "optimal_instruments",
    "rank",
    "read_panel",
    "read_query",
    "read_results",
    "read_table",
    "run",
    "screen_merger",
    "shapley",
    "simulate",
    "simulate_path",
    "vertical_market_from_margins",
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
