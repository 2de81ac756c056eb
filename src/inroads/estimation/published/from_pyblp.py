"""Demand as PyBLP estimated it, taken over from its results object."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from inroads.errors import refuse
from inroads.estimation.design.matrices import unchecked_design
from inroads.estimation.gmm.parameters import ParameterLayout
from inroads.estimation.published.known_demand import KnownDemand, known_demand
from inroads.estimation.specification.demand import Demand
from inroads.tables.panel import read_panel

_KINDS = {"SigmaParameter": "sigma", "PiParameter": "pi", "BetaParameter": "beta"}


def from_pyblp(results: Any) -> KnownDemand:
    """Demand at PyBLP's estimates: elasticities, costs, markets that answer, standard errors.

    Formulas, products, agents, parameters and their covariance are read off the object; mean
    utilities are solved for again, to 1e-13.

    Parameters
    ----------
    results : pyblp.ProblemResults
        What `problem.solve()` gave.

    Returns
    -------
    KnownDemand
        On the problem's own products and agents.

    Raises
    ------
    InputError
        For another object, nesting parameters that differ between nests, scaled errors, and
        coefficients that are logit-transformed.

    Examples
    --------
    >>> import pyblp
    >>> import inroads as ir
    >>> pyblp.options.verbose = False
    >>> location = pyblp.data.NEVO_PRODUCTS_LOCATION
    >>> import pandas as pd
    >>> formula = pyblp.Formulation("0 + prices", absorb="C(product_ids)")
    >>> results = pyblp.Problem(formula, pd.read_csv(location)).solve()
    >>> known = ir.from_pyblp(results)
    >>> known.elasticities("C01Q1").shape
    (24, 24)
    """
    problem = getattr(results, "problem", None)
    if problem is None or not hasattr(results, "parameter_covariances"):
        raise _unlike("PyBLP's ProblemResults", type(results).__name__, "give problem.solve(...).")
    rho = np.unique(np.asarray(results.rho, dtype=float))
    for fault, expected, actual in (
        (len(rho) > 1, "one nesting parameter for all nests", "one for each nest"),
        (problem.epsilon_scale != 1, "errors of scale one", f"scale {problem.epsilon_scale}"),
        ("logit" in problem.rc_types, "coefficients normal or lognormal", "some of type logit"),
    ):
        if fault:
            raise _unlike(
                expected, actual, "estimate it here, or give known_demand the parameters."
            )
    products, agents, absorb = _products(problem), _agents(problem), _absorb(problem)
    formulas = problem.product_formulations
    labels = list(map(str, results.pi_labels)) if results.pi.size else []
    X2 = [str(label) for label in results.sigma_labels]
    demand = Demand(
        formulas[0]._formula,
        absorb=absorb,
        random=formulas[1]._formula if problem.K2 else None,
        demographics="0 + " + " + ".join(f"`{name}`" for name in labels) if labels else None,
        nested=bool(problem.products.nesting_ids.size),
        lognormal=tuple(x for x, kind in zip(X2, problem.rc_types, strict=True) if kind == "log"),
    )
    panel = read_panel(products, agents)
    design = unchecked_design(demand, panel, results.sigma if problem.K2 else None)
    beta = np.asarray(results.beta, dtype=float).ravel()
    params: dict[str, Any] = dict(zip(design.linear, beta, strict=True))
    if problem.K2:
        params |= {"sigma": np.asarray(results.sigma)}
        params |= {"pi": np.asarray(results.pi)} if labels else {}
    if len(rho):
        params["rho"] = float(rho[0])
    demand_at = known_demand(demand, panel, params)
    names = _covariance_names(results, demand_at)
    V = np.asarray(results.parameter_covariances, dtype=float) / problem.N
    rows = [k for k, name in enumerate(names) if name in demand_at.params.index]
    if len(names) != len(V) or not np.isfinite(V).all():
        return demand_at
    covariance = pd.DataFrame(
        V[np.ix_(rows, rows)], [names[k] for k in rows], [names[k] for k in rows]
    )
    index = demand_at.params.index
    covariance = covariance.reindex(index=index, columns=index).fillna(0.0)
    return replace(demand_at, covariance=covariance)


def _products(problem: Any) -> pd.DataFrame:
    """The table of products that a problem keeps: ids, shares, prices, what formulas use."""
    source = problem.products
    skipped = {"X1", "X2", "X3", "ZD", "ZS", "ZC", "lag_indices"}
    table: dict[str, np.ndarray] = {}
    for name in source.dtype.names:
        values = np.asarray(source[name])
        if name in skipped or not values.size:
            continue
        if values.shape[1] == 1:
            table[name] = values[:, 0]
        else:
            table |= {f"{name}{k}": column for k, column in enumerate(values.T)}
    frame = pd.DataFrame(table)
    return frame.infer_objects()


def _agents(problem: Any) -> pd.DataFrame | None:
    source = problem.agents
    if not problem.K2:
        return None
    table = {"market_ids": source.market_ids[:, 0], "weights": source.weights[:, 0]}
    for name in ("nodes", "availability"):
        table |= {f"{name}{k}": column for k, column in enumerate(np.asarray(source[name]).T)}
    labels = [] if problem.agent_formulation is None else problem.agent_formulation._expressions
    for label, column in zip(labels, np.asarray(source.demographics).swapaxes(0, 1), strict=True):
        # By product (A, J), in PyBLP then of all demographics if of one, nan beyond a market's own.
        by_product = column.ndim > 1 and np.nanmax(np.abs(column - column[:, [0]])) > 0
        if by_product:
            table |= {f"{label}{j}": values for j, values in enumerate(column.T)}
        else:
            table[str(label)] = column if column.ndim == 1 else column[:, 0]
    return pd.DataFrame(table).infer_objects()


def _absorb(problem: Any) -> str | None:
    """Columns that hold the absorbed effects: by their own names where the problem kept them."""
    absorb = problem.product_formulations[0]._absorb
    if absorb is None:
        return None
    names = [re.sub(r"^C\((.*)\)$", r"\1", term.strip()) for term in absorb.split("+")]
    if all(name in problem.products.dtype.names for name in names):
        return " + ".join(names)
    count = problem.products.demand_ids.shape[1]
    return " + ".join(["demand_ids"] if count == 1 else [f"demand_ids{k}" for k in range(count)])


def _covariance_names(results: Any, taken: KnownDemand) -> list[str]:
    """What rows of PyBLP's covariance are, in our names: searched parameters, then the others."""
    parameters = results._parameters
    design = taken.design
    K2, D = len(design.random), len(design.demographic_names)
    names = {
        "sigma": ParameterLayout(np.ones((K2, K2)), np.zeros((K2, D))).names(design),
        "pi": ParameterLayout(np.zeros((K2, K2)), np.ones((K2, D))).names(design),
        "beta": list(design.linear),
    }
    labels: list[str] = []
    for parameter in [*parameters.unfixed, *parameters.eliminated]:
        kind = _KINDS.get(type(parameter).__name__)
        if kind is None:
            is_rho = "Rho" in type(parameter).__name__
            labels.append("rho" if is_rho else f"another's {len(labels)}")
            continue
        row, column = parameter.location
        width = {"sigma": K2, "pi": D, "beta": 1}[kind]
        labels.append(names[kind][row * width + column])
    return labels


def _unlike(expected: str, actual: str, remedy: str) -> Exception:
    return refuse(expected=expected, found=actual, where="from_pyblp", remedy=remedy)
