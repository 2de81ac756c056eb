"""What an estimation found: a frozen object with its numbers by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from inroads.choice.model import Array
from inroads.fit.after import After
from inroads.fit.demand import Demand, Design
from inroads.fit.gmm import residuals_of
from inroads.fit.system import NestedRegression, System
from inroads.solution import Solution, Status
from inroads.tables.panel import Panel


@dataclass(frozen=True)
class Estimate:
    """Estimated demand.

    params, standard_errors: by name: columns of `linear`, sigma[...], pi[...], rho; covariance of
    the same. objective: N g'Wg at the end. converged, status, residual (what a further step would
    gain, relative to the objective's root), evaluations. delta, xi (N,): mean utilities and
    unobserved quality (fixed effects taken out); omega, costs (N,), beside supply: unobserved cost
    and marginal costs. optima: objectives that the starts ended at.
    """

    params: pd.Series
    standard_errors: pd.Series
    covariance: pd.DataFrame
    objective: float
    converged: bool
    status: Status
    residual: float
    evaluations: int
    delta: Array
    xi: Array
    omega: Array
    costs: Array
    optima: Array
    sigma: pd.DataFrame
    pi: pd.DataFrame
    steps: int
    demand: Demand
    panel: Panel = field(repr=False)
    design: Design = field(repr=False)

    @classmethod
    def of(
        cls,
        demand: Demand,
        panel: Panel,
        design: Design,
        system: System | NestedRegression,
        solution: Solution[Array],
        beta: Array,
        covariance: Array,
        objective: float,
        optima: Array,
        steps: int,
    ) -> Estimate:
        """From the system as the search left it."""
        index = pd.Index(system.names)
        theta = solution.value
        values = np.concatenate([beta, theta])
        y = system.at(theta)
        residuals = residuals_of(system.equations, y, beta)
        K2, D = len(design.random), len(design.people)
        sigma, pi = np.zeros((K2, K2)), np.zeros((K2, D))
        delta = system.delta
        if isinstance(system, System):
            sigma, pi = system.free.filled(theta)
        else:
            delta = delta - beta[-1] * system.within_share
        return cls(
            pd.Series(values, index, name="estimate"),
            pd.Series(np.sqrt(np.diag(covariance)), index, name="standard error"),
            pd.DataFrame(covariance, index, index),
            objective,
            solution.converged,
            solution.status,
            solution.residual,
            solution.iterations,
            delta,
            residuals[0],
            residuals[1] if len(residuals) > 1 else np.zeros(0),
            getattr(system, "costs", np.zeros(0)),
            optima,
            pd.DataFrame(sigma, design.random, design.random),
            pd.DataFrame(pi, design.random, design.people),
            steps,
            demand,
            panel,
            design,
        )

    def to_frame(self) -> pd.DataFrame:
        """Estimates, standard errors and 95 percent intervals, a row a parameter."""
        half = 1.959963984540054 * self.standard_errors
        return pd.DataFrame(
            {
                "estimate": self.params,
                "standard error": self.standard_errors,
                "low": self.params - half,
                "high": self.params + half,
            }
        )

    @cached_property
    def after(self) -> After:
        """Elasticities, diversion, margins, surplus, concentration, market by market."""
        params = self.params
        return After(
            self.panel,
            self.design,
            self.delta,
            self.sigma.to_numpy(),
            self.pi.to_numpy(),
            float(params.get("prices", 0.0)),
            float(params["rho"]) if "rho" in params else None,
        )

    def elasticities(self) -> dict[object, pd.DataFrame]:
        """By market: row j, column k, percent change of j's share for one percent on k's price."""
        return self.after.by_market("elasticities")

    def diversion(self) -> dict[object, pd.DataFrame]:
        """By market: where product j's lost buyers go; the last column is none."""
        return self.after.by_market("diversion")

    def frame(self) -> pd.DataFrame:
        """Products with own elasticity, margin, marginal cost and markup (p - c) / p, N rows."""
        products = self.panel.products
        keep = [c for c in ("market_ids", "firm_ids", "product_ids") if c in products]
        frame = products[[*keep, "shares", "prices"]].copy()
        frame["own elasticity"] = self.after.own_elasticities()
        frame["margin"] = self.after.margins()
        frame["cost"] = frame["prices"] - frame["margin"]
        frame["markup"] = frame["margin"] / frame["prices"]
        return frame

    def summary(self) -> str:
        """A plain-text table of the estimates, and how the search ended."""
        table = str(self.to_frame().to_string(float_format=lambda x: f"{x:.6g}"))
        ended = "converged" if self.converged else f"NOT converged ({self.status.value})"
        notes = [
            f"{len(self.panel)} products, {len(self.panel.markets)} markets; {self.steps}-step GMM",
            f"objective {self.objective:.8g}; {ended} after {self.evaluations} evaluations, "
            f"{self.residual:.1e} from where a step gains nothing",
        ]
        if self.design.dropped:
            notes.append(f"instruments explained by others: {', '.join(self.design.dropped)}")
        if len(self.optima) > 1:
            notes.append(f"objectives of the starts: {', '.join(f'{o:.6g}' for o in self.optima)}")
        return table + "\n" + "\n".join(notes)
