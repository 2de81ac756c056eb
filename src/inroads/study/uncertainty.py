"""How sure a study's headline is: its uncertain inputs, and what one draw of them comes to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from inroads.errors import InputError
from inroads.scenario.chain import chain
from inroads.scenario.ensemble import Ensemble
from inroads.scenario.market import Market
from inroads.scenario.moves import Campaign, Deal, Launch
from inroads.scenario.sources import Normal, Source, Triangular, Uniform
from inroads.study.bare import number
from inroads.study.breakdown import odds, state_of
from inroads.study.config import Entrant, Entry, TalksPart
from inroads.study.firms import backed
from inroads.study.load import Study
from inroads.study.redrawn import Redrawn, redrawn
from inroads.study.stage import staged
from inroads.study.strategy import partners_of
from inroads.study.talks import units_by_maker
from inroads.tables.cells import parse_reference

#: what a draw says of each entrant, the maker's name after it
OUTPUTS = ("units alone", "units", "multiple", "gain", "launched", "value")
#: the author's range of what carriers count of a subscriber, around what equipment margins imply
SUBSCRIBER = Triangular("subscriber scale", 0.75, 1.0, 1.25)
_SCALE = SUBSCRIBER.name


@dataclass(frozen=True)
class Headline:
    """One draw of a study's uncertain inputs -> each entrant through its partners, and unlocked.

    With strategic=False prices stay at list, a maker keeping its margin of what it is paid net of
    the open channel's fee, at carriers too; otherwise prices and terms are solved for, with all
    deals of an entrant at once, entered alone.
    """

    redrawn: Redrawn
    strategic: bool

    def __call__(self, x: Mapping[str, float]) -> dict[str, float]:
        """By output and maker; units and gain (dollars) a quarter, value in dollars.

        value: the gain over the quarters on sale, undiscounted, if the deals are launched, less the
        launch cost, which is spent whether or not they are.
        """
        parts = _parts(self.redrawn.study)
        assumptions = set(self.redrawn.study.tables["assumptions"]["id"])
        assumed = {id: value for id, value in x.items() if id in assumptions}
        tastes = {n.removeprefix("taste "): v for n, v in x.items() if n.startswith("taste ")}
        study, market, error = self.redrawn.at(assumed, tastes)
        devices = market.devices.copy()
        for entrant in parts[0].entrants:
            own = devices["maker"].eq(entrant.manufacturer)
            z = x.get(f"quality {entrant.manufacturer}", 0.0)
            devices.loc[own, "quality"] += z * error[own]
        market = replace(market, devices=devices)
        play = self._strategic if self.strategic else self._listed
        found: dict[str, float] = {}
        for maker, (few, many, gain) in play(study, market, x.get(_SCALE, 1.0)).items():
            lucky, value = _worth(study, parts, maker, gain, x.get(f"luck {maker}", 0.5))
            multiple = many / few if few else np.nan
            row = (few, many, multiple, gain, lucky, value)
            found |= {f"{name} {maker}": v for name, v in zip(OUTPUTS, row, strict=True)}
        return found

    def _listed(
        self, study: Study, market: Market, scale: float
    ) -> dict[str, tuple[float, float, float]]:
        entry, talks = _parts(study)
        reached = number(study, entry.awareness, "awareness that a carrier's campaign brings")
        firms = study.config.firms
        assert firms is not None
        kept = number(study, firms.margin, "margin of makers")
        kept *= 1 - number(study, firms.fee, "fee in the open channel")
        found = {}
        for entrant in entry.entrants:
            alone = market.after(*(Launch(d) for d in entrant.flagships))
            through = _through(alone, entrant, partners_of(entry, talks), reached)
            (few, low), (many, high) = (_sold(m, entrant.manufacturer) for m in (alone, through))
            found[entrant.manufacturer] = (few, many, kept * (high - low))
        return found

    def _strategic(
        self, study: Study, market: Market, scale: float
    ) -> dict[str, tuple[float, float, float]]:
        entry, talks = _parts(study)
        firms = backed(study, market)
        assert firms is not None
        made = chain(market, firms.chain.firms.scaled(scale))
        firms = replace(firms, chain=made, scale=firms.scale * scale, power=made.implied_power())
        stage = staged(study, entry, market, firms)
        found = {}
        for maker in (e.manufacturer for e in entry.entrants):
            alone = stage.settled({maker: ()})
            deal = stage.settled({maker: partners_of(entry, talks)})
            few, many = (float(units_by_maker(s)[maker]) for s in (alone, deal))
            found[maker] = (few, many, float(deal.profits[maker] - alone.profits[maker]))
        return found


def uncertain(study: Study, *, strategic: bool = False, seed: int = 0) -> Ensemble:
    """The ensemble of a study's headline; `[entry]`, `[firms]` and `[talks]` must be there.

    Inputs: the tastes, by the calibration's covariance; every assumption that study.toml varies,
    that says how an entrant's brand is known, or when and at what cost deals are launched,
    triangular on its range; the quality of each entrant's devices, by the hedonic line's error;
    each entrant's luck, which politics and talks ask for; when strategic, `SUBSCRIBER`.
    """
    entry, _ = _parts(study)
    makers = [e.manufacturer for e in entry.entrants]
    made = redrawn(study)
    calibration = made.fitted.calibration
    tastes = [f"taste {name}" for name in calibration.names]
    sources: list[Source] = [
        Normal.of(tastes, np.zeros(len(tastes)), calibration.covariance),
        *_assumptions(study),
        *(Normal((f"quality {maker}",), (0.0,), ((1.0,),)) for maker in makers),
        *(Uniform(f"luck {maker}", 0.0, 1.0) for maker in makers),
    ]
    if strategic:
        sources.append(SUBSCRIBER)
    outputs = tuple(f"{name} {maker}" for maker in makers for name in OUTPUTS)
    about = f"{study.config.study.name} at {study.as_of}, {_hash(study, calibration.value)}"
    about += ", prices and terms solved for" if strategic else ", list prices"
    return Ensemble(tuple(sources), Headline(made, strategic), outputs, about, seed)


def _parts(study: Study) -> tuple[Entry, TalksPart]:
    config = study.config
    if config.entry is None or config.talks is None or config.firms is None:
        raise InputError.single(
            expected="[entry], [firms] and [talks]",
            found="one of them missing",
            where="study.toml",
            remedy="add it: an ensemble is about what entrants' deals bring.",
        )
    return config.entry, config.talks


def _assumptions(study: Study) -> list[Triangular]:
    """What is drawn from assumptions' ranges, in the order of assumptions.csv.

    A target's own value is left out: its error is in the covariance of the tastes already.
    """
    entry, talks = _parts(study)
    makers = {e.manufacturer for e in entry.entrants}
    devices = study.tables["devices"]
    brands = set(devices.loc[devices["maker"].isin(makers), "brand"])
    cells = [c for brand, c in study.config.consumers.awareness.items() if brand in brands]
    cells += [talks.political, talks.own, talks.launch_cost, talks.to_launch, talks.on_sale]
    wanted = {*entry.vary, *talks.vary}
    wanted |= {id for cell in cells for id in parse_reference(str(cell)) or ()}
    fitted = study.tables["targets"]
    wanted -= {id for cell in fitted["value"] for id in parse_reference(str(cell)) or ()}
    rows = study.tables["assumptions"].to_dict("records")
    return [
        Triangular(str(r["id"]), *(float(r[side]) for side in ("low", "value", "high")))
        for r in rows
        if r["id"] in wanted
    ]


def _through(alone: Market, entrant: Entrant, partners: tuple[str, ...], reached: float) -> Market:
    devices = entrant.flagships
    brands = dict.fromkeys(str(alone.devices.loc[d, "brand"]) for d in devices)
    market = alone.after(*(Deal(entrant.manufacturer, p, devices) for p in partners))
    known = market.consumers.awareness
    # A campaign makes no brand less known than it is.
    return market.after(*(Campaign(b, max(reached, float(known[b].max()))) for b in brands))


def _sold(market: Market, maker: str) -> tuple[float, float]:
    """Units and consumers' spending at list prices of a maker, a quarter."""
    outcome = market.solve()
    own = outcome.market.table["maker"].eq(maker).to_numpy()
    units = outcome.solution.unwrap()[own] * market.size
    prices = outcome.market.table["price"].to_numpy(float)[own]
    return float(units.sum()), float(units @ prices)


def _worth(
    study: Study, parts: tuple[Entry, TalksPart], maker: str, gain: float, luck: float
) -> tuple[float, float]:
    """Whether a maker's deals are launched (1 or 0), and what they come to in dollars.

    Deals with all partners stand and fall together, as the least advanced of their talks.
    """
    entry, talks = parts
    risks, partners = odds(study, talks), partners_of(entry, talks)
    chance = min(risks.launch(state_of(study, maker, p)["state"]) for p in partners)
    lucky = float(luck < chance)
    return lucky, lucky * gain * risks.on_sale - risks.launch_cost * len(partners)


def _hash(study: Study, tastes: np.ndarray) -> str:
    """Of everything that the study reads."""
    found = hashlib.sha256(study.config.model_dump_json().encode())
    for name, table in sorted(study.tables.items()):
        text = pd.DataFrame(table).to_csv(index=False, lineterminator="\n")
        found.update(f"{name}\n{text}".encode())
    # To nine digits: the last ones depend on the machine's BLAS.
    found.update(" ".join(f"{value:.9g}" for value in tastes).encode())
    return found.hexdigest()
