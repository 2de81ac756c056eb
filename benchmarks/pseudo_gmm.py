"""Nested pseudo-GMM beside GMM, on markets of many products.

Aguirregabiria, Liu and Luo (2026): with agents' probabilities of the outside option P_i0 held,
s_j = exp(delta_j) sum_i w_i P_i0 exp(mu_ij) gives delta in closed form, product by product, and its
slopes with it. A search with P_i0 held, P_i0 anew at its end, and so on until parameters rest.

At the fixed point shares are met, as in GMM, but the search saw slopes with P_i0 held: with more
moments than parameters it is another point than GMM's, whose objective is no higher there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import synthetic
from goals import quickest

import inroads as ir
from inroads.choice import Logit
from inroads.estimation.design.matrices import build_design
from inroads.estimation.equations import NonlinearEquations
from inroads.estimation.gmm.moments import Projection
from inroads.estimation.gmm.objective import EquationSlopes, EquationValues, Objective
from inroads.estimation.gmm.parameters import ParameterLayout
from inroads.estimation.gmm.trust_region import Bounds, SearchResult, search
from inroads.estimation.gmm.weights import tsls_weight_factor

Array = np.ndarray


class PseudoGmm:
    """The panel's stacks, and r(theta) with its slopes at P_i0."""

    def __init__(self, panel: ir.Panel) -> None:
        demand = ir.Demand(synthetic.FORMULA, random=synthetic.FORMULA)
        self.design = build_design(demand, panel)
        self.layout = ParameterLayout.from_start(self.design, synthetic.TRIED)
        self.equations = NonlinearEquations(self.design, panel, self.layout)
        regressions = self.equations.regressions
        self.projection = Projection(regressions, tsls_weight_factor(regressions))
        self.stacks = self.equations.mean_utilities.stacks
        self.N = len(panel)

    def mean_utilities(self, theta: Array, none: list[Array]) -> tuple[Array, Array]:
        """delta (N,) and slopes (N, P) with P_i0 (B, I) of each stack held."""
        delta, slopes = np.zeros(self.N), np.zeros((self.N, len(theta)))
        for stack, P0 in zip(self.stacks, none, strict=True):
            mu = stack.mu(stack.tastes(self.design, *self.layout.matrices_at(theta)))
            E = np.exp(mu)
            E *= (stack.w * P0)[:, None, :]
            total = E.sum(axis=-1)
            delta[stack.products] = np.log(stack.S) - np.log(total)
            slopes[stack.products] = -stack.X2 * (E @ stack.nodes) / total[..., None]
        return delta, slopes

    def none(self, theta: Array, delta: Array) -> list[Array]:
        """P_i0 at theta and delta."""
        found = []
        for stack in self.stacks:
            mu = stack.mu(stack.tastes(self.design, *self.layout.matrices_at(theta)))
            P, _ = Logit().evaluate(delta[stack.products][..., None] + mu)
            found.append(1.0 - P.sum(axis=-2))
        return found

    def search(self, theta: Array, none: list[Array]) -> SearchResult:
        """The lowest point with P_i0 held, by the trust region that GMM uses."""
        held = _Held(self, none)
        objective = Objective(held, self.projection, lambda *_: None)
        free = np.full(len(theta), np.inf)
        return search(objective, theta, Bounds(-free, free, np.full(len(theta), 1e-3)))

    def run(self, tolerance: float = 1e-7, most: int = 20) -> dict[str, Any]:
        """From the start: a search within, P_i0 without, until theta rests."""
        theta, inner, outer = self.layout.start, 0, 0
        none = [(1.0 - stack.S.sum(axis=-1, keepdims=True)) * np.ones_like(stack.w)
                for stack in self.stacks]  # fmt: skip
        while outer < most:
            outer += 1
            last, found = theta, self.search(theta, none)
            theta, inner = found.solution.value, inner + found.solution.iterations
            none = self.none(theta, self.mean_utilities(theta, none)[0])
            if not np.isfinite(theta).all() or np.abs(theta - last).max() < tolerance:
                break
        try:
            r = self.projection.residual(self.equations.at(theta).y)
            objective = float(r @ r)
        except ir.InroadsError:
            objective = np.inf
        return {"theta": theta, "outer": outer, "inner": inner, "objective": objective}


class _Held:
    """delta(theta) with P_i0 held (`gmm.objective.Equations`)."""

    def __init__(self, pseudo: PseudoGmm, none: list[Array]) -> None:
        self.pseudo, self.none = pseudo, none

    def at(self, theta: Array, warm: object = None) -> EquationValues:
        delta, _ = self.pseudo.mean_utilities(theta, self.none)
        nothing = np.zeros(0)
        return EquationValues(theta=theta, y=(delta,), delta=delta, costs=nothing, iterations=0)

    def jacobian(self, values: EquationValues) -> EquationSlopes:
        _, slopes = self.pseudo.mean_utilities(values.theta, self.none)
        return EquationSlopes((slopes,), None)


def beside_gmm(markets: int = 10, J: int = 1000, agents: int = 500) -> None:
    """Time both from the same start, print objectives at both ends."""
    products, people = synthetic.tables(markets, J, agents)
    panel = ir.read_panel(products, people)
    pseudo = PseudoGmm(panel)
    spent, found = quickest(pseudo.run, 0.0)
    demand = ir.Demand(synthetic.FORMULA, random=synthetic.FORMULA)
    start = {"sigma": synthetic.TRIED}
    own, fit = quickest(lambda: ir.estimate(demand, panel, start=start, steps=1, n_starts=1), 0.0)
    names = fit.params.index[-len(found["theta"]) :]
    table = pd.DataFrame({"pseudo-GMM": found["theta"], "GMM": fit.params[names]}, index=names)
    print(
        f"nested pseudo-GMM, {markets} markets x {J} products x {agents} agents: {spent:.3g} s, "
        f"{found['outer']} outer and {found['inner']} inner steps, GMM's objective at its end "
        f"{found['objective']:.10g}; GMM {own:.3g} s, {fit.evaluations} evaluations, "
        f"{fit.objective:.10g}\n{table.to_string()}",
        flush=True,
    )


if __name__ == "__main__":
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        beside_gmm()
