"""The estimate that a study names, read and checked: what it cannot take is refused by name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.errors import InputError, refuse
from inroads.estimation.design.formula_columns import plain_name
from inroads.estimation.design.matrices import Design
from inroads.estimation.results import Estimate
from inroads.study.config.config import Config
from inroads.study.config.demand import DemandPart
from inroads.study.demand.estimated_tastes import Buyers, EstimatedTastes
from inroads.tables.formulas import DesignSpec, design_matrix
from inroads.tables.naming import label, suggestion
from inroads.tables.schemas import PRODUCTS

WHERE = "study.toml, demand"
#: columns of products that formulas of an estimate may name besides those of its own
_TEXTS = ("manufacturer", "brand", "platform", "tier")
#: what a market's table of products has under these names is something else
_TAKEN = {*(c.name for c in PRODUCTS.columns), "quality", "production_cost", "age"}
#: of the eigenvalues of correlations: nothing below zero but rounding
_ROUNDING = 1e-8


def read_estimate(config: Config, folder: Path, products: pd.DataFrame) -> EstimatedTastes | None:
    """What [demand] names, for the study's table of products; None where there is no [demand]."""
    part = config.demand
    if part is None:
        return None
    path = folder / part.estimate
    if not path.is_file():
        raise refuse(
            expected="a file that Estimate.save wrote",
            found=f"no {part.estimate} beside study.toml",
            where=f"{WHERE}.estimate",
            remedy="put it there: fit.save('fit.zip'), and name it.",
        )
    try:
        fit = Estimate.load(path)
    except InputError as error:
        raise refuse(
            expected=f"{part.estimate} as this version of inroads saves an estimate",
            found=error.problems[0].value or "",
            where=f"{WHERE}.estimate",
            remedy="estimate and save it again.",
        ) from None
    _check_demand(fit)
    design = fit.design
    of_products = _fixed(fit.demand.random, fit.panel.products)
    of_buyers = _fixed(fit.demand.demographics, fit.panel.agents) if design.random else None
    _check_products(of_products, design, products)
    buyers = _buyers(part, fit, of_buyers)
    linear = dict(zip(design.linear, map(float, design.linear_slopes), strict=True))
    used = _in_use(fit, linear, config)
    return EstimatedTastes(
        file=part.estimate,
        digest=hashlib.sha256(path.read_bytes()).hexdigest(),
        params=fit.params,
        used=tuple(used),
        covariance=_covariance(fit, used),
        layout=fit.layout,
        linear=linear,
        random=design.random,
        random_slopes=design.random_slopes,
        lognormal=design.lognormal.astype(bool),
        of_products=of_products,
        of_buyers=of_buyers,
        buyers=buyers,
    )


def _fixed(formula: str | None, table: pd.DataFrame | None) -> DesignSpec | None:
    return None if formula is None or table is None else design_matrix(formula, table)[1]


def _check_demand(fit: Estimate) -> None:
    """Refuse demand that is no mixed logit linear in prices over all offers, and searches that did
    not end."""
    design = fit.design
    slopes = np.concatenate([design.linear_slopes, design.random_slopes])
    names = [*design.linear, *design.random]
    not_linear = [n for n, slope in zip(names, slopes, strict=True) if np.isnan(slope)]
    has_price = design.searches_prices or bool((slopes != 0).any())
    faults = (
        (not fit.converged, "a search that converged", f"one that {fit.status.value}"),
        (len(design.nests) > 0, "demand without nests", "nests"),
        (design.available is not None, "agents who can choose any product", "columns of agents "
         "that say what each can choose"),
        (not design.outside, "all consumers", "those who buy alone (outside=False)"),
        (design.by_product is not None, "demographics of consumers alone", "demographics that "
         "differ by product"),
        (bool(not_linear), "utility linear in prices", ", ".join(not_linear)),
        (not has_price, "demand in which prices matter", "none of its formulas names prices"),
    )  # fmt: skip
    for is_fault, expected, actual in faults:
        if is_fault:
            raise refuse(
                expected=f"an estimate of {expected}",
                found=actual,
                where=f"{WHERE}.estimate",
                remedy="estimate it so, or leave [demand] out and calibrate tastes.",
            )


