"""What a study takes from an estimate: tastes at any value of its parameters, their covariance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.estimation.gmm.parameters import ParameterLayout
from inroads.estimation.integration import nodes_and_weights
from inroads.tables.formulas import DesignSpec, apply

#: in draws, the least that money weighs for anybody, relative to the mean
_LEAST_MONEY = 0.01


@dataclass(frozen=True)
class Buyers:
    """Consumers as an estimate sees them: weights (P,) summing to one, nodes (P, K2) of its random
    coefficients, demographics (P, D), and their income in its unit (P,), nan where not known.

    mass: what weights sum to in the estimate; below one where those are left out who buy nothing
    (importance sampling).
    """

    weights: Array
    nodes: Array
    demographics: Array
    income: Array
    mass: float = 1.0


@dataclass(frozen=True)
class BuyerTastes:
    """By buyer: what a unit of prices costs in utility (P,), and utility of a unit of each
    characteristic beyond the mean taste for it (P, K)."""

    money: Array
    characteristics: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class EstimatedTastes:
    """An estimate's demand, for markets of a study.

    Parameters
    ----------
    file, digest : str
        As study.toml names the file, and its SHA-256.
    params : Series
        All of the estimate's parameters by name, the last of them those of `layout`.
    used : tuple of str
        Those that the study takes.
    covariance : DataFrame
        Of these, less those that count as known.
    layout : ParameterLayout
        Of sigma, pi and a coefficient of prices searched beside supply.
    linear : dict
        Column of `linear` -> du/dprices for a unit of its coefficient (0: of no price).
    random, random_slopes, lognormal
        Names of random coefficients (K2,), dx/dprices of each, and which are lognormal.
    of_products, of_buyers : DesignSpec, optional
        The formulas of random coefficients and of demographics.
    buyers : Buyers, optional
        The agents of the market that the study names.
    deviations : mapping
        By parameter, how far it is from the estimate.
    """

    file: str
    digest: str
    params: pd.Series
    used: tuple[str, ...]
    covariance: pd.DataFrame
    layout: ParameterLayout
    linear: Mapping[str, float]
    random: tuple[str, ...]
    random_slopes: Array
    lognormal: np.ndarray
    of_products: DesignSpec | None = None
    of_buyers: DesignSpec | None = None
    buyers: Buyers | None = None
    deviations: Mapping[str, float] = field(default_factory=dict)

    def moved(self, deviations: Mapping[str, float]) -> EstimatedTastes:
        """The same with parameters so far from the estimate."""
        return replace(self, deviations=deviations)

    @cached_property
    def at(self) -> pd.Series:
        """All parameters as they stand."""
        moved = pd.Series(self.deviations, dtype=float)
        return self.params.add(moved.reindex(self.params.index), fill_value=0.0)

    @property
    def standard_errors(self) -> dict[str, float]:
        """Of the parameters that the study takes, 0 where they count as known."""
        variances = np.diag(self.covariance).clip(min=0.0)
        errors = dict.fromkeys(self.used, 0.0)
        return errors | dict(zip(self.covariance.index, map(float, variances**0.5), strict=True))

    @property
    def characteristics(self) -> tuple[str, ...]:
        """Names of random coefficients that are not of prices."""
        return tuple(n for n, s in zip(self.random, self.random_slopes, strict=True) if not s)

    def columns(self, table: pd.DataFrame) -> pd.DataFrame:
        """The characteristics of products (rows of `table`, which has the columns named)."""
        if self.of_products is None:
            return pd.DataFrame(index=table.index)
        X = apply(self.of_products, table.assign(prices=0.0)).set_axis(list(self.random), axis=1)
        return X[list(self.characteristics)]

    def buyers_at(self, income: float, nodes: int) -> Buyers:
        """Consumers of one income, in the estimate's unit, at so many points of random tastes."""
        searched = np.flatnonzero((self.layout.sigma != 0).any(axis=0))
        points, weights = np.zeros((1, 0)), np.ones(1)
        if len(searched):
            points, weights = nodes_and_weights("halton", nodes, len(searched))
        every = np.zeros((len(points), len(self.random)))
        every[:, searched] = points
        demographics = np.zeros((1, 0))
        if self.of_buyers is not None:
            demographics = apply(self.of_buyers, pd.DataFrame({"income": [income]})).to_numpy(float)
        rows = (len(points), 1)
        return Buyers(weights, every, np.tile(demographics, rows), np.full(len(points), income))

    def tastes(self, buyers: Buyers) -> BuyerTastes:
        """Tastes of buyers at the parameters as they stand.

        Where these are not the estimate's own, money weighs at least a hundredth of its mean for
        everybody: a draw may have some like to pay.
        """
        at = self.at
        theta = at.to_numpy(float)[len(at) - len(self.layout.start) :]
        sigma, pi = self.layout.matrices_at(theta)
        values = buyers.nodes @ sigma.T + buyers.demographics @ pi.T
        values[:, self.lognormal] = np.exp(values[:, self.lognormal])
        mean = self.layout.price_at(theta) + sum(at[n] * s for n, s in self.linear.items())
        money = -(mean + values @ self.random_slopes)
        if self.deviations:
            money = np.maximum(money, _LEAST_MONEY * abs(buyers.weights @ money))
        frame = pd.DataFrame(values, columns=list(self.random))
        return BuyerTastes(money, frame[list(self.characteristics)])

    def mean_taste(self, column: str) -> float | None:
        """The mean taste for a column of `linear` that the study takes; None for others."""
        is_taken = self.linear.get(column) == 0.0 and column in self.used
        return float(self.at[column]) if is_taken else None


def label(name: str) -> str:
    """A parameter in words: "prices", "spread of tastes for size", "taste for size by income"."""
    inside = name.partition("[")[2].removesuffix("]")
    if name.startswith("sigma["):
        first, _, second = inside.partition(", ")
        return f"spread of tastes for {first}" + (f" with {second}" if second else "")
    if name.startswith("pi["):
        first, _, second = inside.partition(", ")
        return f"taste for {first} by {second}"
    return name if name == "prices" else f"taste for {name}"
