"""From a study's tables to a calibrated market."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.calibration.minimum_distance import Calibration, Model, Parameter, Target, calibrate
from inroads.calibration.moments import Moment, OwnElasticity, Taste
from inroads.display import Card, Displayed
from inroads.entry.maker_line import MakerLine
from inroads.errors import InputError, UnreachableError, refuse
from inroads.market.market import Market
from inroads.study.market.build_market import inside_share, resolve_number, uncalibrated_market
from inroads.study.market.hedonic import Populations, Unsold, predict_unsold
from inroads.study.market.margins import conflict, read_margins, with_utilities
from inroads.study.market.regions import Regions
from inroads.study.market.targets import TASTES, moment, moment_value, taste_columns, types_of
from inroads.tables.schema import row_numbers
from inroads.tables.schemas import SCHEMAS

if TYPE_CHECKING:
    from inroads.study.load import Study


@dataclass(frozen=True)
class Check:
    """A number of the data that was not fitted, beside what the market says of it."""

    name: str
    label: str
    value: float
    fitted: float


@dataclass(frozen=True, kw_only=True, repr=False)
class Calibrated(Displayed):
    """The market of the data, how it was fitted, and the line for products never sold.

    unsold: the market, with a quality for every product; margins: name -> share of sales observed,
    met exactly; used: ids of the facts and assumptions behind it.
    """

    unsold: Unsold
    calibration: Calibration
    margins: pd.DataFrame
    checks: tuple[Check, ...]
    labels: Mapping[str, str]
    used: tuple[str, ...]

    def _card(self) -> Card:
        return Card(
            line=f"Calibrated {repr(self.market)[1:-1]}",
            table=self.margins,
            next_steps=("c.market", "c.calibration", "c.checks"),
        )

    @property
    def market(self) -> Market:
        """The calibrated market."""
        return self.unsold.market

    @property
    def hedonic(self) -> MakerLine | None:
        """The line of quality; None where every product is sold."""
        return self.unsold.line

    @property
    def quality_error(self) -> pd.Series:
        """Standard error of each product's quality by the line, 0 where observed."""
        return self.unsold.error


def calibrated(
    study: Study,
    report: Callable[[int, float], None] | None = None,
    start: Mapping[str, float] | None = None,
    tolerance: float = 1e-6,
    populations: Populations | None = None,
) -> Calibrated:
    """Calibrate the study's market at its date; `start` gives tastes to search from, `populations`
    which makers one without sales is like (else they are compared).

    Raises InputError for what is wrong in the tables, UnreachableError for margins that cannot
    hold together, ConvergenceError where no market is found.
    """
    uncalibrated = uncalibrated_market(study)
    arrays = uncalibrated.arrays
    A, margins, shares = read_margins(study, uncalibrated)
    parameters, fixed, labels = _parameters(study)
    for name, value in (start or {}).items():
        parameters[name] = replace(parameters[name], start=value)
    targets, checks = _targets(study, uncalibrated)
    regions = Regions.of(uncalibrated)
    X = taste_columns(arrays)
    W = np.zeros((len(TASTES), X.shape[-1]))
    W[-1] = arrays.credit
    searched = [TASTES.index(name) for name in parameters]
    held = np.array([fixed.get(name, 0.0) for name in TASTES])
    model = Model(
        base=regions.base(arrays.base + np.tensordot(held, X, axes=1)),
        X=regions.rows(X[searched]),
        w0=arrays.weight + held @ W,
        W=W[searched],
        A=A,
        margins=shares,
        types=regions.types(types_of(arrays)),
    )
    money = TASTES.index("money")
    if len(targets) < len(parameters):
        raise refuse(
            expected=f"{len(parameters)} rows or more with an error, for {', '.join(parameters)}",
            found=f"{len(targets)}: {', '.join(targets)}",
            where="targets.csv",
            remedy="add targets, or fix a parameter in study.toml with `value`.",
        )
    targets = {
        n: replace(placed, moment=regions.moment(placed.moment))
        for n, t in targets.items()
        for placed in (_placed(t, money, searched, held[money]),)
    }
    try:
        calibration = calibrate(
            model,
            parameters,
            targets,
            margin_names=list(margins["name"]),
            callback=report,
            tolerance=tolerance,
        )
    except UnreachableError as apart:
        raise conflict(apart, margins, shares / inside_share(study)) from None
    theta = held.copy()
    theta[searched] = calibration.value
    market = with_utilities(uncalibrated, margins, calibration.psi)
    market = replace(market, tastes=dict(zip(TASTES, map(float, theta), strict=True)))
    unsold = predict_unsold(study, market, populations)
    market = unsold.market
    outcome = market.solve()
    fitted = [Check(c.name, c.label, c.value, moment_value(m, outcome, theta)) for c, m in checks]
    sold = regions.shares(outcome)[regions.reach] @ A / outcome.state.shares.sum()
    margins = margins.assign(fitted=sold, observed=shares / inside_share(study))
    used = tuple(dict.fromkeys(study.facts.ledger()["id"]))
    return Calibrated(
        unsold=unsold,
        calibration=calibration,
        margins=margins,
        checks=tuple(fitted),
        labels=labels,
        used=used,
    )


