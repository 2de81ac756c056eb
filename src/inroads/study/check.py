"""Everything that a run does up to its first expensive solve: what can be refused is refused here.

At the central numbers, and with every assumption that a run moves or draws at each end of its
range: margins are met, firms are pinned to their facts, scenarios are set up, entrants are followed
over the periods to come at list prices.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from threadpoolctl import threadpool_limits

from inroads.display import counted
from inroads.dynamics.path import simulate_path
from inroads.errors import ConvergenceError, InputError, Problem, UnreachableError
from inroads.market.market import Market
from inroads.study.config.config_base import Section
from inroads.study.market.build_market import resolve_number
from inroads.study.market.cost_checks import cost_notes
from inroads.study.market.firms import CalibratedFirms, calibrate_firms
from inroads.study.market.recalibration import linear_recalibration
from inroads.study.negotiations.deal_hazards import read_hazards
from inroads.study.negotiations.entry_game import EntryGame, check_weight, without_own_campaigns
from inroads.study.negotiations.interventions import levers, local_cost, tariff_rate
from inroads.study.negotiations.negotiation_results import partners_of
from inroads.study.negotiations.sensitivity import named_by
from inroads.study.outlook.entrant_path import path_model
from inroads.study.outlook.fates import read_odds
from inroads.study.outlook.listing import listing_terms
from inroads.study.outlook.path_numbers import outlook_sections
from inroads.study.outlook.rank import check_history
from inroads.study.outlook.uncertainty import drawn_assumptions
from inroads.study.outlook.world_ranking import check_leader, growth_damping
from inroads.study.scenario_list import apply_scenario, check_distinct, scenarios_of

if TYPE_CHECKING:
    from inroads.study.load import Study

#: called with what is being done, how far it is, and how far it goes
Progress = Callable[[str, int, int], None]
_SIDES = ("low", "high")
# What takes as long as so many solves of an entrant with its partners: a deal, a market played at
# list prices; a draw of one entrant.
_A_DEAL, _A_DRAW = 25, 5
# Draws from which on a run takes two processes.
_WORTH_TWO = 24


@dataclass(frozen=True)
class CheckedStudy:
    """What `check_study` says of a study that it does not refuse, a sentence each: what looks wrong
    in it, and what a run will do and take."""

    notes: list[str]
    plan: str


def check_study(study: Study, progress: Progress = lambda *_: None) -> CheckedStudy:
    """Do what a run does up to its first expensive solve.

    Raises what the run would raise; of InputErrors those of all scenarios, and of both ends of all
    ranges, at once.
    """
    with threadpool_limits(1):
        progress("calibrating", 0, 0)
        began = time.process_time()
        market = study.market()
        firms = calibrate_firms(study, market)
        _numbers(study, market, firms)
        took = time.process_time() - began
        notes = [*cost_notes(study), *_ends(study, market, firms, progress)]
        return CheckedStudy(notes, _plan(study, took))


def _numbers(
    study: Study, market: Market, firms: CalibratedFirms | None, moved: str | None = None
) -> None:
    """Refuse what does not make sense in any part of the study, given its market and firms.

    moved: the assumption that is at an end of its range; of scenarios and paths only a few are
    tried then, and only where it has a part in them.
    """
    config = study.config

    def is_named(*parts: Section | None) -> bool:
        return moved is None or any(named_by(part, moved) for part in parts)

    if is_named(config.entry, config.consumers, *config.scenario):
        _scenarios(study, market, few=moved is not None)
    entry, part = config.entry, config.negotiations
    if entry is None or firms is None:
        return
    game = without_own_campaigns(study, entry, market, firms)
    if part is None:
        return
    for weight in (firms.low, firms.high) if moved is None else ():
        check_weight(weight)
    read_hazards(study, part)
    if part.tariff is not None:
        tariff_rate(study, part.tariff)
        local_cost(study, part)
    levers(study, game, part)
    if config.path is not None and is_named(config.path, config.entry, config.consumers):
        _path(study, game, few=moved is not None)


def _scenarios(study: Study, market: Market, *, few: bool) -> None:
    scenarios = scenarios_of(study.config, market, partial(resolve_number, study))
    check_distinct(scenarios)
    if few:
        # The last of each kind, with all of its partners, and those that are written.
        scenarios = list({(s.group, s.entrants or s.name): s for s in scenarios}.values())
    problems: dict[tuple[str | None, str], Problem] = {}
    for scenario in scenarios:
        try:
            apply_scenario(market, scenario)
        except InputError as error:
            for problem in error.problems:
                problems.setdefault((problem.value, problem.expected), problem)
    if problems:
        raise InputError(problems.values())


def _path(study: Study, game: EntryGame, *, few: bool) -> None:
    """Every entrant alone and with its partners, from period to period at list prices; its odds;
    the listing and the world table."""
    entry, negotiations, path = outlook_sections(study)
    model = path_model(study, path, game)
    partners = partners_of(entry, negotiations)
    start = game.market.after(*model.before)
    every = dict.fromkeys(partners, 0)
    for entrant in entry.entrants[: 1 if few else None]:
        for deals in (every,) if few else ({}, every):
            simulate_path(start, model.settings(model.moves(entrant.manufacturer, deals)))
        read_odds(study, negotiations, path, entrant.manufacturer, partners).fates(path.periods)
    if path.listing:
        listing_terms(study, path.listing)
    if path.rank:
        check_leader(entry, path.rank)
        check_history(study, path.rank, growth_damping(study, path.rank))


def _ends(
    study: Study, market: Market, firms: CalibratedFirms | None, progress: Progress
) -> Iterator[str]:
    """Sentences on ranges at whose ends no market is found; InputError for ends that a run would
    refuse."""
    ids = _moved(study)
    if not ids:
        return
    recalibration = linear_recalibration(study)
    calibrated_by = set(study.calibrated.used)
    problems: dict[tuple[str, str], Problem] = {}
    for k, (id, side) in enumerate((id, side) for id in ids for side in _SIDES):
        progress("ranges", k, 2 * len(ids))
        value = float(study.tables["assumptions"].set_index("id").loc[id][side])
        place = f"assumptions.csv, {id} at its {side}, {value:g}"
        try:
            if id in calibrated_by:
                other, unsold = recalibration.at({id: value}, {})
                other_market, other_firms = unsold.market, calibrate_firms(other, unsold.market)
            else:
                other, other_market = study.assuming(id, value), market
                with_firms = firms is not None and named_by(study.config.firms, id)
                other_firms = calibrate_firms(other, market) if with_firms else firms
            _numbers(other, other_market, other_firms, id)
        except InputError as error:
            for problem in error.problems:
                where = f"{place}: {problem.file}" if problem.file else place
                problems.setdefault((id, problem.expected), replace(problem, file=where))
        except (ConvergenceError, UnreachableError) as error:
            if id in _varied(study):
                raise
            yield f"{place}: {error} Draws near it will count as failed."
    if problems:
        raise InputError(problems.values())


def _varied(study: Study) -> list[str]:
    """Assumptions that a run moves to the ends of their ranges, the market fitted anew."""
    entry, part = study.config.entry, study.config.negotiations
    return [*(entry.vary if entry else ()), *(part.vary if part else ())]


def _moved(study: Study) -> list[str]:
    """Assumptions that a run moves or draws, in order."""
    config = study.config
    has_draws = config.path and config.negotiations and config.entry
    drawn = drawn_assumptions(study) if has_draws else ()
    return list(dict.fromkeys([*_varied(study), *drawn]))


def _plan(study: Study, took: float) -> str:
    """What a run will do, and about how long it takes on this machine."""
    config, per = study.config, study.config.study.per
    scenarios = scenarios_of(config, study.market(), partial(resolve_number, study))
    does = [f"plays {counted(len(scenarios), 'scenario')}"]
    if moved := len(dict.fromkeys(_varied(study))):
        does.append(f"moves {counted(moved, 'assumption')} across their ranges")
    seconds = 2 * took + len(scenarios) * 0.02
    if config.entry and config.firms and config.negotiations:
        deals = len(config.entry.entrants) * len(config.negotiations.channels)
        one = _one_solve(study)
        does.append(f"bargains over {counted(deals, 'deal')}")
        seconds += _A_DEAL * deals * one
        if config.path:
            draws = config.path.draws
            does.append(f"follows {counted(config.path.periods, per)}")
            if draws:
                does.append(f"draws {counted(draws, 'future')}")
            processes = min(2, os.cpu_count() or 1) if draws >= _WORTH_TWO else 1
            seconds += _A_DRAW * len(config.entry.entrants) * draws * one / processes
    return f"A run {_listed(does)}: {_duration(seconds)} or so on this machine."


def _one_solve(study: Study) -> float:
    """Seconds that the equilibrium of the first entrant with its partners takes."""
    entry, negotiations = study.config.entry, study.config.negotiations
    assert entry is not None
    assert negotiations is not None
    game = without_own_campaigns(study, entry, study.market(), study.firms())
    began = time.process_time()
    game.solve({entry.entrants[0].manufacturer: partners_of(entry, negotiations)})
    return time.process_time() - began


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(10 * round(seconds / 10), 5)} seconds"
    return f"{round(seconds / 60)} minutes"
