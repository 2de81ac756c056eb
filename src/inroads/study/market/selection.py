"""How selective awareness of little-known brands is: sigma, such that they are like any other.

Who knows a little-known brand likes such brands (`choice.consideration`): sigma is the spread of
that taste, rho its correlation with knowing. The more selective awareness is, the less quality a
brand needs to sell what it sells to those who know it. *Exchangeability* pins sigma: given
specifications, makers' effects of little-known brands come from the same population as those of
brands that everyone knows. At sigma the shift between the two, by generalised least squares in the
model of makers' effects, is zero; the error of sigma is that of the shift over its slope in sigma.

The likelihood of qualities would not do: they are inferred anew at each sigma, and a likelihood of
what was observed would have to count how they stretch with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scipy.optimize import brentq

from inroads.entry.maker_line import SHIFT, fit_maker_line
from inroads.errors import refuse
from inroads.results.calibration import Population
from inroads.study.config.consumers import SelectivePart
from inroads.study.market.calibration import calibrated
from inroads.study.market.hedonic import Populations, line_data, populations_of

if TYPE_CHECKING:
    from inroads.study.load import Study

# Of sigma, in utility: how near to the root is near enough, and the step of the slope.
_CLOSE, _STEP = 2e-3, 0.05
# How near to the best fit tastes are searched, in standard errors of the targets.
_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Shift:
    """How much better little-known makers' products are than others', specifications equal."""

    sigma: float
    value: float
    standard_error: float
    tau: float


@dataclass(frozen=True, kw_only=True)
class SelectionEstimate:
    """sigma for a rho, with its standard error, and the shift without selection.

    sigma is 0 where little-known makers stand no higher even if nothing is selective.
    """

    rho: float
    sigma: float
    standard_error: float
    without: Shift
    at: Shift


def estimate_selection(study: Study, rho: float, *, highest: float = 6.0) -> SelectionEstimate:
    """The sigma of a study with [hedonic], for a given rho.

    highest: no sigma is looked for beyond. Raises InputError for a study of which everyone knows
    all makers with sales, or none; and where no sigma makes them alike.
    """
    shifts: dict[float, Shift] = {}

    def shift_at(sigma: float) -> float:
        if sigma not in shifts:
            shifts[sigma] = little_known_shift(study, sigma, rho)
        return shifts[sigma].value

    low, high = 0.0, 0.0
    while shift_at(high) > 0 and high < highest:
        low, high = high, min(high + 1.0, highest)
    if high == 0:
        sigma = 0.0
    elif shift_at(high) > 0:
        raise refuse(
            expected=f"a sigma up to {highest:g} at which little-known makers are like others",
            found=f"a shift of {shift_at(high):.2f} there",
            where=f"selection at rho {rho:g}",
            remedy="assume a higher rho, or other awareness.",
        )
    else:
        sigma = float(brentq(shift_at, low, high, xtol=_CLOSE))
    below = max(0.0, sigma - _STEP)
    slope = (shift_at(sigma + _STEP) - shift_at(below)) / (sigma + _STEP - below)
    shift_at(sigma)
    return SelectionEstimate(
        rho=rho,
        sigma=sigma,
        standard_error=shifts[sigma].standard_error / abs(slope),
        without=shifts[0.0],
        at=shifts[sigma],
    )


def little_known_shift(study: Study, sigma: float, rho: float) -> Shift:
    """The shift of little-known makers where tastes for them have this spread."""
    if study.config.hedonic is None:
        raise refuse(
            expected="[hedonic], the line of quality on specifications",
            found="none",
            where="study.toml",
            remedy="add it: makers are compared at equal specifications.",
        )
    stated = study.config.consumers.selective
    nodes = {"nodes": stated.nodes} if stated else {}
    part = study.config.consumers.model_copy(
        update={"selective": SelectivePart(sigma=sigma, rho=rho, **nodes)}
    )
    selective = replace(study, config=study.config.model_copy(update={"consumers": part}))
    # Nothing unsold is looked at: which population it is of does not matter.
    anyone = Populations(Population.ALL, {Population.ALL: ()}, {})
    fitted = calibrated(selective, tolerance=_TOLERANCE, populations=anyone)
    products = fitted.market.products
    is_unsold = fitted.quality_error > 0
    market = replace(
        fitted.market, products=products.assign(quality=products["quality"].mask(is_unsold))
    )
    data = line_data(selective, market)
    little = populations_of(market, data.manufacturer).get(Population.LITTLE_KNOWN, ())
    line = fit_maker_line(data.quality, data.X, data.manufacturer, little)
    if SHIFT not in line.names:
        raise refuse(
            expected="makers on sale that not everyone knows, and others that everyone does",
            found="only one kind",
            where="study.toml, consumers.awareness",
            remedy="state the awareness of brands that few know.",
        )
    place = line.names.index(SHIFT)
    return Shift(
        sigma=sigma,
        value=float(line.fit.coefficients[place]),
        standard_error=float(line.fit.standard_errors[place]),
        tau=line.tau,
    )