def _check_products(spec: DesignSpec | None, design: Design, products: pd.DataFrame) -> None:
    own = [str(c) for c in products if c not in {x.name for x in PRODUCTS.columns}]
    for name in (n for n in (spec.used if spec else ()) if n != "prices"):
        if name not in (*own, *_TEXTS):
            raise refuse(
                expected=f"a column '{name}' of products.csv: tastes for it are estimated",
                found=", ".join(own) or "no further columns",
                where=f"{WHERE}.estimate",
                remedy=suggestion(name, own) or "add the column, in the unit of the estimate.",
            )
    for name in design.random:
        if name in _TAKEN:
            raise refuse(
                expected="random coefficients of columns with names of their own",
                found=f"'{name}', which means something else in a study",
                where=f"{WHERE}.estimate",
                remedy="rename the column and estimate again.",
            )


def _buyers(part: DemandPart, fit: Estimate, spec: DesignSpec | None) -> Buyers | None:
    """The agents of the market that is named; None where the study has its own income groups."""
    design, agents = fit.design, fit.panel.agents
    if part.market is None:
        strange = [name for name in (spec.used if spec else ()) if name != "income"]
        if strange:
            raise refuse(
                expected="demographics of income alone, which the study's income groups have",
                found=strange[0],
                where=f"{WHERE}.market",
                remedy="name a market of its panel: consumers are then its agents.",
            )
        return None
    if not design.random or agents is None:
        raise refuse(
            expected="an estimate with agents",
            found="one in which all consumers are alike",
            where=f"{WHERE}.market",
            remedy="leave `market` out.",
        )
    market = label(part.market, agents["market_ids"])
    if market is None:
        markets = fit.panel.markets
        raise refuse(
            expected=f"a market of its panel ({_first_names(markets)})",
            found=repr(part.market),
            where=f"{WHERE}.market",
            remedy=suggestion(str(part.market), map(str, markets)) or "name one of these.",
        )
    rows = (agents["market_ids"] == market).to_numpy()
    weights = agents["weights"].to_numpy(float)[rows]
    income = np.full(len(weights), np.nan)
    if "income" in agents:
        income = pd.to_numeric(agents["income"], errors="coerce").to_numpy(float)[rows]
    demographics = design.demographics
    if not demographics.size:
        demographics = np.zeros((len(rows), 0))
    mass = float(weights.sum())
    return Buyers(weights / mass, design.nodes[rows], demographics[rows], income, mass)


def _in_use(fit: Estimate, linear: dict[str, float], config: Config) -> list[str]:
    """Parameters that a study takes: of prices and random coefficients, and mean tastes for what
    the formula of [hedonic] names."""
    searched = list(fit.params.index[len(fit.params) - len(fit.layout.start) :])
    formula = config.hedonic.formula if config.hedonic else ""
    terms = {plain_name(term.strip()) for term in formula.split("+")} - {"1"}
    named = [n for n, slope in linear.items() if slope or n in terms]
    return list(dict.fromkeys([*named, *searched]))


def _covariance(fit: Estimate, used: list[str]) -> pd.DataFrame:
    """That of the parameters in use, less those at a bound or at the edge, which count as known."""
    names = [n for n in used if n not in (*fit.at_bounds, *fit.at_edge)]
    covariance = fit.covariance.loc[names, names]
    unknown = [n for n in names if not np.isfinite(covariance.loc[n, n])]
    if unknown:
        raise refuse(
            expected="a covariance of all parameters that the study takes",
            found=f"none of {_first_names(unknown)}",
            where=f"{WHERE}.estimate",
            remedy="fix what the moments do not determine, or add moments.",
        )
    least = _least_eigenvalue(covariance.to_numpy(float))
    if not least >= -_ROUNDING:
        raise refuse(
            expected="a covariance without negative variances",
            found=f"an eigenvalue of {least:.3g} among correlations of {_first_names(names)}",
            where=f"{WHERE}.estimate",
            remedy="estimate again: instruments that nearly coincide, or too few clusters?",
        )
    return covariance


def _least_eigenvalue(covariance: Array) -> float:
    """Of the matrix scaled to a diagonal of ones in size; 0 of an empty one."""
    sizes = np.sqrt(np.abs(np.diag(covariance)))
    scaled = covariance / np.where(sizes > 0, np.outer(sizes, sizes), 1.0)
    return float(np.linalg.eigvalsh((scaled + scaled.T) / 2).min(initial=0.0))


def _first_names(names: Iterable[object]) -> str:
    every = list(map(str, names))
    return ", ".join(every[:5]) + (", ..." if len(every) > 5 else "")
