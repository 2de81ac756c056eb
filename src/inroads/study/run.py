"""Run a study: calibrate, play every scenario, say why; one dictionary of results."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from inroads._version import __version__
from inroads.errors import ConvergenceError, InputError, Problem
from inroads.scenario.decompose import why_channels_matter
from inroads.scenario.market import Market
from inroads.scenario.outcome import Outcome
from inroads.study.calibration import Calibrated, calibrated
from inroads.study.load import Study
from inroads.study.plan import Scenario, distinct, plan, played, said
from inroads.study.sensitivity import what_it_hangs_on

REPRODUCED = 1e-10
#: called with a stage, how far it is, and how far it goes
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Results:
    """What a run found: `data` as results.json holds it, and the tables behind it."""

    data: dict[str, Any]
    tables: dict[str, pd.DataFrame]


def run(study: Study, progress: Progress = lambda *_: None) -> Results:
    """Calibrate the study's market and play all its scenarios.

    Raises InputError for what is wrong in the study, ConvergenceError where the market of the data
    is not reproduced to 1e-10 or a solve fails.
    """
    with threadpool_limits(1):
        return _run(study, progress)


def rehearse(study: Study) -> None:
    """Calibrate the study's market and set up all scenarios, without playing them.

    Raises what `run` would raise; of InputErrors those of all scenarios at once.
    """
    with threadpool_limits(1):
        market = study.market()

    def number(cell: float | str, where: str) -> float:
        return study.facts.resolve(cell, f"study.toml: {where}").value

    scenarios = plan(study.config, market, number)
    distinct(scenarios)
    problems: dict[tuple[str | None, str], Problem] = {}
    for scenario in scenarios:
        try:
            played(market, scenario)
        except InputError as error:
            for problem in error.problems:
                problems.setdefault((problem.value, problem.expected), problem)
    if problems:
        raise InputError(problems.values())


def _run(study: Study, progress: Progress) -> Results:
    fitted = calibrated(study, lambda n, _: progress("calibrating", n, 0))
    market, base = fitted.market, fitted.market.solve()
    reproduced = _reproduced(fitted, base)

    def number(cell: float | str, where: str) -> float:
        return study.facts.resolve(cell, f"study.toml: {where}").value

    scenarios = plan(study.config, market, number)
    distinct(scenarios)
    outcomes: dict[str, Outcome] = {}
    rows = []
    for k, scenario in enumerate(scenarios):
        progress("scenarios", k, len(scenarios))
        outcome = played(market, scenario).solve()
        outcomes[scenario.name] = outcome
        rows.append(_row(scenario, outcome, base, outcomes, fitted.quality_error))
    why = _why(study, market, number, progress)
    hangs = what_it_hangs_on(study, fitted, progress)
    ledger = study.facts.ledger()
    data = {
        "inroads": __version__,
        "study": study.config.study.model_dump(mode="json") | {"as_of": study.as_of.isoformat()},
        "headline": list(study.config.entry.headline) if study.config.entry else [],
        "baseline": _outcome(base, base) | {"reproduced_to": reproduced},
        "scenarios": rows,
        "decomposition": why,
        "calibration": _calibration(fitted),
        "hedonic": _hedonic(fitted),
        "sensitivity": hangs,
        "ledger": ledger.to_dict("records"),
    }
    return Results(_plain(data), _tables(market, outcomes, base, fitted, ledger))


def _reproduced(fitted: Calibrated, base: Outcome) -> float:
    """How far the solved market is from the data, and from itself after no move."""
    margins = np.abs(fitted.margins["fitted"] - fitted.margins["observed"]).max()
    again = fitted.market.after().solve().solution.unwrap() - base.solution.unwrap()
    worst = float(max(margins, np.abs(again).max()))
    if not worst <= REPRODUCED:
        raise ConvergenceError(
            f"expected the market of the data to be reproduced to {REPRODUCED:g}; found a share "
            f"off by {worst:.2g}. Remedy: report this with the study; nothing was written.",
            base.solution,
        )
    return worst


def _outcome(outcome: Outcome, base: Outcome) -> dict[str, Any]:
    units = outcome.sales("maker")
    gain, total = outcome.consumer_surplus - base.consumer_surplus, float(units.sum())
    return {
        "shares": {
            by: outcome.share_of_sales(by).to_dict() for by in ("maker", "channel", "device")
        },
        "units": units.to_dict(),
        "total_units": total,
        "mean_price": outcome.mean_price if total else np.nan,
        "consumer_surplus_change": gain,
        "consumer_surplus_change_per_buyer": gain / total if total else np.nan,
        "status": outcome.solution.status.value,
        "residual": outcome.solution.residual,
    }


def _row(
    scenario: Scenario,
    outcome: Outcome,
    base: Outcome,
    earlier: dict[str, Outcome],
    quality_error: pd.Series,
) -> dict[str, Any]:
    """A scenario's results; entrants' units also with their unobserved quality an error off."""
    entrants = {}
    for maker in scenario.entrants:
        units = float(outcome.sales("maker").get(maker, 0.0))
        reference = float(earlier[scenario.reference].sales("maker").get(maker, 0.0))
        low, high = (_units_at(outcome.market, maker, z, quality_error) for z in (-1.0, 1.0))
        entrants[maker] = {
            "units": units,
            "low": low,
            "high": high,
            "share": units / float(outcome.sales("maker").sum()),
            "multiple": units / reference if reference else np.nan,
        }
    about = {
        "name": scenario.name,
        "label": scenario.label,
        "group": scenario.group,
        "entrants": entrants,
        "partners": list(scenario.partners),
        "reference": scenario.reference,
        **scenario.notes,
        "moves": [said(move) for move in scenario.moves],
    }
    return about | _outcome(outcome, base)


def _units_at(market: Market, maker: str, z: float, error: pd.Series) -> float:
    """Units of a maker with its devices' quality z standard errors off."""
    devices = market.devices.copy()
    own = devices["maker"].eq(maker)
    devices.loc[own, "quality"] += z * error[own]
    shifted = dataclasses.replace(market, devices=devices)
    # Quality enters no array: what was assembled for the market serves here too.
    shifted.__dict__["arrays"] = market.arrays
    return float(shifted.solve().sales("maker").get(maker, 0.0))


