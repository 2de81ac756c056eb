"""A study's market under other assumptions and other tastes, its margins met all the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from inroads.choice import invert_aggregates
from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.market.market import Market
from inroads.study.market.build_market import uncalibrated_market
from inroads.study.market.calibration import Calibrated, calibrated
from inroads.study.market.hedonic import Unsold, predict_unsold
from inroads.study.market.margins import read_margins, with_utilities
from inroads.study.market.regions import Regions
from inroads.study.market.targets import TASTES, moment, moment_value, taste_columns, types_of
from inroads.tables.naming import suggestion
from inroads.tables.schemas import SCHEMAS

if TYPE_CHECKING:
    from inroads.study.load import Study


@dataclass(frozen=True)
class LinearRecalibration:
    """A calibrated study, recalibrated to first order under other assumptions and tastes.

    Assumptions that have a part in the calibration, and the estimate that the study may rest on,
    move the tastes by one step of it: the
    sensitivity of tastes to targets (Andrews, Gentzkow and Shapiro 2017) times the change of what
    the targets miss. Drawn deviations of the tastes come on top. Margins are met exactly each time,
    and quality of products never sold is predicted anew; what past launches say of it stands.
    """

    study: Study
    fitted: Calibrated
    missed: Array

    def at(
        self,
        assumed: Mapping[str, float],
        tastes: Mapping[str, float],
        estimated: Mapping[str, float] = MappingProxyType({}),
    ) -> tuple[Study, Unsold]:
        """The study, and its market with the errors of qualities.

        assumed: values, as written, of assumptions by id; tastes: deviations from the calibrated;
        estimated: deviations from the estimate that the study rests on.
        Raises InputError or UnreachableError where there is no such market.
        """
        study = self.study
        for id, value in assumed.items():
            study = study.assuming(id, value)
        study = _estimating(study, estimated)
        calibration = self.fitted.calibration
        central = dict(zip(calibration.names, calibration.value, strict=True))
        theta = np.array([self.fitted.market.tastes[name] for name in TASTES])
        margins = _Margins(study, calibration.psi)
        if estimated or any(id in self.fitted.used for id in assumed):
            step = calibration.sensitivity @ (_misses(margins, theta) - self.missed)
            central = {n: v + s for (n, v), s in zip(central.items(), step, strict=True)}
        parts = {str(name): part for name, part in self.study.config.parameters.items()}
        for name, value in central.items():
            part = parts[name]
            moved = value + tastes.get(name, 0.0)
            theta[TASTES.index(name)] = np.clip(moved, part.low, part.high)
        unsold = self.fitted.unsold
        predicted = predict_unsold(study, margins.meet_margins(theta), unsold.populations)
        return study, predicted.corrected(unsold.correction)


def linear_recalibration(study: Study) -> LinearRecalibration:
    """The study, calibrated, ready to be recalibrated."""
    fitted = study.calibrated
    theta = np.array([fitted.market.tastes[name] for name in TASTES])
    return LinearRecalibration(
        study, fitted, _misses(_Margins(study, fitted.calibration.psi), theta)
    )


def under_assumptions(study: Study, values: Mapping[str, float]) -> Study:
    """See `Study.with_assumptions`."""
    ids = list(study.tables["assumptions"]["id"])
    for id in values:
        if id not in ids:
            raise refuse(
                expected="an id of assumptions.csv",
                found=id,
                where="with_assumptions",
                remedy=suggestion(id, ids) or "choose one of these.",
            )
    other = study
    for id, value in values.items():
        other = other.assuming(id, value)
    fitted, calibrated_now = study.fitted, study.calibrated
    if any(id in fitted.used for id in values):
        start = dict(zip(fitted.calibration.names, fitted.calibration.value, strict=True))
        fitted = calibrated(other, start=start, populations=fitted.unsold.populations)
        corrected = fitted.unsold.corrected(calibrated_now.unsold.correction)
        calibrated_now = replace(fitted, unsold=corrected)
    other.__dict__.update(
        fitted=fitted, calibrated=calibrated_now, past_launches=study.past_launches
    )
    return other


def _estimating(study: Study, deviations: Mapping[str, float]) -> Study:
    """The same study, parameters of its estimate so far from where they are."""
    if study.estimate is None or not deviations:
        return study
    other = replace(study, estimate=study.estimate.moved(deviations))
    other.__dict__["facts"] = study.facts
    return other


class _Margins:
    """A study's market without utilities, and the margins that it is to meet."""

    def __init__(self, study: Study, start: Array) -> None:
        self.study, self.start = study, start
        self.uncalibrated = uncalibrated_market(study)
        self.A, self.margins, self.shares = read_margins(study, self.uncalibrated)

    def meet_margins(self, theta: Array) -> Market:
        """The market with these tastes that meets the margins."""
        arrays, regions = self.uncalibrated.arrays, Regions.of(self.uncalibrated)
        mu = regions.base(arrays.base + np.tensordot(theta, taste_columns(arrays), axes=1))
        weights = arrays.weight + theta[-1] * arrays.credit
        types = regions.types(types_of(arrays))
        psi = invert_aggregates(
            self.A, self.shares, mu, weights, model=types, start=self.start
        ).unwrap()
        market = with_utilities(self.uncalibrated, self.margins, psi)
        return replace(market, tastes=dict(zip(TASTES, map(float, theta), strict=True)))


def _misses(margins: _Margins, theta: Array) -> Array:
    """Target less moment (T,), of the targets that are fitted, at these tastes."""
    study, market = margins.study, margins.meet_margins(theta)
    table = study.tables["targets"]
    values = study.facts.resolve_column(table, "value", SCHEMAS["targets"])
    errors = study.facts.resolve_column(table, "error", SCHEMAS["targets"])
    outcome = market.solve()
    rows = zip(table.to_dict("records"), values, errors, strict=True)
    return np.array(
        [
            value
            - moment_value(moment(row["moment"], row["of"], market, market.arrays), outcome, theta)
            for row, value, error in rows
            if not np.isnan(error)
        ]
    )
