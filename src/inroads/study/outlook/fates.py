"""What may become of an entrant's deals: which are launched, and for how long they are let be.

Talks with each channel succeed or fail by themselves. Politics is one shock for all of them: what
it stops before the launch it stops everywhere, and what it ends after the launch it ends
everywhere. Hazards are not known, only their ranges, so odds are means over these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from inroads.choice.base import Array
from inroads.dynamics.present_value import EntryValue, discount
from inroads.results.keys import Quantity
from inroads.results.negotiations import NegotiationState
from inroads.study.config.negotiations import NegotiationsPart
from inroads.study.config.path_config import PathPart
from inroads.study.negotiations.deal_hazards import Hazards, negotiation_state, read_hazards
from inroads.study.negotiations.negotiation_results import partners_of
from inroads.study.outlook.path_numbers import outlook_sections
from inroads.tables.quantities import Quantity as Number
from inroads.uncertainty.dependence import Together
from inroads.uncertainty.distributions import Triangular

if TYPE_CHECKING:
    from inroads.study.load import Study
    from inroads.study.outlook.entrant_path import PathModel

# Points of each distribution that odds are a mean over.
_POINTS = 16


@dataclass(frozen=True, kw_only=True)
class Fates:
    """n things that may come about: their probabilities (n,), which of K deals are launched (n, K),
    and the periods that sales then last (n,), the path's T where nothing ends them."""

    probability: Array
    launched: Array
    lasts: Array

    @property
    def any_launched(self) -> float:
        """The probability that a deal is launched."""
        return float(self.probability[self.launched.any(axis=1)].sum())

    def share(self, parts: Array) -> Array:
        """Of what all deals bring, what those launched do (n,)."""
        summed = self.launched @ parts
        several = self.launched.sum(axis=1) > 1
        share = np.where(several, np.minimum(summed, 1.0), summed)
        return np.where(self.launched.all(axis=1), 1.0, share)

    def values(self, gain: EntryValue, parts: Array, *, is_first_paid: bool = True) -> Array:
        """What deals have earned after each period (n, T), present values less launch costs.

        gain: of all deals, launched and let be. parts (K,): the part of it that each deal brings by
        itself.
        is_first_paid: whether the first launches are paid for also where they do not come about.
        """
        T = len(gain.profit)
        on_sale = np.arange(T) < self.lasts[:, None]
        share = self.share(parts)
        counted = self.launched.mean(axis=1)
        earned = share[:, None] * on_sale * discount(gain.profit, gain.rate_per_period)
        paid = counted[:, None] * on_sale
        if is_first_paid:
            paid[:, 0] = 1.0
        spent = paid * discount(gain.spent, gain.rate_per_period, advance=True)
        return np.asarray(np.cumsum(earned - spent, axis=1))


@dataclass(frozen=True, kw_only=True)
class DealFates:
    """What may become of an entrant's deals, in steps: talks may fail; politics may stop what is
    agreed; it may end what is launched. parts (K,): of what all deals bring the entrant, what each
    does alone; partners_parts (K,): of what all bring the partners together."""

    talks: Fates
    let_begin: Fates
    every: Fates
    parts: Array
    partners_parts: Array

    def expected_path(self, gain: EntryValue) -> Array:
        """What deals are expected to have earned after each period (T,)."""
        return np.asarray(self.every.probability @ self.every.values(gain, self.parts))

    def share_on_sale(self, since: int) -> float:
        """The part of what all deals bring that is expected from a period to the end."""
        every = self.every
        periods = np.arange(since, int(every.lasts.max(initial=since + 1)))
        on_sale = (periods < every.lasts[:, None]).mean(axis=1)
        return float(every.probability @ (on_sale * every.share(self.parts)))

    def quantities(self, gain: EntryValue, partners_gain: EntryValue) -> dict[Quantity, float]:
        """From worth if launched to worth at the odds, and the odds that it pays; what the
        partners gain together."""

        def mean(fates: Fates, *, is_first_paid: bool = False) -> float:
            last = fates.values(gain, self.parts, is_first_paid=is_first_paid)[:, -1]
            return float(fates.probability @ last)

        last = self.every.values(gain, self.parts)[:, -1]
        partners = self.every.values(partners_gain, self.partners_parts)[:, -1]
        return {
            Quantity.LAUNCH_ODDS: self.every.any_launched,
            Quantity.VALUE_AT_TALK_ODDS: mean(self.talks),
            Quantity.VALUE_AT_LAUNCH_ODDS: mean(self.let_begin),
            Quantity.VALUE_WHILE_ALLOWED: mean(self.every),
            Quantity.VALUE_AT_ODDS: float(self.every.probability @ last),
            Quantity.PAYS_AT_ODDS: float(self.every.probability @ (last > 0)),
            Quantity.PARTNERS_VALUE_AT_ODDS: float(self.every.probability @ partners),
        }


