"""Run a study: calibrate, play every scenario, say why; one dictionary of results."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from inroads._version import __version__
from inroads.errors import ConvergenceError, InputError, Problem
from inroads.market.decompose import why_channels_matter
from inroads.market.equilibrium import Equilibrium
from inroads.market.market import Market
from inroads.market.moves import Launch
from inroads.study.bare import number
from inroads.study.calibration import Calibrated, calibrated
from inroads.study.load import Study
from inroads.study.outlook import Drawing, looking, outlook, set_out
from inroads.study.plan import Scenario, distinct, plan, played, said
from inroads.study.results import (
    Results,
    calibration_as_data,
    hedonic_as_data,
    outcome_as_data,
    plain,
    tables,
)
from inroads.study.sensitivity import what_it_hangs_on
from inroads.study.strategy import strategy

REPRODUCED = 1e-10
#: called with a stage, how far it is, and how far it goes
Progress = Callable[[str, int, int], None]


def run(
    study: Study,
    progress: Progress = lambda *_: None,
    drawing: Drawing = Drawing(),  # noqa: B008  (frozen)
) -> Results:
    """Calibrate the study's market, play all its scenarios, draw its futures.

    Raises InputError for what is wrong in the study, ConvergenceError where the market of the data
    is not reproduced to 1e-10 or a solve fails.
    """
    with threadpool_limits(1):
        return _run(looking(study, drawing.quarters), progress, drawing)


def rehearse(study: Study) -> None:
    """Calibrate the study's market and set up all scenarios, without playing them.

    Raises what `run` would raise; of InputErrors those of all scenarios at once.
    """
    with threadpool_limits(1):
        market = study.market()

    with threadpool_limits(1):
        set_out(study, market)
    scenarios = plan(study.config, market, partial(number, study))
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


def _run(study: Study, progress: Progress, drawing: Drawing) -> Results:
    fitted = calibrated(study, lambda n, _: progress("calibrating", n, 0))
    market, base = fitted.market, fitted.market.solve()
    reproduced = _reproduced(fitted, base)

    scenarios = plan(study.config, market, partial(number, study))
    distinct(scenarios)
    outcomes: dict[str, Equilibrium] = {}
    rows = []
    for k, scenario in enumerate(scenarios):
        progress("scenarios", k, len(scenarios))
        outcome = played(market, scenario).solve()
        outcomes[scenario.name] = outcome
        rows.append(_row(scenario, outcome, base, outcomes, fitted.quality_error))
    why = _why(study, market, progress)
    hangs = what_it_hangs_on(study, fitted, progress)
    strategic = strategy(study, fitted, progress)
    ahead = outlook(study, fitted, drawing, progress)
    ledger = study.facts.ledger()
    data = {
        "inroads": __version__,
        "study": study.config.study.model_dump(mode="json") | {"as_of": study.as_of.isoformat()},
        "headline": list(study.config.entry.headline) if study.config.entry else [],
        "baseline": outcome_as_data(base, base) | {"reproduced_to": reproduced},
        "scenarios": rows,
        "decomposition": why,
        "calibration": calibration_as_data(fitted),
        "hedonic": hedonic_as_data(fitted),
        "sensitivity": hangs,
        "strategy": strategic,
        "outlook": ahead,
        "ledger": ledger.to_dict("records"),
    }
    return Results(plain(data), tables(market, outcomes, base, fitted, ledger))


def _reproduced(fitted: Calibrated, base: Equilibrium) -> float:
    """How far the solved market is from the data, and from itself after no move."""
    margins = np.abs(fitted.margins["fitted"] - fitted.margins["observed"]).max()
    again = fitted.market.after().solve().state.shares - base.state.shares
    worst = float(max(margins, np.abs(again).max()))
    if not worst <= REPRODUCED:
        raise ConvergenceError(
            f"expected the market of the data to be reproduced to {REPRODUCED:g}; found a share "
            f"off by {worst:.2g}. Remedy: report this with the study; nothing was written.",
            base.solution,
        )
    return worst


def _row(
    scenario: Scenario,
    outcome: Equilibrium,
    base: Equilibrium,
    earlier: dict[str, Equilibrium],
    quality_error: pd.Series,
) -> dict[str, Any]:
    """A scenario's results; entrants' units also with their unobserved quality an error off."""
    entrants = {}
    for maker in scenario.entrants:
        units = float(outcome.sales().get(maker, 0.0))
        reference = float(earlier[scenario.reference].sales().get(maker, 0.0))
        low, high = (_units_at(outcome.market, maker, z, quality_error) for z in (-1.0, 1.0))
        entrants[maker] = {
            "units": units,
            "low": low,
            "high": high,
            "share": units / float(outcome.sales().sum()),
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
    return about | outcome_as_data(outcome, base)


def _units_at(market: Market, maker: str, z: float, error: pd.Series) -> float:
    """Units of a maker with its devices' quality z standard errors off."""
    devices = market.devices.copy()
    own = devices["manufacturer"].eq(maker)
    devices.loc[own, "quality"] += z * error[own]
    shifted = dataclasses.replace(market, devices=devices)
    # Quality enters no array: what was assembled for the market serves here too.
    shifted.__dict__["arrays"] = market.arrays
    return float(shifted.solve().sales().get(maker, 0.0))


def _why(study: Study, market: Market, progress: Progress) -> list[dict[str, Any]]:
    entry = study.config.entry
    if entry is None:
        return []
    reached = number(study, entry.awareness, "awareness that a carrier's campaign brings")
    found = []
    cases = [(e, p) for e in entry.entrants for p in entry.partners]
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