def _placed(target: Target, money: int, searched: list[int], fixed: float) -> Target:
    """Tell an elasticity where among the searched parameters money is, or that it is fixed; and a
    taste where it is."""
    moment = target.moment
    if isinstance(moment, Taste):
        if moment.parameter not in searched:
            raise refuse(
                expected="a taste that is searched",
                found=f"{TASTES[moment.parameter]}, which is fixed or left out",
                where="targets.csv, taste",
                remedy="give it start, low and high in [parameters], or delete the row.",
            )
        return replace(target, moment=Taste(searched.index(moment.parameter)))
    if not isinstance(moment, OwnElasticity):
        return target
    if money in searched:
        return replace(target, moment=replace(moment, parameter=searched.index(money)))
    fixed_payment = fixed * moment.payment
    return replace(target, moment=replace(moment, parameter=None, payment=fixed_payment))


def _parameters(study: Study) -> tuple[dict[str, Parameter], dict[str, float], dict[str, str]]:
    parts = {str(k): p for k, p in study.config.parameters.items()}
    searched = {k: Parameter(p.start, p.low, p.high) for k, p in parts.items() if p.value is None}
    fixed = {
        k: resolve_number(study, p.value, f"parameters.{k}.value", f"taste {k}")
        for k, p in parts.items()
        if p.value is not None
    }
    wrong = {"money": fixed.get("money", 1.0) <= 0, "credit": not 0 <= fixed.get("credit", 0) <= 1}
    for name in (k for k, is_wrong in wrong.items() if is_wrong):
        raise refuse(
            expected="a value above 0" if name == "money" else "a share from 0 to 1",
            found=f"{fixed[name]:g}",
            where=f"study.toml, parameters.{name}",
            remedy="correct the number, or search the parameter: give start, low and high.",
        )
    if study.estimate:
        # What money weighs is in the cells of consumers.
        fixed["money"] = 1.0
    labels = {k: p.label or k for k, p in parts.items()}
    rows = study.tables["targets"]
    labels |= {n: t or n for n, t in zip(rows["name"], rows["label"], strict=True)}
    return searched, fixed, labels


def _targets(study: Study, market: Market) -> tuple[dict[str, Target], list[tuple[Check, Moment]]]:
    """Targets to fit (those with an error) and checks (those without)."""
    table = study.tables["targets"]
    values = study.facts.resolve_column(table, "value", SCHEMAS["targets"])
    errors = study.facts.resolve_column(table, "error", SCHEMAS["targets"])
    targets: dict[str, Target] = {}
    checks: list[tuple[Check, Moment]] = []
    lines = row_numbers(table)
    for k, row in enumerate(table.to_dict("records")):
        try:
            target_moment = moment(row["moment"], row["of"], market, market.arrays)
        except InputError as error:
            raise InputError(
                replace(p, file="targets.csv", row=lines[k], column="of") for p in error.problems
            ) from None
        if np.isnan(errors[k]):
            label = row["label"] or row["name"]
            checks.append((Check(row["name"], label, float(values[k]), np.nan), target_moment))
        elif not max(abs(values[k]), 1e-3) < 1e9 * errors[k]:
            raise refuse(
                expected="a standard error of at least a billionth of the value",
                found=f"{errors[k]:g} for {values[k]:g}",
                where="targets.csv",
                row=lines[k],
                column="error",
                remedy="give the error that the source's number may have.",
            )
        else:
            targets[row["name"]] = Target(target_moment, float(values[k]), float(errors[k]))
    return targets, checks
