"""All micro moments of an estimation: their values, slopes and sampling covariance.

With v_p the means of parts over their samples and f the moments, g = f(v(theta)) - observed.
Samples are independent of each other and of xi; of one with n consumers means have the covariance
C / n, so that N times that of g is the sum over samples of (N / n) F C F', F = df/dv (Conlon and
Gortmaker 2025).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inroads.choice.base import Array
from inroads.estimation.gmm.moments import Equation
from inroads.estimation.markets.market_state import MarketState
from inroads.estimation.markets.mean_utilities import PanelState
from inroads.estimation.micro.moments import SampleMoment
from inroads.estimation.micro.sums_together import SampleWeights, slopes_of, sums_of


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One dataset on the stacks of a panel.

    positions (n,): of its parts among all; weights of each stack, None where the sample has nobody,
    and the parts' values there. observations: consumers.
    """

    observations: int
    positions: tuple[int, ...]
    weights: tuple[SampleWeights | None, ...]
    values: tuple[tuple[SampleWeights, ...], ...]

    def means(self, states: Sequence[MarketState]) -> Array:
        """Of the parts (n,)."""
        total, sums = self._sums(states, [(p,) for p in range(len(self.positions))])
        return np.asarray(sums / total)

    def slopes(self, states: Sequence[MarketState], ddelta: Sequence[Array]) -> Array:
        """dmeans/dtheta (n, P)."""
        total, sums = self._sums(states, [(p,) for p in range(len(self.positions))])
        slopes = np.zeros((1 + len(sums), states[0].n_parameters))
        for state, d, weights, values in zip(
            states, ddelta, self.weights, self.values, strict=True
        ):
            if weights is not None:
                every = [weights, *(weights * value for value in values)]
                slopes += slopes_of(state, d, every)
        return np.asarray((slopes[1:] - np.outer(sums / total, slopes[0])) / total)

    def covariance(self, states: Sequence[MarketState]) -> Array:
        """C (n, n) of the parts' values over the consumers of the sample."""
        n = len(self.positions)
        pairs = [(p, q) for p in range(n) for q in range(p, n)]
        total, products = self._sums(states, pairs)
        means, C = self.means(states), np.zeros((n, n))
        for (p, q), value in zip(pairs, products / total, strict=True):
            C[p, q] = C[q, p] = value - means[p] * means[q]
        return C

    def _sums(
        self, states: Sequence[MarketState], products: Sequence[tuple[int, ...]]
    ) -> tuple[float, Array]:
        """Of the weights, and of the weights times products of parts."""
        sums = np.zeros(1 + len(products))
        for state, weights, values in zip(states, self.weights, self.values, strict=True):
            if weights is not None:
                every = [weights]
                for parts in products:
                    product: SampleWeights = weights
                    for p in parts:
                        product = product * values[p]
                    every.append(product)
                sums += sums_of(state, every)
        return float(sums[0]), sums[1:]


@dataclass(frozen=True, kw_only=True)
class SampleMoments:
    """Moments, the samples they are of, and where each moment's parts stand.

    given_covariance (M, M): of the observed values, where it is known; from the samples otherwise.
    factor (M, M): of the weights of the first step. N: products, in whose number moments count.
    """

    moments: tuple[SampleMoment, ...]
    samples: tuple[Sample, ...]
    positions: tuple[tuple[int, ...], ...]
    N: int
    given_covariance: Array | None = None
    factor: Array | None = None

    @property
    def observed(self) -> Array:
        """Values (M,) as samples have them."""
        return np.array([moment.value for moment in self.moments])

    @property
    def equation(self) -> Equation:
        """The moments as an equation without regressors: y is sqrt(N) g, a row a moment."""
        M = len(self.moments)
        factor = np.eye(M) if self.factor is None else self.factor
        return Equation(
            np.zeros((M, 0)), np.sqrt(self.N) * np.eye(M), observations=self.N, factor=factor
        )

    def values(self, state: PanelState) -> Array:
        """f(v) (M,)."""
        return self._combined(self._means(state))[0]

    def y(self, state: PanelState) -> Array:
        """sqrt(N) (f(v) - observed) (M,)."""
        return np.asarray(np.sqrt(self.N) * (self.values(state) - self.observed))

    def dy(self, state: PanelState, ddelta: Sequence[Array]) -> Array:
        """dy/dtheta (M, P), mean utilities of each stack moving by ddelta (B, J, P)."""
        F = self._combined(self._means(state))[1]
        slopes = np.zeros((F.shape[1], len(state.theta)))
        for sample in self.samples:
            slopes[list(sample.positions)] = sample.slopes(state.states, ddelta)
        return np.asarray(np.sqrt(self.N) * F @ slopes)

    def covariance(self, state: PanelState) -> Array:
        """N times the covariance of g (M, M)."""
        if self.given_covariance is not None:
            return self.N * self.given_covariance
        F = self._combined(self._means(state))[1]
        S = np.zeros((len(self.moments), len(self.moments)))
        for sample in self.samples:
            F_sample = F[:, list(sample.positions)]
            C = sample.covariance(state.states)
            S += self.N / sample.observations * F_sample @ C @ F_sample.T
        return S

    def _means(self, state: PanelState) -> Array:
        means = np.zeros(sum(len(sample.positions) for sample in self.samples))
        for sample in self.samples:
            means[list(sample.positions)] = sample.means(state.states)
        return means

    def _combined(self, means: Array) -> tuple[Array, Array]:
        """The moments (M,) and their gradient (M, n) in all parts."""
        values, F = np.zeros(len(self.moments)), np.zeros((len(self.moments), len(means)))
        for m, (moment, positions) in enumerate(zip(self.moments, self.positions, strict=True)):
            values[m], gradient = moment.combine(means[list(positions)])
            np.add.at(F[m], list(positions), gradient)
        return values, F
