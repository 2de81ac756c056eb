"""How sure a study's answer is: its uncertain inputs, drawn all at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pydantic import BaseModel

from inroads.choice.base import Array
from inroads.results.keys import InputKind
from inroads.study.demand.estimated_tastes import EstimatedTastes, label
from inroads.study.market.recalibration import linear_recalibration
from inroads.study.outlook.draw_model import (
    MEMBER_VALUE_RANGE,
    POLITICS,
    DrawModel,
    column,
    talk_luck,
)
from inroads.study.outlook.fates import deal_fates
from inroads.study.outlook.path_numbers import outlook_sections
from inroads.tables.cells import parse_reference
from inroads.uncertainty.dependence import Together
from inroads.uncertainty.distributions import Normal, Source, Triangular, Uniform
from inroads.uncertainty.ensemble import Ensemble

if TYPE_CHECKING:
    from inroads.study.load import Study


def uncertain(study: Study, *, seed: int = 0) -> Ensemble:
    """The ensemble of the futures of a study that has [entry], [firms], [negotiations] and [path].

    Inputs: the tastes, by the calibration's covariance, and where the study rests on an estimate
    those of it, by its own; every assumption that study.toml varies,
    that says how an entrant's brand is known and by whom, when and at what cost deals are launched,
    or what happens from period to period, triangular on its range; the quality of each entrant's
    products, by the error of what they share and by each one's own; where past launches are known,
    how far launches on the whole are from what they say, each entrant's launch from these, and its
    standing at each channel; what channels count of a member's value; the luck of each talk, and of
    politics, which is one for all. Assumptions that study.toml says go together are drawn together.
    """
    entry, negotiations, path = outlook_sections(study)
    has_politics = bool(path.stop_hazard or negotiations.political_hazard)
    manufacturers = [e.manufacturer for e in entry.entrants]
    recalibration = linear_recalibration(study)
    calibration = recalibration.fitted.calibration
    draw_model = DrawModel(recalibration, {m: deal_fates(study, m) for m in manufacturers})
    qualities = [key.column for key in draw_model.quality_keys()]
    tastes = [column(InputKind.TASTE, name) for name in calibration.names]
    sources: list[Source] = [
        *_normal(tastes, calibration.covariance),
        *(_of_estimate(study.estimate) if study.estimate else ()),
        *_together(study, list(drawn_assumptions(study).values())),
        *((MEMBER_VALUE_RANGE,) if study.config.firms and study.config.firms.channel else ()),
        *(Normal((name,), (0.0,), ((1.0,),)) for name in qualities),
        *(
            Uniform(talk_luck(m, partner).column, 0.0, 1.0)
            for m in manufacturers
            for partner in draw_model.partners
        ),
        *([Uniform(POLITICS.column, 0.0, 1.0)] if has_politics else []),
        *(Uniform(key.column, 0.0, 1.0) for key in draw_model.shelf_keys()),
    ]
    about = f"{study.config.study.name} at {study.as_of}, {_hash(study, calibration.value)}"
    return Ensemble(
        sources=tuple(sources),
        function=draw_model,
        outputs=draw_model.outputs(),
        about=about,
        seed=seed,
    )


def _of_estimate(estimate: EstimatedTastes) -> tuple[Normal, ...]:
    names = [column(InputKind.ESTIMATE, str(name)) for name in estimate.covariance.index]
    return _normal(names, estimate.covariance.to_numpy(float))


def _normal(names: list[str], covariance: Array) -> tuple[Normal, ...]:
    """Deviations with this covariance, as one source; none of nothing."""
    return (Normal.of(names, np.zeros(len(names)), covariance),) if names else ()


def drawn_assumptions(study: Study) -> dict[str, Triangular]:
    """What is drawn from assumptions' ranges, by id, in the order of assumptions.csv.

    A target's own value is left out: its error is in the covariance of the tastes already. So are
    periods on sale: periods are followed one by one.
    """
    entry, negotiations, path = outlook_sections(study)
    manufacturers = {e.manufacturer for e in entry.entrants}
    products = study.tables["products"]
    brands = set(products.loc[products["manufacturer"].isin(manufacturers), "brand"])
    cells = [c for brand, c in study.config.consumers.awareness.items() if brand in brands]
    cells += [
        c
        for brand, at in study.config.consumers.awareness_at.items()
        for c in at.values()
        if brand in brands
    ]
    if selective := study.config.consumers.selective:
        cells += [selective.sigma, selective.rho]
    cells += [
        negotiations.political_hazard or 0.0,
        negotiations.breakdown_hazard,
        negotiations.channel_weight or 0.0,
        negotiations.launch_cost,
        negotiations.periods_to_launch,
    ]
    # Neither a listing nor the world table goes into a draw.
    cells += _cells(path.model_copy(update={"listing": None, "rank": None}))
    varied = {*entry.vary, *negotiations.vary}
    varied |= {id for cell in cells for id in parse_reference(str(cell)) or ()}
    fitted = study.tables["targets"]
    left_out = [*fitted["value"], negotiations.periods_on_sale]
    varied -= {id for cell in left_out for id in parse_reference(str(cell)) or ()}
    rows = study.tables["assumptions"].to_dict("records")
    return {
        str(r["id"]): Triangular(
            column(InputKind.ASSUMPTION, str(r["id"])),
            *(float(r[side]) for side in ("low", "value", "high")),
        )
        for r in rows
        if r["id"] in varied
    }


def input_labels(study: Study) -> dict[str, str]:
    """What tastes, estimates and assumptions are called, by name: the label of their target, or
    what study.toml uses them for."""
    ledger = study.facts.ledger()
    used = ledger[ledger["where"].str.startswith("study.toml") & ledger["use"].ne("")]
    uses = dict(zip(used["id"][::-1], used["use"][::-1], strict=True))
    estimated = {name: label(name) for name in study.estimate.used} if study.estimate else {}
    return uses | estimated | dict(study.calibrated.labels)


def _together(study: Study, alone: list[Triangular]) -> list[Triangular | Together]:
    """The same inputs, those that hang together as one source, in the place of the first."""
    by_id = {one.name: one for one in alone}
    sources: list[Triangular | Together] = []
    grouped: set[str] = set()
    groups = [
        ([column(InputKind.ASSUMPTION, id) for id in group.assumptions], group.correlation)
        for group in study.config.together
    ]
    for one in alone:
        group = next((g for g in groups if one.name in g[0]), None)
        if one.name in grouped:
            continue
        each = tuple(by_id[name] for name in group[0] if name in by_id) if group else ()
        if group is None or len(each) < 2:
            sources.append(one)
            continue
        grouped |= {part.name for part in each}
        sources.append(Together(each, group[1]))
    return sources


def _cells(part: BaseModel) -> Iterator[str]:
    """Every entry of a part of study.toml, as text."""
    for _, value in part:
        if isinstance(value, BaseModel):
            yield from _cells(value)
        else:
            yield from map(str, value) if isinstance(value, tuple) else (str(value),)


def _hash(study: Study, tastes: np.ndarray) -> str:
    """Of everything that futures hang on: all that the study reads but the nouns of its page, and
    what firms may choose among."""
    left_out = {"words", "plan"}
    digest = hashlib.sha256(study.config.model_dump_json(exclude=left_out).encode())
    digest.update((study.estimate.digest if study.estimate else "").encode())
    for name, table in sorted(study.tables.items()):
        text = pd.DataFrame(table).to_csv(index=False, lineterminator="\n")
        digest.update(f"{name}\n{text}".encode())
    # To nine digits: the last ones depend on the machine's BLAS.
    digest.update(" ".join(f"{value:.9g}" for value in tastes).encode())
    return digest.hexdigest()
