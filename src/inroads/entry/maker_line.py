"""A line of quality on specifications with makers' effects: what a product never sold would be
worth.

quality = specifications x beta + shift of a population + effect of the maker + error, the effects
of makers draws from N(0, tau^2) and the errors from N(0, sigma^2), by restricted maximum likelihood
(`random_effects`). A maker with products on sale stands where its products say, drawn towards its
population by as much as they are few; one that was never seen is a draw from its population. What
is not known of a maker is not known of all of its products at once, so that their errors hang
together.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.entry.random_effects import RandomEffects, fit_random_effects
from inroads.errors import refuse

SHIFT = "population"


@dataclass(frozen=True)
class PredictedQualities:
    """Qualities of a maker's products (n,): means, the covariance (n, n) of what they share, and
    the variance of each one's own error."""

    mean: Array
    shared: Array
    own_variance: float

    @property
    def standard_error(self) -> Array:
        """Of each product (n,)."""
        return np.asarray(np.sqrt(np.diag(self.shared) + self.own_variance))


@dataclass(frozen=True, eq=False, kw_only=True)
class MakerLine:
    """An estimated line.

    Attributes
    ----------
    fit : RandomEffects
        Coefficients in the order of `names`, makers' effects in that of `manufacturers`.
    names : tuple of str
        "1", SHIFT where makers of the population are told from others, specifications.
    manufacturers : tuple of str
        With products on sale.
    population : tuple of str
        Those that a maker never seen is like; all of them where the line has no SHIFT.
    products : tuple of int
        How many of each manufacturer.
    r_squared : float
        Part of the differences in quality that specifications and makers' effects explain.
    """

    fit: RandomEffects
    names: tuple[str, ...]
    manufacturers: tuple[str, ...]
    population: tuple[str, ...]
    products: tuple[int, ...]
    r_squared: float

    @property
    def tau(self) -> float:
        """Standard deviation of makers' effects."""
        return float(self.fit.variances[0] ** 0.5) if len(self.fit.variances) else 0.0

    @property
    def sigma(self) -> float:
        """Standard deviation of products about their maker's line."""
        return float(self.fit.residual_variance**0.5)

    @property
    def shrinkage(self) -> Array:
        """Part of what a maker's products say of it that its effect keeps, the rest being drawn
        to the population: n tau^2 / (n tau^2 + sigma^2)."""
        n = np.array(self.products)
        return np.asarray(n * self.tau**2 / (n * self.tau**2 + self.sigma**2))

    @property
    def observations(self) -> int:
        """Products with sales."""
        return len(self.fit.X)

    def predict(self, X: pd.DataFrame, manufacturer: str) -> PredictedQualities:
        """Qualities of a manufacturer's products with specifications X (n rows).

        Raises InputError for a manufacturer without products on sale where only one has any.
        """
        is_seen = manufacturer in self.manufacturers
        if not is_seen and len(self.manufacturers) < 2:
            raise refuse(
                expected=f"products of {manufacturer} on sale, or of two other manufacturers",
                found=f"those of {', '.join(self.manufacturers)} alone",
                where="hedonic",
                remedy="a maker never seen is a draw from those that are: add products on sale.",
            )
        belongs = manufacturer in self.population or not is_seen
        rows = np.zeros((len(X), len(self.fit.covariance)))
        rows[:, : len(self.names)] = _design(X, np.full(len(X), belongs), SHIFT in self.names)
        if is_seen and self.fit.effects:
            rows[:, len(self.names) + self.manufacturers.index(manufacturer)] = 1.0
        mean = rows @ np.concatenate([self.fit.coefficients, *self.fit.effects])
        shared = rows @ self.fit.covariance @ rows.T
        if not is_seen:
            shared = shared + self.tau**2
        return PredictedQualities(mean, shared, self.fit.residual_variance)


def fit_maker_line(
    quality: pd.Series,
    X: pd.DataFrame,
    manufacturer: pd.Series,
    population: Collection[str] | None = None,
) -> MakerLine:
    """The line of quality (n) on specifications X (n, k, no constant), with manufacturers' effects.

    population: manufacturers that one never seen is like; those outside of it stand higher or lower
    by a common shift. None, or all: every manufacturer is of one population. Raises InputError
    where there are too few products, or where a specification follows from others.
    """
    codes, makers = pd.factorize(manufacturer)
    inside = manufacturer.isin(population if population is not None else makers).to_numpy()
    is_split = bool(inside.any() and not inside.all())
    design = _design(X, inside, is_split)
    lengths = np.linalg.norm(design, axis=0)
    lengths[lengths == 0] = 1.0
    if len(design) <= design.shape[1] or np.linalg.matrix_rank(design / lengths) < len(lengths):
        raise refuse(
            expected=f"more than {design.shape[1]} products of which no specification follows "
            "from others",
            found=f"{len(design)} products",
            where="hedonic",
            remedy="drop a specification from the formula",
        )
    y = quality.to_numpy(float)
    fit = fit_random_effects(y, design, [codes] if len(makers) > 1 else [])
    fitted = design @ fit.coefficients + (fit.effects[0][codes] if fit.effects else 0.0)
    return MakerLine(
        fit=fit,
        names=("1", *([SHIFT] if is_split else []), *X.columns),
        manufacturers=tuple(makers),
        population=tuple(m for m in makers if not is_split or m in set(population or ())),
        products=tuple(np.bincount(codes)),
        r_squared=1 - float(((y - fitted) ** 2).sum() / ((y - y.mean()) ** 2).sum()),
    )


def _design(X: pd.DataFrame, inside: np.ndarray, is_split: bool) -> Array:
    shift = [inside.astype(float)] if is_split else []
    return np.column_stack([np.ones(len(X)), *shift, X.to_numpy(float)])