@dataclass(frozen=True, kw_only=True)
class Odds:
    """The hazards of an entrant's deals, as points and their weights (m,): politics before the
    launch and after it, talks, periods to the launch; and how far each deal has come."""

    weight: Array
    political: Array
    stopped: Array
    breakdown: Array
    to_launch: Array
    states: tuple[NegotiationState, ...]

    def fates(self, periods: int, *, politics: bool = True, stops: bool = True) -> Fates:
        """All that may come about in so many periods, with politics and without it."""
        always = np.ones_like(self.weight)
        let_begin = (1 - self.political) ** self.to_launch if politics else always
        lasting = 1 - self.stopped if politics and stops else always
        held = (1 - self.breakdown) ** self.to_launch
        rows: list[tuple[float, tuple[bool, ...], int]] = []
        for is_open in (True, False):
            politics_so = let_begin if is_open else 1 - let_begin
            for launched in product((True, False), repeat=len(self.states)):
                odds = politics_so
                for state, is_launched in zip(self.states, launched, strict=True):
                    chance = _chance(state, held, is_open)
                    odds = odds * (chance if is_launched else 1 - chance)
                if not odds.any():
                    continue
                if not any(launched):
                    rows.append((float(self.weight @ odds), launched, periods))
                    continue
                for after in range(periods):
                    ends = odds * lasting**after * (1 - lasting)
                    rows.append((float(self.weight @ ends), launched, after))
                rows.append((float(self.weight @ (odds * lasting**periods)), launched, periods))
        possible = [row for row in rows if row[0] > 0]
        probability, launched_rows, lasts = zip(*possible, strict=True)
        return Fates(
            probability=np.array(probability),
            launched=np.array(launched_rows, dtype=float),
            lasts=np.array(lasts, dtype=float),
        )

    def survival(self, periods: int) -> Array:
        """The probability that sales go on after 1, 2, ... periods (T,), given a launch."""
        let_begin = self.weight * (1 - self.political) ** self.to_launch
        after = np.arange(1, periods + 1)[:, None]
        odds = ((1 - self.stopped) ** after) @ let_begin / let_begin.sum()
        return np.asarray(np.minimum(odds, 1.0))


def deal_fates(
    study: Study,
    manufacturer: str,
    *,
    partners: Sequence[str] | None = None,
    model: PathModel | None = None,
) -> DealFates:
    """What may become of an entrant's deals, with the partners of the answer unless others are
    given.

    Parts are gross values of one deal over that of all, on the study's path unless given `model`,
    at the central numbers; the entrant's are between 0 and 1.
    """
    entry, negotiations, path = outlook_sections(study)
    if partners is None:
        partners = partners_of(entry, negotiations)
    odds = read_odds(study, negotiations, path, manufacturer, partners)
    parts = partners_parts = np.ones(1)
    if len(partners) > 1:
        model = model or study.path().with_prices_at_launches()
        every = dict.fromkeys(partners, 0)
        alone = np.array([model.value(manufacturer, {p: 0}).gross for p in partners])
        whole = model.value(manufacturer, every).gross
        parts = np.clip(alone / whole, 0.0, 1.0) if whole > 0 else np.zeros(len(alone))
        alone = np.array(
            [model.joint_value(manufacturer, {p: 0}, partners).gross for p in partners]
        )
        whole = model.joint_value(manufacturer, every, partners).gross
        partners_parts = alone / whole if whole else np.zeros(len(alone))
    return DealFates(
        talks=odds.fates(path.periods, politics=False),
        let_begin=odds.fates(path.periods, stops=False),
        every=odds.fates(path.periods),
        parts=parts,
        partners_parts=partners_parts,
    )


