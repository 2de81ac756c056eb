"""The outlook of a study: its entrants over quarters, what entry is worth, how sure it all is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import ValidationError

from inroads.errors import InputError
from inroads.market.market import Market
from inroads.study.calibration import Calibrated
from inroads.study.firms import backed
from inroads.study.futures import parts
from inroads.study.load import Study
from inroads.study.path_config import PathPart
from inroads.study.pathway import Pathway, entry, listing, pathway
from inroads.study.rank import history
from inroads.study.stage import staged
from inroads.study.strategy import partners_of
from inroads.study.summing import summary
from inroads.study.uncertainty import uncertain
from inroads.study.widening import widening
from inroads.study.world import rank_as_data, world
from inroads.uncertainty.draw_store import Draws
from inroads.uncertainty.ensemble import Ensemble

# Draws a batch at most, and batches at least: what a kill may cost, and workers share.
_BATCH = 8
#: called with a stage, how far it is, and how far it goes
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Drawing:
    """How a study's futures are drawn.

    draws: how many, None for what the study says, 0 for none. quarters: how far ahead, None for
    what the study says. workers: processes. cluster: the address of a Dask scheduler instead.
    folder: where draws are kept as they are done, each ensemble in a folder of its own, so that a
    run that was killed goes on where it stood; None for a folder that is gone afterwards.
    """

    draws: int | None = None
    quarters: int | None = None
    workers: int = 1
    cluster: str | None = None
    folder: Path | None = None
    seed: int = 0

    @contextmanager
    def drawn(self, ensemble: Ensemble, count: int, progress: Progress) -> Iterator[Draws]:
        """So many draws of an ensemble, on disk as long as this lasts."""
        with ExitStack() as stack:
            folder = self.folder
            if folder is None:
                folder = Path(stack.enter_context(TemporaryDirectory(prefix="inroads-")))
            yield ensemble.run(
                count,
                folder / ensemble.key(count),
                size=max(1, min(_BATCH, count // _BATCH)),
                workers=self.workers,
                cluster=self.cluster,
                report=lambda done, total: progress("drawing", done, total),
            )


def looking(study: Study, quarters: int | None) -> Study:
    """The study, its path so many quarters long; InputError where it has none, or is too short."""
    if quarters is None:
        return study
    path = parts(study)[2]
    try:
        longer = PathPart.model_validate(path.model_dump() | {"quarters": quarters})
    except ValidationError as error:
        raise InputError.single(
            expected=f"quarters, from {path.decide + 1} (after the decision of [path]) to 80",
            found=str(quarters),
            where="quarters",
            remedy=str(error.errors()[0]["msg"]),
        ) from None
    return replace(study, config=study.config.model_copy(update={"path": longer}))


def outlook(
    study: Study, fitted: Calibrated, drawing: Drawing, progress: Progress
) -> dict[str, Any]:
    """What results.json holds of quarters to come; empty for a study without [path] and [talks].

    `entry` and `widening` are of the central numbers, `ensemble` of draws, `rank` of the world
    table under these draws.
    """
    config = study.config
    if config.path is None or config.talks is None or config.entry is None:
        if drawing.draws or drawing.quarters:
            parts(study)
        return {}
    count = config.path.draws if drawing.draws is None else drawing.draws
    found = _central(study, fitted, progress)
    if not count:
        return found
    ensemble = uncertain(study, seed=drawing.seed)
    with drawing.drawn(ensemble, count, progress) as draws:
        found["ensemble"] = summary(study, ensemble, draws)
        if config.path.rank:
            progress("world table", 0, 0)
            found["rank"] = rank_as_data(world(study, draws, config.path.rank), config.path.rank)
    return found


def set_out(study: Study, market: Market) -> Pathway | None:
    """The study's pathway before anything is followed, and its world table's history looked up;
    None without [path] and [talks]. Raises InputError for what is wrong in either."""
    config = study.config
    if config.path is None or config.talks is None or config.entry is None:
        return None
    firms = backed(study, market)
    assert firms is not None
    way = pathway(study, config.path, staged(study, config.entry, market, firms))
    way.plan({})
    if config.path.rank:
        history(study, (config.path.rank.leader, *config.path.rank.rivals), config.path.rank.firm)
        makers = [e.manufacturer for e in config.entry.entrants]
        if config.path.rank.leader not in makers:
            raise InputError.single(
                expected=f"one of the entrants: {', '.join(makers)}",
                found=config.path.rank.leader,
                where="study.toml, path.rank.leader",
                remedy="name the maker that deals may bring further.",
            )
    return way


def _central(study: Study, fitted: Calibrated, progress: Progress) -> dict[str, Any]:
    """Paths at the central numbers, carriers setting prices every quarter; options; a listing."""
    about, talks, part = parts(study)
    way = set_out(study, fitted.market)
    assert way is not None
    partners = partners_of(about, talks)
    makers = [e.manufacturer for e in about.entrants]
    steps = 2 * len(makers)
    found: dict[str, Any] = {
        "quarters": part.quarters,
        "rate": way.rate,
        "launch_cost": way.launch_cost,
        "decide": part.decide,
        "entry": [],
        "widening": [],
    }
    short = way.in_short()
    for k, maker in enumerate(makers):
        progress("paths", k, steps)
        found["entry"].append(entry(way, short, maker, partners))
    found["listing"] = listing(study, way, partners)
    for k, maker in enumerate(makers if len(partners) > 1 else ()):
        progress("paths", len(makers) + k, steps)
        pair = (partners[0], partners[1])
        found["widening"].append(widening(study, short, maker, pair, fitted.quality_error))
    return found