def _why(
    study: Study, market: Market, number: Callable[[float | str, str], float], progress: Progress
) -> list[dict[str, Any]]:
    entry = study.config.entry
    if entry is None:
        return []
    reached = number(entry.awareness, "awareness that a carrier's campaign brings")
    found = []
    cases = [(e, p) for e in entry.entrants for p in entry.partners]
    from inroads.scenario.moves import Launch

    for k, (entrant, partners) in enumerate(cases):
        progress("decomposing", k, len(cases))
        unlocked = market.after(*(Launch(d) for d in entrant.flagships))
        parts = why_channels_matter(
            unlocked, entrant.manufacturer, partners, entrant.flagships, reached
        )
        found.append(
            {
                "entrant": entrant.manufacturer,
                "partners": list(partners),
                "gain": parts.gain,
                "parts": dict(parts.parts),
                "worlds": [{"on": list(on), "units": units} for on, units in parts.worlds.items()],
            }
        )
    return found


def _calibration(fitted: Calibrated) -> dict[str, Any]:
    c = fitted.calibration
    return {
        "parameters": [
            {"name": n, "label": fitted.labels[n], "value": v, "standard_error": s}
            for n, v, s in zip(c.names, c.value, c.standard_error, strict=True)
        ],
        "targets": [
            {
                "name": n,
                "label": fitted.labels.get(n, n),
                "target": t,
                "error": e,
                "fitted": f,
                "misses_by": (f - t) / e,
            }
            for n, t, e, f in zip(c.target_names, c.target, c.error, c.fitted, strict=True)
        ],
        "checks": [dataclasses.asdict(check) for check in fitted.checks],
        "margins": fitted.margins.to_dict("records"),
        "sensitivity": {
            n: dict(zip(c.target_names, row, strict=True))
            for n, row in zip(c.names, c.sensitivity * c.error, strict=True)
        },
        "flat": [dict(direction) for direction in c.flat],
        "distance": c.distance,
        "status": c.solution.status.value,
        "residual": c.solution.residual,
        "evaluations": c.solution.iterations,
    }


def _hedonic(fitted: Calibrated) -> dict[str, Any] | None:
    line = fitted.hedonic
    if line is None:
        return None
    unsold = fitted.quality_error[fitted.quality_error > 0]
    return {
        "coefficients": [
            {"name": n, "value": line.coefficients[n], "standard_error": line.standard_errors[n]}
            for n in line.coefficients.index
        ],
        "sigma": line.sigma,
        "r_squared": line.r_squared,
        "observations": line.observations,
        "devices": [
            {"device": d, "quality": fitted.market.devices.loc[d, "quality"], "standard_error": e}
            for d, e in unsold.items()
        ],
    }


def _tables(
    market: Market,
    outcomes: dict[str, Outcome],
    base: Outcome,
    fitted: Calibrated,
    ledger: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    frames = []
    for name, outcome in {"baseline": base, **outcomes}.items():
        frame = outcome.table[["device", "channel", "maker", "tier", "price"]].copy()
        frame.insert(0, "scenario", name)
        frame["shares"] = outcome.solution.unwrap()
        frame["units"] = frame["shares"] * market.size
        frames.append(frame)
    qualities = market.devices.drop(columns="networks").assign(error=fitted.quality_error)
    return {
        "offers": pd.concat(frames, ignore_index=True),
        "devices": qualities.reset_index(),
        "margins": fitted.margins,
        "ledger": ledger,
    }


def _plain(value: Any) -> Any:
    """Only what JSON holds: no NumPy scalars, no NaN."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
