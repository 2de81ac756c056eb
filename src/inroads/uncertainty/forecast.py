"""A series a period at a time, forecast: level, drift and season, with the error of all three."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, norm, t

from inroads.choice.base import Array
from inroads.errors import InputError, refuse, require_extra


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """Logs of the next H values: mean + sigma root e, e Student's t with `freedom` degrees.

    mean (H,); root (H, H), lower triangular, root root' the covariance of forecast errors for an
    innovation of variance one; sigma: standard deviation of a period's innovation, estimated with
    `freedom` degrees of freedom. errors: standardised one-step errors, NaN where there is none.
    """

    mean: Array
    root: Array
    sigma: float
    freedom: int
    errors: Array

    @property
    def uniforms(self) -> int:
        """How many uniforms a path takes: one for sigma, one a value."""
        return 1 + len(self.mean)

    def normals(self, u: Array) -> Array:
        """Standard normals (n, H) of the uniforms u (n, 1 + H)."""
        return np.asarray(norm.ppf(u[:, 1:]))

    def paths(self, u: Array, normals: Array | None = None) -> Array:
        """Paths (n, H), in the units of the series, at uniforms u (n, 1 + H) in (0, 1).

        The first uniform draws sigma, the others the periods' errors; normals (n, H) replace these
        where errors of several series hang together.
        """
        z = self.normals(u) if normals is None else normals
        # Chi-squared through the t's own scale mixture, so that intervals hold in small samples.
        scale = self.sigma * np.sqrt(self.freedom / chi2.ppf(u[:, :1], self.freedom))
        return np.asarray(np.exp(self.mean + scale * (z @ self.root.T)))

    def quantiles(self, level: float) -> Array:
        """The quantile (H,) of each value by itself, in the units of the series."""
        error = self.sigma * np.sqrt((self.root**2).sum(axis=1))
        return np.asarray(np.exp(self.mean + error * t.ppf(level, self.freedom)))


def forecast(series: Array, horizon: int, season: int = 4, *, damping: float = 1.0) -> Forecast:
    """Forecast `horizon` values beyond a series (n,) of positive numbers, NaN where unknown.

    log y = level + season; the level is a random walk whose drift is unknown, the season is fixed:
    all start diffuse, so that what the data leave open widens the forecast. damping: what is left
    of the drift after each period of the forecast (Gardner and McKenzie 1985), 1 for all. The
    Kalman filter is statsmodels' (exact diffuse; Durbin and Koopman 2012); sigma is estimated in
    closed form, as the likelihood is concentrated. Raises InputError for values not above 0, or too
    few of them.
    """
    require_extra("study", "statsmodels")
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    y = np.asarray(series, dtype=float)
    seen = ~np.isnan(y)
    if not (y[seen] > 0).all():
        raise refuse(
            expected="numbers above 0",
            found=f"{y[seen].min():g}",
            where="series",
            remedy="leave out what is not known; zero has no logarithm.",
        )
    states = season + 1
    if seen.sum() <= states:
        raise _too_short(int(seen.sum()), states + 1)
    model = UnobservedComponents(
        np.log(y), "rwdrift", seasonal=season, stochastic_seasonal=False, use_exact_diffuse=True
    )
    model.update(np.ones(1))
    filtered = model.ssm.filter()
    infinite = filtered.forecasts_error_diffuse_cov
    proper = seen if infinite is None else seen & (infinite[0, 0] < 1e-8)
    freedom = int(proper.sum())
    if freedom != seen.sum() - states:
        raise _too_short(int(seen.sum()), states + 1)
    errors = np.full(len(y), np.nan)
    errors[proper] = filtered.forecasts_error[0, proper]
    errors[proper] /= np.sqrt(filtered.forecasts_error_cov[0, 0, proper])
    sigma = float(np.sqrt((errors[proper] ** 2).sum() / freedom))

    Z, T = model.ssm["design"][0], model.ssm["transition"].copy()
    R, Q = model.ssm["selection"], model.ssm["state_cov"]
    # States are the level, its drift, seasons; what the past says of them is at full drift.
    T[:2, 1] *= damping
    a, P = T @ filtered.filtered_state[:, -1], filtered.filtered_state_cov[:, :, -1]
    P = T @ P @ T.T + R @ Q @ R.T
    mean, covariance = np.zeros(horizon), np.zeros((horizon, horizon))
    for h in range(horizon):
        mean[h] = Z @ a
        # Covariance with what comes later: the error of the state, carried on.
        along = P @ Z
        for later in range(h, horizon):
            covariance[h, later] = covariance[later, h] = Z @ along
            along = T @ along
        a, P = T @ a, T @ P @ T.T + R @ Q @ R.T
    standardised = errors / sigma if sigma > 0 else errors
    root = np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)
    return Forecast(mean=mean, root=root, sigma=sigma, freedom=freedom, errors=standardised)


def _too_short(observed: int, needed: int) -> InputError:
    return refuse(
        expected=f"{needed} values or more, each season among them",
        found=f"{observed} values, or a season that was never seen",
        where="series",
        remedy="start the series earlier, or leave the manufacturer out.",
    )
