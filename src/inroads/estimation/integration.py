"""The consumers of a market as weighted points of the standard normal distribution.

A share with random coefficients is an integral over tastes (Berry, Levinsohn and Pakes 1995); here
are the points that stand for them. Which rule to use: Judd and Skrainka (2011), Conlon and
Gortmaker (2020). Weights are never negative, so shares never are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.tables.cells import cell_text
from inroads.tables.read import FIRST_ROW

RULES = ("monte_carlo", "halton", "sobol", "mlhs", "product")
MOST_PER_MARKET = 1_000_000
MOST_ROWS = 20_000_000

_MOST_DIMENSIONS = 100
#: NumPy's own bound for Gauss-Hermite nodes that have been checked.
_MOST_IN_A_DIMENSION = 100

#: For one market: positions of its rows in demographics, and the share of weight up to each row.
_Residents: TypeAlias = tuple[NDArray[np.intp], Array]


def nodes_and_weights(rule: str, size: int, dimensions: int, seed: int = 0) -> tuple[Array, Array]:
    """Nodes (n, dimensions) and weights (n,) for the standard normal; weights sum to one.

    monte_carlo: n = size pseudo-random draws. halton: the Halton sequence with randomly permuted
    digits (Owen 2017). sobol: the Sobol' sequence scrambled (Matousek 1998), n being size rounded
    up to a power of two, without which the sequence is not balanced. mlhs: in each dimension
    evenly spaced points with one random shift, shuffled (Hess, Train and Polak 2006). product:
    Gauss-Hermite with size nodes in each dimension, n = size^dimensions, exact for polynomials of
    degree 2 size - 1 in each. The same seed gives the same nodes; product has no use for it.

    Raises InputError for an unknown rule, for numbers out of range and for more than a million
    nodes. Sparse grids of Gauss-Hermite rules are refused: above one dimension and level they
    always have negative weights.
    """
    n = _node_count(rule, size, dimensions)
    _refuse_many(n, 1)
    _check_seed(seed)
    if rule == "product":
        return _product(size, dimensions)
    return _simulated(rule, n, dimensions, np.random.SeedSequence(seed))


def draw_agents(
    markets: Iterable[object],
    rule: str,
    size: int,
    dimensions: int,
    *,
    seed: int = 0,
    demographics: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Agents of each market, as `read_panel` takes them.

    Simulated rules draw anew in each market, from seeds derived from `seed` and the market's place;
    product gives every market the same nodes.

    Parameters
    ----------
    markets : iterable
        Ids; one that comes up again is passed over.
    rule : {"monte_carlo", "halton", "sobol", "mlhs", "product"}
        How nodes are chosen: pseudo-random; the Halton sequence with randomly permuted digits (Owen
        2017); the Sobol' sequence scrambled (Matousek 1998); in each dimension evenly spaced points
        with one random shift, shuffled (Hess, Train and Polak 2006); Gauss-Hermite with `size`
        nodes in each dimension, exact for polynomials of degree 2 size - 1 in each.
    size : int
        Agents a market; rounded up to a power of two by sobol; size^dimensions of them by product.
    dimensions : int
        Columns of nodes.
    seed : int
        The same seed gives the same nodes; product has no use for it.
    demographics : DataFrame, optional
        People, each a row: market_ids (without it, everybody lives in every market), weights
        (without it, all equal) and the columns that are carried over. With a simulated rule each
        agent is one of the market's people, picked in proportion to weights by one more dimension
        of the rule. With product, every node meets every person.

    Returns
    -------
    DataFrame
        market_ids, weights (which sum to one in each market), nodes0, nodes1, ..., and what is
        carried over from demographics.

    Raises
    ------
    InputError
        For an unknown rule, numbers out of range, more than a million nodes a market and more than
        20 million rows in all.

    References
    ----------
    Judd, K. and Skrainka, B. (2011), High performance quadrature rules: how numerical integration
    affects a popular model of product differentiation, CeMMAP working paper 03/11.
    Conlon, C. and Gortmaker, J. (2020), Best practices for differentiated products demand
    estimation with PyBLP, RAND Journal of Economics 51(4).

    Examples
    --------
    >>> import inroads as ir
    >>> agents = ir.draw_agents(["north", "south"], "product", 3, 1)
    >>> agents.round(3).head(3)
      market_ids  weights  nodes0
    0      north    0.167  -1.732
    1      north    0.667   0.000
    2      north    0.167   1.732
    """
    ids = list(dict.fromkeys(markets))
    if not ids:
        raise refuse(
            expected="at least one market",
            found="none",
            where="markets",
            remedy="give panel.markets.",
        )
    n = _node_count(rule, size, dimensions)
    _check_seed(seed)
    residents = None if demographics is None else _residents(demographics, ids, dimensions)
    rows = [n] * len(ids)
    if rule == "product" and residents is not None:
        rows = [n * len(residents[market][0]) for market in ids]
    _refuse_many(max(rows), len(rows), sum(rows))

    draws_people = residents is not None and rule != "product"
    fixed = _product(size, dimensions) if rule == "product" else None
    nodes_of, weights_of, rows_of = [], [], []
    for market, market_seed in zip(ids, np.random.SeedSequence(seed).spawn(len(ids)), strict=True):
        nodes, weights = fixed or _simulated(rule, n, dimensions + draws_people, market_seed)
        if residents is not None:
            nodes, weights, chosen = _match_agents(nodes, weights, residents[market], draws_people)
            rows_of.append(chosen)
        nodes_of.append(nodes)
        weights_of.append(weights)

    agents = pd.DataFrame({"market_ids": pd.Series(ids).repeat(rows).reset_index(drop=True)})
    agents["weights"] = np.concatenate(weights_of)
    columns = [f"nodes{k}" for k in range(dimensions)]
    frames = [agents, pd.DataFrame(np.concatenate(nodes_of), columns=columns)]
    if demographics is not None:
        carried = demographics.drop(columns=["market_ids", "weights"], errors="ignore")
        frames.append(carried.iloc[np.concatenate(rows_of)].reset_index(drop=True))
    return pd.concat(frames, axis=1)


