"""What may become of a strategy: talks succeed or fail, politics lets sales go on or ends them.

Politics is one clock for all deals: its hazard before a launch runs while a firm waits and talks,
the other from the first launch on. Talks succeed or fail by themselves. Probabilities give the
worth that is expected; with luck drawn the same sums are what comes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from inroads.choice.base import Array
from inroads.plans.clauses import Clauses
from inroads.plans.deal_sales import clause_effects
from inroads.plans.paths import DealSales, Played
from inroads.plans.strategies import Strategy
from inroads.study.negotiations.deal_hazards import negotiation_state, read_hazards
from inroads.study.outlook.draw_model import POLITICS, talk_luck
from inroads.study.outlook.entrant_path import has_left
from inroads.study.outlook.path_numbers import outlook_sections

if TYPE_CHECKING:
    from inroads.study.load import Study


@dataclass(frozen=True, kw_only=True)
class Chances:
    """Of a firm's deals at one draw.

    talks: by partner, the probability that talks end in a deal; political, stopped: hazards a
    period, before the first launch and after it; to_launch: periods from the talks to a launch.
    politics: the luck drawn, below the odds of what it lets happen; None for the odds themselves.
    """

    talks: Mapping[str, float]
    political: float
    stopped: float
    to_launch: float
    politics: float | None = None

    def happens(self, odds: Array | float) -> Array:
        """Odds that politics lets something be, or whether it does (0 or 1)."""
        odds = np.asarray(odds, dtype=float)
        return odds if self.politics is None else np.asarray(self.politics < odds, dtype=float)

    def on_sale(self, begins: int, periods: int) -> Array:
        """Of each period (T,), that politics lets deals stand which begin in one."""
        after = np.arange(periods) - begins
        odds = self._launched(begins) * (1 - self.stopped) ** np.maximum(after + 1, 0)
        return np.where(after >= 0, self.happens(odds), 0.0)

    def prepared(self, begins: int, launch: int) -> float:
        """That a launch is paid for: what politics has ended by then is not."""
        if launch == begins:
            return float(self.happens((1 - self.political) ** begins))
        still = (1 - self.stopped) ** (launch - begins)
        return float(self.happens(self._launched(begins) * still))

    def _launched(self, begins: int) -> float:
        return float((1 - self.political) ** (self.to_launch + begins))


def chances(
    study: Study, played: Played, x: Mapping[str, float], *, is_drawn: bool = False
) -> Chances:
    """Of the partners of a firm, at the odds of a draw, or with its luck."""
    negotiations = outlook_sections(study)[1]
    hazards, choices = read_hazards(study, negotiations), played.choices
    talks = {}
    for partner in choices.partners:
        maker, channel = played.pair(partner)
        state = negotiation_state(study, maker, channel).state
        odds = hazards.launch(state, political=0.0)
        luck = x.get(talk_luck(maker, channel).column, 0.5)
        talks[partner] = float(luck < odds) if is_drawn else odds
    return Chances(
        talks=talks,
        political=hazards.political,
        stopped=played.model.stopped,
        to_launch=hazards.to_launch,
        politics=x.get(POLITICS.column, 0.5) if is_drawn else None,
    )


def worth(played: Played, strategy: Strategy, odds: Chances) -> float:
    """What a strategy is worth to the firm against no deal, dollars at the present.

    Each set of its deals comes about with its probability and then earns what this set does. The
    first launch at a channel is paid for as soon as it is prepared, whether or not talks succeed;
    later ones, and campaigns, where the deal stands and the channel has kept the products.
    """
    model, choices = played.model, played.choices
    periods, rate = model.part.periods, model.rate_per_period
    late = played.discounts
    on_sale = odds.on_sale(strategy.begins, periods)
    total = 0.0
    for n in range(1, len(strategy.partners) + 1):
        for group in combinations(strategy.partners, n):
            chance = _chance(odds, strategy, group)
            if chance > 0:
                total += chance * float((on_sale * late) @ played.gain(strategy.only(group)))
    for partner, launch in strategy.launches:
        again = [
            q
            for q in model.launches(launch)
            if q != launch and not has_left(played.path(strategy), partner, q)
        ]
        stands = {q: odds.talks[partner] * on_sale[q] for q in (launch, *again)}
        if not choices.is_channel:
            prepared = odds.prepared(strategy.begins, launch) / (1 + rate) ** launch
            later = sum(stands[q] / (1 + rate) ** q for q in again)
            total -= model.launch_cost * (prepared + later)
        pays = strategy.paid_by == ("channel" if choices.is_channel else "manufacturer")
        if pays and choices.campaign_cost:
            runs = sum(chance / (1 + rate) ** q for q, chance in stands.items())
            total -= strategy.campaign * choices.campaign_cost * runs
    return total


def clauses_worth(
    played: Played,
    strategy: Strategy,
    clauses: Clauses,
    agreed: Mapping[str, DealSales],
    odds: Chances,
) -> tuple[float, float]:
    """What clauses of a strategy's deals bring the firm before they are paid for, and its part of
    what they bring both sides, by the weights of the bargain, dollars at the present.

    agreed: by partner, the sales that they are agreed on.
    """
    choices = played.choices
    still = odds.on_sale(strategy.begins, played.model.part.periods) * played.discounts
    own = fair = 0.0
    for n in range(1, len(strategy.partners) + 1):
        for group in combinations(strategy.partners, n):
            chance = _chance(odds, strategy, group)
            for partner in group if chance > 0 else ():
                deals = strategy.only(group)
                effects = clause_effects(played, deals, partner, clauses, agreed[partner])
                weight = played.model.game.terms.channel_weight(*played.pair(partner))
                side = effects.channel if choices.is_channel else effects.manufacturer
                part = weight if choices.is_channel else 1 - weight
                own += chance * float(still @ side)
                fair += chance * part * float(still @ effects.joint)
    return own, fair


def launched(played: Played, strategy: Strategy, odds: Chances) -> float:
    """Launches of a strategy's deals that come about, each discounted to the present."""
    on_sale = odds.on_sale(strategy.begins, played.model.part.periods)
    rate = played.model.rate_per_period
    return float(sum(odds.talks[p] * on_sale[q] / (1 + rate) ** q for p, q in strategy.launches))


def units_at_odds(played: Played, strategy: Strategy, partner: str, odds: Chances) -> float:
    """Units of a partner's deal at the odds that it stands, those of a later period discounted as
    its money is."""
    on_sale = odds.on_sale(strategy.begins, played.model.part.periods)
    late = on_sale * played.discounts
    others = [p for p in strategy.partners if p != partner]
    groups = [(partner, *g) for n in range(len(others) + 1) for g in combinations(others, n)]
    return sum(
        _chance(odds, strategy, group) * float(late @ played.units(strategy.only(group), partner))
        for group in groups
    )


def _chance(odds: Chances, strategy: Strategy, group: tuple[str, ...]) -> float:
    """That exactly these of a strategy's talks succeed."""
    return float(
        np.prod([odds.talks[p] if p in group else 1 - odds.talks[p] for p in strategy.partners])
    )
