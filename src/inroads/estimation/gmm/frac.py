"""Where to begin: random coefficients by one regression (fast, "robust", approximately correct).

For tastes v_i of mean m and variance V, with e the mean of x over what is bought,
ln s_j - ln s_0 = x1_j beta + x_j m + x_j' V x_j / 2 - x_j' V e + xi_j + O(|v|^3).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.estimation.design.berry import panel_log_share_ratios
from inroads.estimation.design.matrices import Design, unchecked_design
from inroads.estimation.gmm.parameters import ParameterLayout
from inroads.estimation.specification.demand import Demand
from inroads.numerics.columns import independent_columns
from inroads.tables.panel import Panel

_ROUNDS = 5
# A variance that comes out negative starts where it moves utility by this standard deviation.
_SMALL = 0.1


def frac_start(
    demand: Demand, panel: Panel, *, pi: ArrayLike | None = None, prices: bool = False
) -> dict[str, Any]:
    """Starting values of random coefficients by two-stage least squares, without any search.

    Good where tastes are not too spread: the expansion is to second order in them. Standard
    deviations whose variance comes out below zero start at a small number.

    Parameters
    ----------
    demand : Demand
        With random coefficients, without nests, none of them lognormal.
    panel : Panel
        With instruments for the columns that the expansion adds, one for each entry searched.
    pi : (K2, D) array, optional
        Nonzero where an entry is to be searched; they are told by how means of demographics
        differ between markets.
    prices : bool
        Whether the price coefficient is wanted too, as it is beside supply.

    Returns
    -------
    dict
        To be given to `estimate` as `start`: sigma (its diagonal), pi and prices where wanted.

    Raises
    ------
    InputError
        For nests, lognormal coefficients and demographics by product, no random coefficients, and
        columns that instruments do not move.

    References
    ----------
    Salanié, B. and Wolak, F. (2022), Fast, detail-free, and approximately correct: estimating
    mixed demand systems, NBER working paper 25726.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import inroads as ir
    >>> size = np.tile([0.0, 1.0, 3.0], 40) + np.repeat(np.linspace(0, 2, 40), 3)
    >>> products = pd.DataFrame({"market_ids": np.repeat(range(40), 3), "firm_ids": [1, 2, 3] * 40})
    >>> products = products.assign(size=size, demand_instruments0=size**2)
    >>> products["demand_instruments1"] = size * np.repeat(size.reshape(-1, 3).mean(axis=1), 3)
    >>> demand = ir.Demand("1 + prices + size", random="0 + size", endogenous=())
    >>> drawn = ir.simulate(
    ...     demand, products, ir.draw_agents(range(40), "product", 9, 1),
    ...     supply=ir.Supply("1", log=False), beta={"1": 0.0, "prices": -1.0, "size": 0.5},
    ...     gamma={"1": 1.0}, sigma=[[0.3]], deviations=(0.0, 0.1),
    ... )
    >>> ir.frac_start(demand, drawn.panel)["sigma"].round(2).tolist()  # the truth: 0.3
    [0.27]
    """
    panel.require_outside("frac_start")
    design = unchecked_design(replace(demand, nested=False), panel)
    for fault, expected, actual in (
        (not demand.random, "random coefficients", "none"),
        (demand.nested, "demand without nests", "nests"),
        (bool(design.lognormal.any()), "normal random coefficients", "lognormal ones"),
        (
            design.by_product is not None,
            "demographics of consumers alone",
            "some that differ by product",
        ),
    ):
        if fault:
            raise refuse(
                expected=expected,
                found=actual,
                where="demand",
                remedy="give start={'sigma': ...} yourself.",
            )
    mask = np.zeros((len(design.random), len(design.demographic_names)), dtype=bool)
    if pi is not None:
        mask = ParameterLayout.from_start(design, pi=pi).pi != 0
    moments = _TasteMoments(design, panel)
    artificial, names = moments.columns(mask)
    K1, K2 = len(design.linear), len(design.random)
    y, sigma, Pi = panel_log_share_ratios(panel), np.zeros(K2), np.zeros(mask.shape)
    coefficients = np.zeros(K1)
    for _ in range(_ROUNDS):
        coefficients = _tsls(design, artificial, names, y - moments.beside(sigma, Pi))
        sigma = np.sqrt(np.maximum(coefficients[K1 : K1 + K2], 0.0))
        Pi[mask] = coefficients[K1 + K2 :]
    spread = np.abs(design.X2).mean(axis=0) + np.finfo(float).tiny
    start: dict[str, Any] = {"sigma": np.maximum(sigma, _SMALL / spread) * design.has_nodes}
    if pi is not None:
        start["pi"] = Pi
    if prices:
        start["prices"] = float(coefficients[:K1] @ design.linear_slopes)
    return start


class _TasteMoments:
    """Moments of nodes and demographics by market, and what they add to log shares.

    bought (N, K2): e. mean (N, K2 + D) and covariance (N, K2 + D, K2 + D): of nodes, then
    demographics, in each product's market.
    """

    def __init__(self, design: Design, panel: Panel) -> None:
        self.design = design
        assert panel.agents is not None
        N, K2 = design.X2.shape
        drawn = np.hstack([design.nodes, design.demographics])
        weights = panel.agents["weights"].to_numpy(float)
        S = panel.products["shares"].to_numpy(float)
        self.bought, self.mean = np.zeros((N, K2)), np.zeros((N, drawn.shape[1]))
        self.covariance = np.zeros((N, drawn.shape[1], drawn.shape[1]))
        for block in panel.blocks:
            p, a = block.products, block.agents
            w = weights[a] / weights[a].sum(axis=1, keepdims=True)
            self.bought[p] = np.einsum("bj,bjk->bk", S[p], design.X2[p])[:, None]
            mean = np.einsum("bi,bid->bd", w, drawn[a])
            centred = drawn[a] - mean[:, None]
            self.mean[p] = mean[:, None]
            self.covariance[p] = np.einsum("bi,bid,bie->bde", w, centred, centred)[:, None]

    def columns(self, mask: np.ndarray) -> tuple[Array, list[str]]:
        """Columns (N, K2 + P) whose coefficients are sigma's squares and entries of pi."""
        X2, design = self.design.X2, self.design
        K2 = X2.shape[1]
        squares = X2 * (X2 / 2 - self.bought) * self._node_variances
        entries = np.argwhere(mask)
        first = [X2[:, k] * self.mean[:, K2 + d] for k, d in entries]
        names = [f"sigma[{name}]" for name in design.random]
        names += [f"pi[{design.random[k]}, {design.demographic_names[d]}]" for k, d in entries]
        return np.column_stack([squares, *first]), names

    def beside(self, sigma: Array, Pi: Array) -> Array:
        """What tastes add to log shares (N,) beside those columns: variance of demographics,
        covariances, and means of nodes."""
        X2 = self.design.X2
        T = np.hstack([np.diag(sigma), Pi])
        V = np.einsum("kd,nde,le->nkl", T, self.covariance, T)
        own = np.arange(len(sigma))
        V[:, own, own] -= sigma**2 * self._node_variances
        first = (X2 * self.mean[:, : len(sigma)]) @ sigma
        return np.asarray(first + np.einsum("nk,nkl,nl->n", X2, V, X2 / 2 - self.bought))

    @property
    def _node_variances(self) -> Array:
        K2 = self.design.X2.shape[1]
        return np.asarray(np.einsum("nkk->nk", self.covariance)[:, :K2])


