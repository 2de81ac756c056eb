"""Run a study: calibrate, play every scenario, take gains apart; one tree of results."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
from pydantic import ValidationError
from threadpoolctl import threadpool_limits

from inroads._version import __version__
from inroads.errors import ConvergenceError, InroadsError
from inroads.market.carried import lightened
from inroads.market.decompose import why_channels_matter
from inroads.market.equilibrium import Equilibrium
from inroads.market.market import Market
from inroads.market.moves import Launch
from inroads.results.market import (
    Baseline,
    Coalition,
    Decomposition,
    Mechanism,
    SalesSwing,
)
from inroads.results.market import Scenario as ScenarioRecord
from inroads.results.negotiations import NegotiationResults
from inroads.results.outlook import Outlook
from inroads.results.study import Lock
from inroads.results.tree import Results
from inroads.study.launches.launch_results import launch_results
from inroads.study.load import Study
from inroads.study.lock import lock_of
from inroads.study.market.build_market import resolve_number
from inroads.study.market.calibration import Calibrated
from inroads.study.market.entrant_sales import EVERYWHERE, entrant_sales
from inroads.study.market.estimate_spread import EstimateSpread, estimate_spread
from inroads.study.market.firms import calibrate_firms
from inroads.study.negotiations.entry_game import awareness
from inroads.study.negotiations.negotiation_results import firm_results, negotiation_results
from inroads.study.negotiations.sensitivity import sales_swings
from inroads.study.outlook.outlook_results import (
    DrawSettings,
    central_outlook,
    drawn_outlook,
    with_horizon,
)
from inroads.study.results import (
    Run,
    calibration_record,
    features,
    hedonic_record,
    ledger_records,
    market_outcome,
    move_record,
    placebo_record,
    study_info,
    tables,
    targets_in_percent,
)
from inroads.study.scenario_list import (
    Scenario,
    apply_scenario,
    check_distinct,
    scenarios_of,
    seen_elsewhere,
)
from inroads.study.stages import Stages

# Factors of the engine's decomposition, as the tree calls them.
MECHANISMS = {
    "financing": Mechanism.FINANCING,
    "shelf": Mechanism.SHELF,
    "compatibility": Mechanism.COMPATIBILITY,
    "awareness": Mechanism.AWARENESS,
}
REPRODUCED = 1e-10
#: called with what is being done, how far it is, and how far it goes
Progress = Callable[[str, int, int], None]
#: called with scenarios as soon as they are played, seconds after the start
Played = Callable[[tuple[ScenarioRecord, ...]], None]


def run(
    study: Study,
    progress: Progress = lambda *_: None,
    drawing: DrawSettings = DrawSettings(),  # noqa: B008  (frozen)
    played: Played = lambda _: None,
) -> Run:
    """Calibrate a study's market, play all its scenarios, draw its futures.

    Parameters
    ----------
    study : Study
        As `load_study` gives it.
    progress : callable
        Called with what is being done, how far it is, and how far it goes.
    drawing : DrawSettings
        How many futures, how far ahead, and where they are kept.
    played : callable
        Called with scenarios as soon as they are played, seconds after the start.

    Returns
    -------
    Run
        The results, and the tables behind them.

    Raises
    ------
    InputError
        For what is wrong in the study.
    ConvergenceError
        Where the market of the data is not reproduced to 1e-10 or a solve fails.
    InroadsError
        Where a number that the results need is not finite.
    """
    try:
        with threadpool_limits(1):
            lock = lock_of(study, drawing)
            return _run(with_horizon(study, drawing), progress, drawing, played, lock)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InroadsError(
            f"expected a finite number as {error.title}.{'.'.join(map(str, first['loc']))} of the "
            f"results; found {first['input']!r}. Remedy: report this with the study; nothing was "
            "written."
        ) from None


def _run(
    study: Study, progress: Progress, drawing: DrawSettings, played: Played, lock: Lock
) -> Run:
    progress("calibrating", 0, 0)
    fitted = study.calibrated
    market, base = fitted.market, fitted.market.solve()
    reproduced = _reproduced(fitted, base)
    config = study.config

    scenarios = scenarios_of(config, market, partial(resolve_number, study))
    check_distinct(scenarios)
    outcomes: dict[str, Equilibrium] = {}
    spread = estimate_spread(study)
    rows = []
    for k, scenario in enumerate(scenarios):
        progress("scenarios", k, len(scenarios))
        outcome = apply_scenario(market, scenario).solve()
        outcomes[scenario.name] = outcome
        rows.append(
            _scenario(
                scenario,
                outcome,
                base,
                outcomes,
                quality_error=fitted.unsold.error_at(len(scenario.partners)),
                spread=spread,
            )
        )
        lightened(outcome.market)
    played(tuple(rows))
    with drawn_outlook(study, drawing) as completed:
        stages = Stages.of(study, drawing.folder)
        decompositions = stages.done(
            "decompositions",
            tuple[Decomposition, ...],
            lambda: _decompositions(study, market, progress),
        )
        swings = stages.done(
            "sensitivity", tuple[SalesSwing, ...], lambda: sales_swings(study, fitted, progress)
        )
        firms = calibrate_firms(study, market)
        firm_record = firm_results(study, firms)
        negotiations = stages.done(
            "negotiations",
            NegotiationResults | None,
            lambda: negotiation_results(study, fitted, firms, progress),
        )
        central = stages.done(
            "outlook", Outlook | None, lambda: central_outlook(study, fitted, progress)
        )
        outlook = completed(central, progress)
    table = study.facts.ledger()
    ledger = ledger_records(table)
    results = Results(
        inroads_version=__version__,
        lock=lock,
        study=study_info(study),
        words=config.words,
        features=features(market, firms, config.path),
        headline_partners=config.entry.headline if config.entry else (),
        baseline=Baseline(**dict(market_outcome(base, base)), reproduced_to=reproduced),
        scenarios=tuple(rows),
        decompositions=decompositions,
        calibration=calibration_record(fitted, targets_in_percent(ledger), study.estimate),
        hedonic=hedonic_record(fitted),
        placebo=placebo_record(fitted),
        sales_swings=swings,
        firms=firm_record,
        negotiations=negotiations,
        outlook=outlook,
        ledger=ledger,
    )
    progress("past launches", 0, 0)
    launches = launch_results(study.past_launches, results, outcomes, fitted.unsold)
    results = results.model_copy(update={"launches": launches})
    return Run(results, tables(market, outcomes, base, fitted, ledger=table))


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


def _scenario(
    scenario: Scenario,
    outcome: Equilibrium,
    base: Equilibrium,
    earlier: dict[str, Equilibrium],
    *,
    quality_error: pd.Series,
    spread: EstimateSpread,
) -> ScenarioRecord:
    """A scenario's results."""
    sales = entrant_sales(
        outcome,
        earlier[scenario.reference] if scenario.reference else base,
        scenario.entrants,
        moves=partial(apply_scenario, scenario=scenario),
        quality_error=quality_error,
        spread=spread,
    )
    in_all = sales.pop(EVERYWHERE, {})
    return ScenarioRecord(
        name=scenario.name,
        group=scenario.group,
        title=scenario.title,
        entrants=in_all,
        entrants_by_region=sales,
        partners=scenario.partners,
        reference=scenario.reference,
        awareness=scenario.awareness,
        moves=tuple(move_record(move) for move in scenario.moves),
        outcome=market_outcome(outcome, base),
    )


def _decompositions(study: Study, market: Market, progress: Progress) -> tuple[Decomposition, ...]:
    entry = study.config.entry
    if entry is None:
        return ()
    reached, seen = awareness(study, entry), seen_elsewhere(entry, partial(resolve_number, study))
    rows = []
    cases = [(e, p) for e in entry.entrants for p in entry.partners]
    for k, (entrant, partners) in enumerate(cases):
        progress("decomposing", k, len(cases))
        direct = market.after(*(Launch(d) for d in entrant.main_products))
        gain = why_channels_matter(
            direct,
            entrant.manufacturer,
            partners,
            entrant.main_products,
            awareness=reached,
            seen_elsewhere=seen,
        )
        rows.append(
            Decomposition(
                manufacturer=entrant.manufacturer,
                partners=partners,
                gain=gain.gain,
                parts={MECHANISMS[factor]: value for factor, value in gain.parts.items()},
                coalitions=tuple(
                    Coalition(mechanisms=tuple(MECHANISMS[f] for f in factors), units=units)
                    for factors, units in gain.worlds.items()
                ),
            )
        )
    return tuple(rows)
