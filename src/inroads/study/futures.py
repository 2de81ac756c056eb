"""One draw of a study's uncertain inputs: every entrant from quarter to quarter, with its deals and
without, and how far the deals come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from inroads.choice.base import Array
from inroads.dynamics.present_value import Value, value
from inroads.dynamics.record import Path
from inroads.errors import InputError
from inroads.market.vertical import implied_power
from inroads.study.breakdown import odds, state_of
from inroads.study.config import Entry, TalksPart
from inroads.study.firms import backed
from inroads.study.load import Study
from inroads.study.path_config import PathPart
from inroads.study.pathway import Pathway, pathway
from inroads.study.redrawn import Redrawn
from inroads.study.stage import staged
from inroads.study.strategy import partners_of
from inroads.uncertainty.distributions import Triangular

#: what a draw says of each entrant once, and of each of its quarters since the launch
ONCE = ("gain", "launched", "begins", "stops")
QUARTERLY = ("units", "units alone", "share", "share alone", "known", "earned", "in all")
#: the author's range of what carriers count of a subscriber, around what equipment margins imply
SUBSCRIBER = Triangular("subscriber scale", 0.75, 1.0, 1.25)


def named(what: str, maker: str, quarter: int | None = None) -> str:
    """The name of an output."""
    return f"{what}, {maker}" if quarter is None else f"{what}, {maker}, {quarter}"


def change_of(rival: str) -> str:
    """What an entrant's deals do to a rival's units, a quarter."""
    return f"change of {rival}"


@dataclass(frozen=True)
class Futures:
    """A draw -> by entrant, entered alone with all of its partners, and unlocked only.

    Given a launch: `units` a quarter through its partners and in the open channel, `units alone`
    (the open channel only), shares of all sales of the same, `known` (the share of consumers that
    knows its brand), `earned` (dollars, present value of gains less launch costs so far), `gain`
    (dollars, in the first quarter), and the change of rivals' units. With the odds of politics and
    talks: `launched` (1 or 0), `begins` (quarters from the study's date to the launch), `stops`
    (quarters on sale before politics ends it), and `in all`: what is earned so far, launch costs
    spent in any case. Carriers set prices when phones are launched (`Pathway.in_short`).
    """

    redrawn: Redrawn

    @property
    def parts(self) -> tuple[Entry, TalksPart, PathPart]:
        """What the study must say for this."""
        return parts(self.redrawn.study)

    @property
    def rivals(self) -> tuple[str, ...]:
        """Makers whose units are followed too."""
        rank = self.parts[2].rank
        return rank.rivals if rank else ()

    def said(self) -> list[tuple[str, str, int | None]]:
        """What a draw says: what, of which maker, in which quarter after the launch."""
        entry, _, part = self.parts
        quarterly = (*QUARTERLY, *map(change_of, self.rivals))
        found: list[tuple[str, str, int | None]] = []
        for maker in (e.manufacturer for e in entry.entrants):
            found += [(what, maker, None) for what in ONCE]
            found += [(what, maker, q) for what in quarterly for q in range(part.quarters)]
        return found

    def outputs(self) -> tuple[str, ...]:
        """Names of what a draw says."""
        return tuple(named(*each) for each in self.said())

    def __call__(self, x: Mapping[str, float]) -> dict[str, float]:
        """Outputs by name; inputs that are left out have their central values."""
        study, way = self.at(x)
        entry, talks, _ = parts(study)
        deals = dict.fromkeys(partners_of(entry, talks), 0)
        found: dict[str, float] = {}
        for maker in (e.manufacturer for e in entry.entrants):
            alone, through = way.follow(maker, {}), way.follow(maker, deals)
            gain = value(through, alone, maker, way.rate, way.spent(deals))
            luck = (x.get(f"{what} {maker}", 0.5) for what in ("luck", "politics"))
            once, in_all = _fate(study, way, maker, gain, *luck)
            found |= {named(what, maker): v for what, v in once.items()}
            streams = _streams(maker, alone, through, self.rivals)
            streams |= {"earned": gain.cumulative, "in all": in_all}
            found |= {
                named(what, maker, q): float(v)
                for what, stream in streams.items()
                for q, v in enumerate(stream)
            }
        return found

    def at(self, x: Mapping[str, float]) -> tuple[Study, Pathway]:
        """The study and its pathway at these inputs."""
        assumptions = set(self.redrawn.study.tables["assumptions"]["id"])
        assumed = {id: v for id, v in x.items() if id in assumptions}
        tastes = {n.removeprefix("taste "): v for n, v in x.items() if n.startswith("taste ")}
        study, market, error = self.redrawn.at(assumed, tastes)
        entry, _, part = parts(study)
        devices = market.devices.copy()
        for maker in (e.manufacturer for e in entry.entrants):
            own = devices["manufacturer"].eq(maker)
            devices.loc[own, "quality"] += x.get(f"quality {maker}", 0.0) * error[own]
        market = replace(market, devices=devices)
        firms = backed(study, market)
        assert firms is not None
        if (scale := x.get(SUBSCRIBER.name, 1.0)) != 1.0:
            made = market.with_firms(firms.facts.scaled(scale))
            firms = replace(
                firms, market=made, scale=firms.scale * scale, power=implied_power(made)
            )
        return study, pathway(study, part, staged(study, entry, market, firms)).in_short()


def parts(study: Study) -> tuple[Entry, TalksPart, PathPart]:
    """What a study must say for its futures to be drawn; InputError where it does not."""
    config = study.config
    if config.entry is None or config.talks is None or config.path is None:
        raise InputError.single(
            expected="[entry], [firms], [talks] and [path]",
            found="one of them missing",
            where="study.toml",
            remedy="add it: futures are of what entrants' deals bring, quarter by quarter.",
        )
    return config.entry, config.talks, config.path


def _streams(maker: str, alone: Path, through: Path, rivals: tuple[str, ...]) -> dict[str, Array]:
    """What a quarter brings, by what it is (T,)."""
    brands = [brand for brand in through.mean_awareness if through.manufacturers[brand] == maker]
    few, many = alone.sales(), through.sales()
    none, everybody = np.zeros(through.quarters), np.ones(through.quarters)
    changes = {change_of(r): np.asarray(many.get(r, none) - few.get(r, none)) for r in rivals}
    return {
        "units": many[maker].to_numpy(),
        "units alone": few[maker].to_numpy(),
        "share": through.share_of_sales()[maker].to_numpy(),
        "share alone": alone.share_of_sales()[maker].to_numpy(),
        "known": through.mean_awareness[brands].max(axis=1).to_numpy()[:-1]
        if brands
        else everybody,
        **changes,
    }


def _fate(
    study: Study, way: Pathway, maker: str, gain: Value, luck: float, politics: float
) -> tuple[dict[str, float], Array]:
    """How far a maker's deals come, and what they have earned after each quarter if so (T,).

    Deals with all partners stand and fall together, as the least advanced of their talks. Quarters
    on sale before politics ends it are geometric, `politics` being the part of the odds below.
    """
    entry, talks, _ = parts(study)
    risks, partners = odds(study, talks), partners_of(entry, talks)
    chance = min(risks.launch(state_of(study, maker, p)["state"]) for p in partners)
    launched, stops = float(luck < chance), np.inf
    if way.stopped > 0:
        stops = float(np.floor(np.log1p(-politics) / np.log1p(-way.stopped)))
    quarters = np.arange(len(gain.profit))
    on_sale = launched * (quarters < stops)
    # The first launch is paid for before it is known whether it comes about.
    spent = gain.spent * np.where(quarters == 0, 1.0, on_sale)
    realised = replace(gain, profit=gain.profit * on_sale, spent=spent)
    known = {
        "gain": float(gain.profit[0]),
        "launched": launched,
        "begins": float(round(risks.to_launch)),
        "stops": float(min(stops, len(quarters))),
    }
    return known, realised.cumulative
