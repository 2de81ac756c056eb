"""What an estimation found: a frozen object with its numbers by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inroads.choice.model import Array
from inroads.estimation import printing, saving
from inroads.estimation.design.matrices import Design
from inroads.estimation.equations import System
from inroads.estimation.gmm.parameters import Free, rho_names
from inroads.estimation.gmm.steps import Found
from inroads.estimation.inference import hypothesis_tests as hypotheses
from inroads.estimation.inference.covariance import ChiSquared
from inroads.estimation.inference.delta_method import Derived, Spread, spread
from inroads.estimation.post_estimation import After, price_coefficient
from inroads.estimation.problem import Setting
from inroads.estimation.specification import Demand
from inroads.solution import Status
from inroads.tables.panel import Panel

if TYPE_CHECKING:
    from inroads.scenario.industry import Industry

_NINETY_FIVE = 1.959963984540054


@dataclass(frozen=True, eq=False, repr=False)
class Estimate:
    """Estimated demand.

    params, standard_errors: by name: columns of `linear`, gamma[...], sigma[...], pi[...], rho;
    covariance of the same, nan for parameters that are at a bound (`at_bounds`) or that moments do
    not determine (`flat`: directions in which they may move unseen, each {parameter: how far}).

    objective: N g'Wg at the end, W = `weights` (M, M), the inverse of the moments' covariance where
    `efficient`; condition: the condition number of that covariance (of moments scaled to what
    independent residuals would give them; those met exactly apart), nan without. converged, status,
    residual (what a further step would gain, relative to the objective's root), evaluations (of all
    starts and steps), steps. searches: how the search from each start ended in the first step;
    optima: their objectives, rising, infinite where one failed.
    overidentification: the test that all moments can be zero at once (Hansen 1982).

    delta, xi (N,): mean utilities and unobserved quality (fixed effects taken out); omega, costs
    (N,), beside supply: unobserved cost and marginal costs. sigma, pi: with zeros where nothing was
    searched; free: what was searched, and from where.
    """

    params: pd.Series
    standard_errors: pd.Series
    covariance: pd.DataFrame
    objective: float
    converged: bool
    status: Status
    residual: float
    evaluations: int
    steps: int
    efficient: bool
    condition: float
    clustered: bool
    weights: Array
    searches: pd.DataFrame
    at_bounds: tuple[str, ...]
    flat: tuple[Mapping[str, float], ...]
    overidentification: ChiSquared
    delta: Array
    xi: Array
    omega: Array
    costs: Array
    sigma: pd.DataFrame
    pi: pd.DataFrame
    free: Free
    demand: Demand
    panel: Panel
    design: Design = field(metadata={"saved": False})

    @classmethod
    def of(
        cls, demand: Demand, panel: Panel, setting: Setting, found: Found, evaluations: int
    ) -> Estimate:
        """From where the steps ended."""
        design, system, theta = setting.design, setting.system, found.solution.value
        names = setting.names
        index = pd.Index(names)
        residuals = setting.residuals(theta, found.beta)
        K2, D = len(design.random), len(design.people)
        sigma, pi, delta = np.zeros((K2, K2)), np.zeros((K2, D)), system.delta
        free = Free(sigma, pi)
        if isinstance(system, System):
            free = system.free
            sigma, pi = free.filled(theta)
        else:
            levels = system.within_share.shape[1]
            delta = delta - system.within_share @ found.beta[-levels:]
        V = found.inference.covariance
        searched = names[len(names) - theta.size :]
        return cls(
            pd.Series(np.concatenate([found.beta, theta]), index, name="estimate"),
            pd.Series(np.sqrt(np.diag(V)), index, name="standard error"),
            pd.DataFrame(V, index, index),
            found.objective,
            found.solution.converged,
            found.solution.status,
            found.solution.residual,
            evaluations,
            found.steps,
            found.efficient,
            found.condition,
            setting.clusters is not None,
            np.asarray(found.L @ found.L.T),
            found.searches,
            tuple(n for n, held in zip(searched, found.held, strict=True) if held),
            found.inference.flat,
            found.inference.overidentification,
            delta,
            residuals[0],
            residuals[1] if len(residuals) > 1 else np.zeros(0),
            getattr(system, "costs", np.zeros(0)),
            pd.DataFrame(sigma, design.random, design.random),
            pd.DataFrame(pi, design.random, design.people),
            free,
            demand,
            panel,
            design,
        )

    @property
    def optima(self) -> Array:
        """Objectives at which the searches of the first step ended, rising."""
        return np.sort(self.searches["objective"].to_numpy(float))

    def to_frame(self) -> pd.DataFrame:
        """Estimates, standard errors and 95 percent intervals, a row a parameter."""
        half = _NINETY_FIVE * self.standard_errors
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
        design, sigma, pi = self.design, self.sigma.to_numpy(), self.pi.to_numpy()
        if design.searches_prices:
            common = float(self.params["prices"])
        else:
            beta = self.params.to_numpy()[: len(design.linear)]
            common = price_coefficient(design, beta)
        rho = self.params[list(rho_names(len(design.nests)))].to_numpy()
        return After(self.panel, design, self.delta, sigma, pi, common, rho)

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

    def market(self, market: object, size: float = 1.0, below_zero: bool = False) -> Industry:
        """A market of the panel in which firms respond, at the costs that its prices imply.

        See `handover.industry`: size is consumers in the market; below_zero: whether costs may be.
        """
        return self.after.market(market, size, below_zero)

    def spread(
        self,
        of: Derived,
        *,
        method: Literal["delta", "bootstrap"] = "delta",
        draws: int = 200,
        seed: int = 0,
    ) -> Spread:
        """What sampling error does to numbers that follow from the estimate (see `derived`).

        of: a function of `After`, of its elasticities, margins, merger prices, or of a market
        handed over (`after.market(id)`), that gives a number, an array or a Series.
        """
        return spread(self, of, method=method, draws=draws, seed=seed)

    def wald(
        self,
        hypothesis: str | Mapping[str, float] | tuple[ArrayLike, ArrayLike],
    ) -> ChiSquared:
        """Wald's test of linear restrictions (see `hypotheses.wald`)."""
        return hypotheses.wald(self, hypothesis)

    def score(self, start: Mapping[str, Any]) -> ChiSquared:
        """Whether parameters that this estimate kept at zero are zero (see `hypotheses.score`)."""
        return hypotheses.score(self, start)

    def distance(self, restricted: Estimate) -> ChiSquared:
        """Whether restrictions hold, by what they cost (see `hypotheses.distance`)."""
        return hypotheses.distance(self, restricted)

    def save(self, path: str | PathLike[str]) -> None:
        """Write everything to one file, a zip of JSON and arrays; `Estimate.load` reads it."""
        saving.save(self, path)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Estimate:
        """Read what `save` wrote; raises InputError for a file that is damaged or another's."""
        return saving.load(cls, path)

    def summary(self) -> str:
        """A plain-text table of the estimates, and how the search ended."""
        return printing.plain(self)

    def to_latex(self, names: Sequence[str] | None = None) -> str:
        """A LaTeX tabular (booktabs) of estimates with standard errors in brackets below.

        names: which parameters, in this order; all unless given.
        """
        return printing.latex(self, names)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return (
            f"<Estimate of {len(self.params)} parameters, objective {self.objective:.8g}, "
            f"{self.status.value}>"
        )

    def __rich__(self) -> Any:
        return printing.rich(self)
