"""The outlook of a study: its entrants over periods, what entry is worth, how sure it all is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pydantic import ValidationError

from inroads.errors import refuse
from inroads.market.market import Market
from inroads.results.outlook import Outlook
from inroads.study.config.path_config import PathPart
from inroads.study.market.calibration import Calibrated
from inroads.study.negotiations.negotiation_results import partners_of
from inroads.study.outlook.entrant_path import (
    PathModel,
    entrant_path,
)
from inroads.study.outlook.listing import listing_record
from inroads.study.outlook.path_numbers import outlook_sections
from inroads.study.outlook.rank import history
from inroads.study.outlook.staged_entry import staged_entry_of
from inroads.study.outlook.summarise_draws import summarise_draws
from inroads.study.outlook.uncertainty import uncertain
from inroads.study.outlook.world_ranking import (
    check_leader,
    growth_damping,
    world_ranking,
    world_record,
)
from inroads.uncertainty.draw_store import Draws
from inroads.uncertainty.ensemble import Ensemble
from inroads.uncertainty.executors import open_executor

if TYPE_CHECKING:
    from inroads.study.load import Study

# Draws a batch at most, and batches at least: what a kill may cost, and workers share.
_BATCH = 8
# Draws from which on a second process saves more than it takes to start.
_WORTH_TWO = 24
# Seconds between two words on how far the draws of others are.
_TELL = 0.2
#: called with what is being done, how far it is, and how far it goes
Progress = Callable[[str, int, int], None]
#: waits for draws, telling progress
Wait = Callable[[Progress], Draws]
#: the outlook at the central numbers -> with what draws say of it
Complete = Callable[[Outlook | None, Progress], Outlook | None]


@dataclass(frozen=True, kw_only=True)
class DrawSettings:
    """How a study's futures are drawn.

    Parameters
    ----------
    draws : int, optional
        How many; what the study says unless given, 0 for none.
    periods : int, optional
        How far ahead; what the study says unless given.
    workers : int, optional
        Processes; chosen by the number of draws and cores where it is None.
    cluster : str, optional
        The address of a Dask scheduler that draws instead.
    folder : Path, optional
        Where draws are kept as they are done, each ensemble in a folder of its own, so that a run
        that was killed goes on where it stood; a folder that is gone afterwards unless given.
    seed : int
        Of the sequence.
    """

    draws: int | None = None
    periods: int | None = None
    workers: int | None = 1
    cluster: str | None = None
    folder: Path | None = None
    seed: int = 0

    @contextmanager
    def drawn(self, ensemble: Ensemble, count: int) -> Iterator[Wait]:
        """So many draws of an ensemble, on disk as long as the context lasts.

        Where others draw (a second process, a cluster), they begin at once, and this process has
        time for other work until it asks for the draws.

        Parameters
        ----------
        ensemble : Ensemble
            What is drawn.
        count : int
            How many.

        Yields
        ------
        callable
            Waits for the draws, telling progress, and gives all of them.
        """
        with ExitStack() as stack:
            folder = self.folder
            if folder is None:
                folder = Path(stack.enter_context(TemporaryDirectory(prefix="inroads-")))
            size = max(1, min(_BATCH, count // _BATCH))
            draw = partial(ensemble.run, count, folder / ensemble.key(count), size=size)
            workers = self.workers or _processes(count)
            if workers == 1 and self.cluster is None:
                yield lambda progress: draw(report=partial(progress, "drawing"))
                return
            beside = stack.enter_context(ThreadPoolExecutor(1))
            # Left before the thread is: what it waits for ends with the pool.
            pool, ahead = stack.enter_context(
                open_executor(-(-count // size), workers, self.cluster, None)
            )
            done = [0, count]

            def report(*how_far: int) -> None:
                done[:] = how_far

            drawing = beside.submit(draw, workers=max(1, ahead // 2), executor=pool, report=report)

            def wait_for(progress: Progress) -> Draws:
                while not wait([drawing], timeout=_TELL).done:
                    progress("drawing", *done)
                return drawing.result()

            yield wait_for


def _processes(draws: int) -> int:
    """Two where that is worth starting them."""
    return min(2, os.cpu_count() or 1) if draws >= _WORTH_TWO else 1


def with_horizon(study: Study, drawing: DrawSettings) -> Study:
    """The study, its path as many periods long as is asked for; InputError where it has none to be
    drawn, or is too short."""
    periods = drawing.periods
    if drawing.draws:
        outlook_sections(study)
    if periods is None:
        return study
    path = outlook_sections(study)[2]
    try:
        longer = PathPart.model_validate(path.model_dump() | {"periods": periods})
    except ValidationError as error:
        raise refuse(
            expected=f"periods, from {path.decide + 1} (after the decision of [path]) to 80",
            found=str(periods),
            where="periods",
            remedy=str(error.errors()[0]["msg"]),
        ) from None
    return replace(study, config=study.config.model_copy(update={"path": longer}))


@contextmanager
def drawn_outlook(study: Study, drawing: DrawSettings) -> Iterator[Complete]:
    """A study's futures, drawn beside what is done until they are asked for; yields what adds them
    and the world ranking to the outlook at the central numbers, where there is one."""
    config = study.config
    parts = (config.path, config.negotiations, config.entry)
    count = config.path.draws if config.path and drawing.draws is None else drawing.draws
    if not count or any(part is None for part in parts):
        yield lambda central, progress: central
        return
    ensemble = uncertain(study, seed=drawing.seed)
    with drawing.drawn(ensemble, count) as wait_for:

        def complete(central: Outlook | None, progress: Progress) -> Outlook | None:
            if central is None or config.path is None:
                return None
            draws = wait_for(progress)
            summary, world = summarise_draws(study, ensemble, draws), None
            if config.path.rank and summary.solved:
                progress("world table", 0, 0)
                ranking = world_ranking(study, draws, config.path.rank)
                world = world_record(study, ranking, config.path.rank)
            return central.model_copy(update={"draws": summary, "world": world})

        yield complete


def check_outlook(study: Study, market: Market) -> PathModel | None:
    """The study's path model before anything is followed, and its world table's history looked up;
    None without [path] and [negotiations]. Raises InputError for what is wrong in either."""
    config = study.config
    if config.path is None or config.negotiations is None or config.entry is None:
        return None
    model = study.path()
    model.settings({})
    if config.path.rank:
        table = config.path.rank
        counted = (table.leader, *table.rivals, *([table.total] if table.total else []))
        history(study, counted, table.counted_by)
        growth_damping(study, table)
        check_leader(config.entry, table)
    return model


def central_outlook(study: Study, fitted: Calibrated, progress: Progress) -> Outlook | None:
    """Paths at the central numbers, channels setting prices every period; options; a listing. None
    for a study without [path] and [negotiations]."""
    model = check_outlook(study, fitted.market)
    if model is None:
        return None
    about, negotiations, part = outlook_sections(study)
    partners = partners_of(about, negotiations)
    manufacturers = [e.manufacturer for e in about.entrants]
    steps = 2 * len(manufacturers)
    at_launches = model.with_prices_at_launches()
    paths, options = [], []
    for k, manufacturer in enumerate(manufacturers):
        progress("paths", k, steps)
        paths.append(entrant_path(model, at_launches, manufacturer, partners))
    listing = listing_record(study, model, partners)
    for k, manufacturer in enumerate(manufacturers if len(partners) > 1 else ()):
        progress("paths", len(manufacturers) + k, steps)
        pair = (partners[0], partners[1])
        options.append(
            staged_entry_of(
                study,
                at_launches,
                manufacturer,
                pair,
                quality_error=fitted.unsold.error_at(len(pair)),
            )
        )
    return Outlook(
        periods=part.periods,
        discount_rate=model.rate,
        launch_cost=model.launch_cost,
        decision_period=part.decide,
        stop_hazard=model.stopped,
        paths=tuple(paths),
        staged_entry=tuple(options),
        listing=listing,
    )