def _chance(state: NegotiationState, held: Array, is_open: bool) -> Array:
    """The probability of a launch, where politics lets it begin or does not."""
    if state in (NegotiationState.LAUNCHED, NegotiationState.COLLAPSED):
        return np.full_like(held, float(state == NegotiationState.LAUNCHED))
    if not is_open:
        return np.zeros_like(held)
    return np.ones_like(held) if state == NegotiationState.AGREED else held


def read_odds(
    study: Study,
    negotiations: NegotiationsPart,
    path: PathPart,
    manufacturer: str,
    channels: Sequence[str],
) -> Odds:
    """The odds of an entrant's deals with channels, over the ranges of what is assumed."""
    hazards = read_hazards(study, negotiations)
    stop = _stop_hazard(study, path)
    ranges: dict[str, Triangular | None] = {
        name: hazards.ranges.get(name) for name in ("political", "breakdown", "to_launch")
    }
    has_range = stop.low is not None and stop.high is not None
    ranges["stopped"] = (
        Triangular("stopped", float(stop.low or 0), stop.value, float(stop.high or 0))
        if has_range
        else None
    )
    numbers = _values(hazards) | {"stopped": stop.value}
    together = _correlation(study, str(negotiations.political_hazard), str(path.stop_hazard))
    u, weight = _grid(together)
    columns = {
        name: np.full(len(weight), numbers[name]) if over is None else over.at(u[name])
        for name, over in ranges.items()
    }
    states = tuple(negotiation_state(study, manufacturer, channel).state for channel in channels)
    return Odds(weight=weight, states=states, **columns)


def _stop_hazard(study: Study, path: PathPart) -> Number:
    if not path.stop_hazard:
        # What is left out of study.toml is no number that goes in.
        return Number(value=0.0, raw=0.0, unit="", kind="given")
    words = study.config.words
    use = f"odds that politics ends sales at {words.channels}"
    return study.facts.resolve(path.stop_hazard, "study.toml: path.stop_hazard", use=use)


def _values(hazards: Hazards) -> dict[str, float]:
    return {
        "political": hazards.political,
        "breakdown": hazards.breakdown,
        "to_launch": hazards.to_launch,
    }


def _correlation(study: Study, one: str, other: str) -> float:
    """Of two assumptions that study.toml refers to, as far as it says that they go together."""
    for group in study.config.together:
        if {one.lstrip("@"), other.lstrip("@")} <= set(group.assumptions):
            return group.correlation
    return 0.0


def _grid(together: float) -> tuple[Mapping[str, Array], Array]:
    """Points in (0, 1) of four inputs (m,), of which politics' two hang together, and weights."""
    nodes, weights = np.polynomial.legendre.leggauss(_POINTS)
    u, w = (1 + nodes) / 2, weights / 2
    grids = [axis.ravel() for axis in np.meshgrid(u, u, u, u, indexing="ij")]
    weight = np.prod([axis.ravel() for axis in np.meshgrid(w, w, w, w, indexing="ij")], axis=0)
    political, stopped, breakdown, to_launch = grids
    pair = Together.uniforms(np.column_stack([political, stopped]), together)
    columns = {
        "political": pair[:, 0],
        "stopped": pair[:, 1],
        "breakdown": breakdown,
        "to_launch": to_launch,
    }
    return columns, weight
