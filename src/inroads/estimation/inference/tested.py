"""An estimate that can be tested: intervals, hypotheses, the profile of its objective."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inroads.errors import refuse
from inroads.estimation.inference import hypothesis_tests
from inroads.estimation.inference.covariance import ChiSquared
from inroads.estimation.inference.edge import edge_interval, reaches_zero
from inroads.estimation.inference.profile import Profile, profile
from inroads.estimation.inference.projection import ProjectedEffects, project

if TYPE_CHECKING:
    from inroads.estimation.results import Estimate


class Tested:
    """Inference on an estimate: `Estimate` is one."""

    @property
    def pvalues(self) -> pd.Series:
        """Probabilities, by name, of estimates further from zero were the parameter zero.

        nan for parameters without a standard error; `profile` tests those.
        """
        from scipy.special import ndtr

        estimate = cast("Estimate", self)
        z = np.abs(estimate.params / estimate.standard_errors)
        return pd.Series(2 * ndtr(-z), estimate.params.index, name="pvalue")

    def conf_int(self, level: float = 0.95) -> pd.DataFrame:
        """Intervals that hold each parameter with a given probability.

        Parameters
        ----------
        level : float
            That probability, 0 to 1.

        Returns
        -------
        DataFrame
            low and high, a row a parameter: the estimate and so many standard errors on both
            sides. That of a standard deviation begins at zero where the interval of its square
            holds zero; at the edge of the model (`at_edge`) it is that of the square.

        Raises
        ------
        InputError
            For a level that is none.
        """
        from scipy.special import ndtri

        estimate = cast("Estimate", self)
        if not 0 < level < 1:
            raise refuse(
                expected="a level above 0 and below 1",
                found=repr(level),
                where="conf_int",
                remedy="give 0.95, say.",
            )
        quantile = float(ndtri((1 + level) / 2))
        low, high = (estimate.params + q * estimate.standard_errors for q in (-quantile, quantile))
        for name in estimate.layout.deviation_names(estimate.design):
            value, error = float(estimate.params[name]), float(estimate.standard_errors[name])
            if name in estimate.at_edge:
                of_square = float(np.sqrt(estimate.covariance.at[name, name]))
                low[name], high[name] = edge_interval(value, of_square, quantile)
            elif reaches_zero(value, error, quantile):
                side = low if value >= 0 else high
                side[name] = 0.0
        return pd.DataFrame({"low": low, "high": high})

    def project(self, formula: str) -> ProjectedEffects:
        """Absorbed effects on characteristics that do not vary within them.

        By minimum distance: effects are mean utility left by `linear`, weighed by the inverse of
        their sampling covariance, with xi and the error of the estimates in it (Chamberlain 1982;
        Nevo 2001).

        Parameters
        ----------
        formula : str
            Of columns of products, "1 + sugar + mushy".

        Returns
        -------
        ProjectedEffects
            Coefficients with their errors, the effects, how well they are explained.

        Raises
        ------
        InputError
            Without exactly one absorbed effect, for characteristics that vary within it, nests
            found by regression, and micro data.
        """
        return project(cast("Estimate", self), formula)

    def profile(
        self, parameter: str, values: Sequence[float] | None = None, *, level: float = 0.95
    ) -> Profile:
        """The objective along a parameter, all others at their best, and the interval it gives.

        Values at which the objective is no more than chi-squared's quantile above the estimate's
        are those that the distance test does not reject: unlike a standard error, this needs no
        quadratic objective, holds at the edge of the model (where it is conservative, Andrews
        1999), and is unbounded where moments do not say how far a parameter may go.

        Parameters
        ----------
        parameter : str
            A name of `params`.
        values : sequence of float, optional
            Where to look beside what the interval needs.
        level : float
            Of the interval, 0 to 1.

        Returns
        -------
        Profile
            Values with their objective, and the interval.

        Raises
        ------
        InputError
            For an unknown name, weights that are not efficient, and a search that did not converge.
        """
        return profile(cast("Estimate", self), parameter, values, level=level)

    def wald(
        self,
        hypothesis: str | Mapping[str, float] | tuple[ArrayLike, ArrayLike],
    ) -> ChiSquared:
        """Wald's test of linear restrictions R b = r.

        Parameters
        ----------
        hypothesis : str, mapping or tuple
            Text such as "sigma[prices] = 0, pi[prices, income] = 2 pi[prices, age]" (a bare number
            is a number: a parameter named 1 goes by a mapping); {name: value}; or (R, r) with R (q,
            K) in the order of `params`.

        Returns
        -------
        ChiSquared
            (R b - r)'(R V R')^-1 (R b - r), with q degrees of freedom.

        Raises
        ------
        InputError
            For unknown names, restrictions that repeat each other, and parameters without a
            standard error.
        """
        return hypothesis_tests.wald(cast("Estimate", self), hypothesis)

    def score(self, start: Mapping[str, Any]) -> ChiSquared:
        """The score test of parameters that the estimate kept at zero.

        The statistic is how much of N g'S^-1 g one Gauss-Newton step gains when these may move
        beside the others, at the restricted estimate (in Neyman's form, that holds for any
        weights).

        Parameters
        ----------
        start : mapping
            As for `estimate`, entries nonzero for all that is not zero under the alternative; only
            its pattern counts.

        Returns
        -------
        ChiSquared
            With as many degrees of freedom as parameters are added.

        Raises
        ------
        InputError
            Where nothing is added, where a parameter of the estimate is left out, and where moments
            do not answer to a parameter at zero (a standard deviation, with symmetric nodes): its
            score says nothing.
        """
        return hypothesis_tests.score(cast("Estimate", self), start)

    def distance(self, restricted: Estimate) -> ChiSquared:
        """The distance test of a restricted estimate: its objective minus that of this one.

        Parameters
        ----------
        restricted : Estimate
            Of the same panel, with steps=1 and initial_weighting=fit.weights.

        Returns
        -------
        ChiSquared
            With as many degrees of freedom as parameters are left out.

        Raises
        ------
        InputError
            For other weights or data, weights that are not efficient, searches that did not
            converge, and a restricted model that is not within this one.
        """
        return hypothesis_tests.distance(cast("Estimate", self), restricted)