def _simulated(
    rule: str, n: int, dimensions: int, seed: np.random.SeedSequence
) -> tuple[Array, Array]:
    # A third of a second of imports, which estimates on given nodes do without.
    from scipy.stats import qmc

    rng = np.random.default_rng(seed)
    weights = np.full(n, 1 / n)
    if rule == "monte_carlo":
        return rng.standard_normal((n, dimensions)), weights
    if rule == "halton":
        uniform = qmc.Halton(dimensions, seed=rng).random(n)
    elif rule == "sobol":
        uniform = qmc.Sobol(dimensions, seed=rng).random_base2(n.bit_length() - 1)
    else:
        shifted = (np.arange(n)[:, None] + rng.random(dimensions)) / n
        uniform = rng.permuted(shifted, axis=0)
    # A draw of exactly zero would be a node at minus infinity.
    return np.asarray(ndtri(np.clip(uniform, 2.0**-32, 1 - 2.0**-32))), weights


def _product(size: int, dimensions: int) -> tuple[Array, Array]:
    node, weight = hermegauss(size)
    strides = size ** np.arange(dimensions)[::-1]
    places = np.arange(size**dimensions)[:, None] // strides % size
    weights = (weight / weight.sum())[places].prod(axis=1)
    return np.asarray(node[places]), np.asarray(weights / weights.sum())


def _match_agents(
    nodes: Array, weights: Array, residents: _Residents, draws_people: bool
) -> tuple[Array, Array, NDArray[np.intp]]:
    """Nodes, weights and the row of demographics of each agent.

    draws_people: whether people are drawn by the last dimension, or every node meets every person.
    """
    places, cumulative = residents
    if draws_people:
        return nodes[:, :-1], weights, places[np.searchsorted(cumulative, ndtr(nodes[:, -1]))]
    person_shares = np.diff(cumulative, prepend=0.0)
    return (
        np.repeat(nodes, len(places), axis=0),
        np.asarray(np.kron(weights, person_shares), dtype=float),
        np.tile(places, len(nodes)),
    )