def _tsls(design: Design, artificial: Array, names: list[str], y: Array) -> Array:
    """Coefficients of X1 and the artificial columns; those without nodes have none."""
    used = [k for k in range(len(names)) if k >= len(design.random) or design.has_nodes[k]]
    raw = design.without_fixed_effects(artificial[:, used])
    X = np.hstack([design.X1, raw])
    labels = [*design.linear, *(names[k] for k in used)]
    Q = np.linalg.qr(design.Z)[0]
    projected = Q @ (Q.T @ X)
    independent = independent_columns(projected, np.linalg.norm(X, axis=0))
    if len(independent) < X.shape[1]:
        name = next(labels[k] for k in range(X.shape[1]) if k not in independent)
        raise refuse(
            expected=f"instruments that move each of {X.shape[1]} columns",
            found=f"none that moves {name} beside the others",
            where="products",
            remedy="add differentiation instruments, or give start={'sigma': ...} yourself.",
        )
    y_left = design.without_fixed_effects(y[:, None])[:, 0]
    solved = np.linalg.lstsq(projected, y_left, rcond=None)[0]
    coefficients = np.zeros(len(design.linear) + len(names))
    places = [*range(len(design.linear)), *(len(design.linear) + k for k in used)]
    coefficients[places] = solved
    return coefficients
