"""Random-coefficients demand: delta(theta) market by market, and its derivative.

mu_ij = sum_k x_jk g_k(sum_l sigma_kl nu_il + sum_d pi_kd D_id), g the identity or, lognormal, the
exponential: Berry, Levinsohn and Pakes (1995), Nevo (2001). The derivative is
ddelta/dtheta = -G^-1 ds/dtheta, by the implicit function theorem.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from inroads.choice import invert
from inroads.choice.model import Array
from inroads.errors import ConvergenceError
from inroads.estimation.design.matrices import Design
from inroads.estimation.gmm.parameters import Free
from inroads.estimation.markets.market_state import Here
from inroads.estimation.markets.stacks import STACK, Part, parts
from inroads.estimation.markets.warm_inversion import nearby
from inroads.numerics.stacked_factor import Factor
from inroads.solution import Solution, Status
from inroads.tables.panel import Panel

__all__ = ["Free", "Markets"]

R = TypeVar("R")
#: An error in logs that is as good as none known.
_FAR = 1.0


@dataclass(frozen=True)
class Anchor:
    """Where the derivative was last taken: theta, delta, ddelta/dtheta, G of each part."""

    theta: Array
    delta: Array
    slope: Array
    factors: Sequence[Factor]

    def along(self, theta: Array) -> Array:
        """delta (N,) at theta by the tangent."""
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(self.delta + self.slope @ (theta - self.theta))


class Markets:
    """delta(theta) of every market of a panel, in parts that `workers` threads share.

    The answer does not depend on the number of workers. `size`: bytes of a part's largest arrays.
    filled: whether markets are filled up to common sizes (see `parts`); all arrays over products
    then have `rows` rows, N and those of the products that fill.
    """

    def __init__(
        self,
        design: Design,
        panel: Panel,
        free: Free,
        workers: int = 1,
        size: int = STACK,
        *,
        filled: bool = False,
    ) -> None:
        self.design, self.panel, self.free, self.workers = design, panel, free, workers
        self.parts = list(parts(design, panel, size, filled=filled))
        self.rows = 1 + max(int(part.products.max()) for part in self.parts)
        self.delta = np.zeros(self.rows)
        for part in self.parts:
            outside = 1.0 - part.S.sum(axis=1, keepdims=True)
            self.delta[part.products] = np.log(part.S) - np.log(outside)
        self.anchor: Anchor | None = None
        self.now: list[Here] = []
        self.iterations = 0

    def map(self, task: Callable[..., R], *rows: Iterable[Any]) -> list[R]:
        """task(part, ...) for every part, by `workers` threads, of which this is one."""
        each = list(zip(self.parts, *rows, strict=True))
        places = iter(range(len(each)))
        found: dict[int, R] = {}

        def work() -> None:
            for k in places:
                found[k] = task(*each[k])

        helpers = [self._threads.submit(work) for _ in each[1 : self.workers]]
        try:
            work()
        finally:
            # After Ctrl-C nothing more is begun, and nothing goes on behind what comes next.
            for _ in places:
                pass
            wait(helpers)
        for helper in helpers:
            helper.result()
        return [found[k] for k in range(len(each))]

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.workers - 1)

    def solve(self, theta: Array) -> Array:
        """delta (rows,) at theta; raises ConvergenceError, naming the market that is furthest off.

        `now` has every part there.
        """
        return self.solve_then(theta, lambda *_: None, [None] * len(self.parts))[0]

    def solve_then(
        self, theta: Array, then: Callable[..., R], rows: Sequence[Any]
    ) -> tuple[Array, list[R]]:
        """The same, and what `then` makes of each part there and its entry of `rows`, in the same
        thread and while its arrays are at hand."""
        sigma, pi = self.free.filled(theta)
        rho = self.free.rho_at(theta)
        anchor, start, last = self.anchor, self.delta, self.delta
        factors: Sequence[Factor | None] = [None] * len(self.parts)
        if anchor is not None:
            start, last, factors = anchor.along(theta), anchor.delta, anchor.factors
        self.now = []
        # Within a nest utilities are divided by 1 - rho, and rounding with them.
        reached = 1e-13 / (1.0 - float(rho.max(initial=0.0)))

        def one(part: Part, factor: Factor | None, row: Any) -> tuple[Solution[Array], Here, Any]:
            model, tastes = part.model(rho), part.tastes(self.design, sigma, pi)
            mu = part.mu(tastes)
            curve = model.demand(mu, part.w, np.zeros(part.w.shape))
            found, demand = nearby(curve, part.S, start[part.products], factor)
            if not found.converged:
                # A tangent followed too far, or steps with nothing known, are no place to begin.
                kept = factor is not None and found.residual < _FAR
                first = found.value if kept else last[part.products]
                found = invert(
                    part.S, mu, part.w, model=model, start=first, tolerance=reached, throw=False
                )
                demand = curve(found.value)
            P = demand.probabilities()
            here = Here.of(part, self.design, self.free, model, tastes, P)
            return found, here, then(here, row) if found.converged else None

        delta, done = np.empty(self.rows), self.map(one, factors, rows)
        for part, (found, _, _) in zip(self.parts, done, strict=True):
            if not found.converged:
                raise self._failure(part, theta, found)
            delta[part.products] = found.value
            self.iterations += found.iterations
        self.delta, self.now = delta, [here for _, here, _ in done]
        return delta, [made for _, _, made in done]

    def here(self, theta: Array, delta: Array) -> list[Here]:
        """Every part at theta and delta (rows,)."""
        return self.map(
            lambda part: Here.at(part, self.design, self.free, theta, delta[part.products])
        )

    def derivative(self, theta: Array, delta: Array, here: Sequence[Here] | None = None) -> Array:
        """ddelta/dtheta (rows, P) at theta and delta(theta); the next solve starts along it."""
        known: Sequence[Here | None] = here or [None] * len(self.parts)
        return self.derivative_then(theta, delta, known, lambda *_: None, known)[0]

    def derivative_then(
        self,
        theta: Array,
        delta: Array,
        here: Sequence[Here | None],
        then: Callable[..., R],
        rows: Sequence[Any],
    ) -> tuple[Array, list[R]]:
        """The same, and what `then` makes of each slope (B, J, P) and its entry of `rows`."""

        def one(part: Part, known: Here | None, row: Any) -> tuple[Array, Factor, R]:
            now = known or Here.at(part, self.design, self.free, theta, delta[part.products])
            factor = Factor.of(now.model.kernel(now.P, part.w))
            slope = -factor.solve(now.share_slopes())
            return slope, factor, then(slope, row)

        out = np.zeros((len(delta), len(theta)))
        try:
            found = self.map(one, here, rows)
        except np.linalg.LinAlgError:
            raise ConvergenceError(
                f"expected shares that answer to utilities at {theta.tolist()}; found none, to "
                "rounding. Remedy: start elsewhere, or bound the parameters.",
                Solution(delta, Status.STALLED, np.inf, 0),
            ) from None
        for part, (slope, _, _) in zip(self.parts, found, strict=True):
            out[part.products] = slope
        self.anchor = Anchor(theta.copy(), delta, out, [factor for _, factor, _ in found])
        return out, [made for _, _, made in found]

    def _failure(self, part: Part, theta: Array, found: Solution[Array]) -> ConvergenceError:
        """The error that names the market of a part whose shares are furthest off."""
        now = Here.at(part, self.design, self.free, theta, found.value)
        with np.errstate(divide="ignore", invalid="ignore"):
            s = np.matmul(now.P, part.w[..., None])[..., 0]
            off = np.nan_to_num(np.abs(np.log(s) - np.log(part.S)), nan=np.inf).max(axis=-1)
        market = self.panel.products["market_ids"].iloc[part.products[int(np.argmax(off)), 0]]
        return ConvergenceError(
            f"expected shares that can be inverted at {theta.tolist()}; found market {market}, "
            f"where log shares stay {off.max():.3g} off (status '{found.status.value}'). "
            "Remedy: start elsewhere, or bound the parameters.",
            found,
        )