def _residents(
    demographics: pd.DataFrame, ids: list[object], dimensions: int
) -> dict[object, _Residents]:
    """The people of each market, who must be there and have weights of some use."""
    clashing = sorted({f"nodes{k}" for k in range(dimensions)} & set(demographics.columns))
    if clashing:
        raise refuse(
            expected="no columns of nodes, which are drawn",
            found=", ".join(clashing),
            where="demographics",
            remedy="drop or rename them.",
        )
    weights = np.ones(len(demographics))
    if "weights" in demographics:
        weights = pd.to_numeric(demographics["weights"], errors="coerce").to_numpy(dtype=float)
    invalid = ~(np.isfinite(weights) & (weights >= 0))
    if invalid.any():
        row = int(np.argmax(invalid))
        cell = cell_text(demographics["weights"].iloc[row]) or "nothing"
        raise refuse(
            expected="finite weights of at least 0",
            found=cell,
            where=f"demographics, row {row + FIRST_ROW}, column 'weights'",
            remedy="correct or drop the rows.",
        )
    if "market_ids" not in demographics:
        return dict.fromkeys(ids, _residents_of(ids[0], np.arange(len(weights)), weights))
    market_ids = demographics["market_ids"].to_numpy()
    rows = demographics.groupby(market_ids, sort=False).indices
    no_rows = np.zeros(0, dtype=np.intp)
    return {market: _residents_of(market, rows.get(market, no_rows), weights) for market in ids}


def _residents_of(market: object, places: NDArray[np.intp], weights: Array) -> _Residents:
    cumulative = np.cumsum(weights[places])
    if not len(cumulative) or cumulative[-1] == 0:
        raise refuse(
            expected="people of positive weight in every market",
            found=f"none in market {market}",
            where="demographics",
            remedy="add them, or drop the market; write market_ids alike, as text or as numbers.",
        )
    return places, cumulative / cumulative[-1]


def _node_count(rule: str, size: int, dimensions: int) -> int:
    """Nodes in one market; raises InputError for a rule, size or dimensions out of range."""
    if rule in ("grid", "nested_grid", "nested_product"):
        raise refuse(
            expected=f"one of {', '.join(RULES)}, whose weights are positive",
            found=f"'{rule}', whose weights can be negative, and shares with them",
            where="rule",
            remedy="use 'product' for a few dimensions, 'sobol' or 'halton' for many.",
        )
    if rule not in RULES:
        raise refuse(
            expected=f"one of {', '.join(RULES)}",
            found=repr(rule),
            where="rule",
            remedy="choose one of these.",
        )
    _check_whole("dimensions", dimensions, 1, _MOST_DIMENSIONS)
    if rule != "product":
        _check_whole("size", size, 1, None)
        return 1 << (int(size) - 1).bit_length() if rule == "sobol" else int(size)
    _check_whole("size", size, 1, _MOST_IN_A_DIMENSION)
    count: int = int(size) ** int(dimensions)
    return count


def _check_seed(seed: int) -> None:
    _check_whole("seed", seed, 0, None)


def _check_whole(name: str, value: int, low: int, high: int | None) -> None:
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < low or (high is not None and value > high):
        span = f"of at least {low}" if high is None else f"from {low} to {high}"
        raise refuse(
            expected=f"a whole number {span}", found=repr(value), where=name, remedy="correct it."
        )


def _refuse_many(most: int, markets: int, total: int = 0) -> None:
    """Refused before anything is allocated: `most` agents in a market, or `total` rows."""
    remedy = "lower the size, or use 'sobol' or 'halton' instead of 'product'."
    if most > MOST_PER_MARKET:
        raise refuse(
            expected=f"at most {MOST_PER_MARKET:,} agents in a market",
            found=_count_words(most),
            where="size",
            remedy=remedy,
        )
    if total > MOST_ROWS:
        actual = f"{_count_words(total)} in {markets:,} markets"
        raise refuse(
            expected=f"at most {MOST_ROWS:,} agents in all",
            found=actual,
            where="size",
            remedy=remedy,
        )


def _count_words(count: int) -> str:
    return f"{count:,}" if count < 10**15 else f"about 10^{math.log10(count):.0f}"
