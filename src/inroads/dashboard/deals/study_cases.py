"""A study's cases solved: at list prices, with firms that answer, and from period to period."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from inroads.dashboard.deals.cases import Case, possible_partners
from inroads.dashboard.deals.outcomes import Outcome
from inroads.errors import refuse
from inroads.market.moves import Move
from inroads.results.keys import Quantity
from inroads.results.negotiations import Prospect
from inroads.study.market.build_market import resolve_number
from inroads.study.negotiations.deal_hazards import prospect
from inroads.study.negotiations.entry_game import EntryGame, awareness
from inroads.study.negotiations.negotiations import negotiation
from inroads.study.negotiations.networks import together
from inroads.study.outlook.fates import deal_fates
from inroads.study.scenario_list import entry_moves, seen_elsewhere

if TYPE_CHECKING:
    from inroads.study.load import Study

#: cases whose numbers are kept, so that going back is at once
_MOST_ANSWERS = 32
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Network:
    """The entrant's deals, and those that it could make or leave one at a time.

    Parameters
    ----------
    deals : DataFrame
        A row a channel: whether the deal is made, and what making it, beside the others, changes of
        the entrant's and the channel's profit.
    undone_by : str
        What undoes the deals: a channel that is left or joined, "surplus" where a bargain has
        nothing to split, "" where nobody gains by a change.
    """

    deals: pd.DataFrame
    undone_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Worth:
    """The deals over the periods to come, present values in dollars, launch costs paid.

    if_launched: were all launched at once and let be; at_odds: at the odds of talks and
    politics, partners_at_odds: to the partners together;
    launch_odds: that at least one is launched; pays: that they pay, at the odds; cumulative: after
    each period, were all launched.
    """

    periods: int
    if_launched: float
    at_odds: float
    partners_at_odds: float
    launch_odds: float
    pays: float
    cumulative: tuple[float, ...]


@dataclass(frozen=True)
class StudyCases:
    """A study whose cases are asked for; answers are kept."""

    study: Study
    _answers: dict[object, Any] = field(default_factory=dict, repr=False)

    def study_of(self, case: Case) -> Study:
        """The study under the case's assumptions."""
        if not case.assumed:
            return self.study
        return self._once(
            ("study", case.assumed), lambda: self.study.with_assumptions(dict(case.assumed))
        )

    def game_of(self, case: Case) -> EntryGame:
        """The entry game of a case: its assumptions, products, tariff and financing."""
        key = ("game", case.assumed, case.entrant, case.products, case.months, case.down)
        tried = (case.tariff, case.taxed, case.partners if case.months or case.down else ())

        def game() -> EntryGame:
            chosen = self.study_of(case).negotiation().with_products(case.entrant, case.products)
            return chosen.with_policy(case.policy) if case.is_of_one_period else chosen

        return self._once((*key, *tried), game)

    def list_price_moves(self, case: Case, partners: Sequence[str]) -> list[Move]:
        """What the entrant does at list prices."""
        study, entry = self.study_of(case), self.study.config.entry
        assert entry is not None
        market = study.market()
        moves = entry_moves(
            market,
            {case.entrant: case.products},
            partners,
            awareness(study, entry),
            seen_elsewhere=seen_elsewhere(entry, partial(resolve_number, study)),
        )
        return moves + (case.financing(market) if partners else [])

    def at_list_prices(self, case: Case) -> Outcome:
        """The case while nobody answers; tariffs then change nothing."""

        def outcome() -> Outcome:
            market = self.study_of(case).market()
            before, after = (
                market.after(*self.list_price_moves(case, partners)).solve()
                for partners in ((), case.partners)
            )
            return Outcome(case=case, before=before, after=after)

        return self._once(("list", case), outcome)

    def solve(self, case: Case) -> Outcome:
        """The equilibrium of a case: channels set prices, entrant and partners bargain.

        Raises InputError for a study without [firms], ConvergenceError where there is none.
        """

        def outcome() -> Outcome:
            game = self.game_of(case)
            terms = case.terms(game)
            before, after = (
                game.solve({case.entrant: partners}, terms=terms)
                for partners in ((), case.partners)
            )
            return Outcome(case=case, before=before, after=after)

        return self._once(("solve", case), outcome)

    def network(self, case: Case) -> Network:
        """Whether the deals hold against one that is left, or one more that is made."""

        def network() -> Network:
            game, entrant = self.game_of(case), case.entrant
            terms = case.terms(game)
            channels = tuple(dict.fromkeys([*possible_partners(self.study), *case.partners]))
            now = np.array([c in case.partners for c in channels])
            around = [now ^ (np.arange(len(channels)) == k) for k in range(len(channels))]
            active = np.array([*around, now])
            equilibria = [
                game.solve(
                    {entrant: tuple(c for c, on in zip(channels, row, strict=True) if on)},
                    terms=terms,
                )
                for row in active
            ]
            solved = together(tuple((entrant, c) for c in channels), active, equilibria)
            profits = equilibria[-1].profits
            rows = []
            for k, channel in enumerate(channels):
                # What the deal changes: from without it to with it.
                sign = 1.0 if now[k] else -1.0
                change = sign * (profits - equilibria[k].profits)
                rows.append((channel, now[k], change[entrant], change[channel]))
            columns = ["channel", "made", "entrant_change", "channel_change"]
            blocking = solved.networks.blocking_move(len(channels))
            undone = ""
            if blocking is not None:
                undone = "surplus" if blocking.kind == "no surplus" else channels[blocking.link]
            return Network(
                deals=pd.DataFrame(rows, columns=columns).set_index("channel"), undone_by=undone
            )

        return self._once(("network", case), network)

    def prospects(self, case: Case) -> tuple[Prospect, ...]:
        """What each deal by itself is expected to bring, given how far its talks have come.

        Raises InputError for a study without [negotiations].
        """
        part = self.study.config.negotiations
        if part is None:
            raise _without("[negotiations]", "it says how far talks are, and what may end them")

        def prospects() -> tuple[Prospect, ...]:
            game, study = self.game_of(case), self.study_of(case)
            terms = case.terms(game)
            return tuple(
                prospect(study, part, negotiation(game, case.entrant, partner, terms=terms))
                for partner in case.partners
            )

        return self._once(("prospects", case), prospects)

    def worth(self, case: Case) -> Worth:
        """What the deals are worth over the periods to come, were they made now.

        Raises InputError for a study without [path], for a case without partners, and for one with
        fees, a tariff or financing, of which the periods to come know nothing.
        """
        if self.study.config.path is None:
            raise _without("[path]", "it says what happens from period to period")
        if not case.can_be_followed:
            raise refuse(
                expected="partners, linear wholesale prices, no tariff, partners' own financing",
                found="no partners" if not case.partners else "another case",
                where="worth over the periods to come",
                remedy="periods to come know nothing else; move it back to see their worth.",
            )

        def worth() -> Worth:
            study, game = self.study_of(case), self.game_of(case)
            path = study.path().with_game(game, case.terms(game)).with_prices_at_launches()
            deals = dict.fromkeys(case.partners, 0)
            gain = path.value(case.entrant, deals)
            partners_gain = path.joint_value(case.entrant, deals, case.partners)
            fates = deal_fates(study, case.entrant, partners=case.partners, model=path)
            odds = fates.quantities(gain, partners_gain)
            return Worth(
                periods=path.part.periods,
                if_launched=gain.net,
                at_odds=odds[Quantity.VALUE_AT_ODDS],
                partners_at_odds=odds[Quantity.PARTNERS_VALUE_AT_ODDS],
                launch_odds=odds[Quantity.LAUNCH_ODDS],
                pays=odds[Quantity.PAYS_AT_ODDS],
                cumulative=tuple(map(float, gain.cumulative)),
            )

        return self._once(("worth", case), worth)

    def ledger(self, case: Case) -> pd.DataFrame:
        """Where each number comes from, those that were moved at the case's value."""
        ledger = self.study.facts.ledger()
        moved = ledger["id"].map(dict(case.assumed))
        return ledger.assign(
            value=moved.where(moved.notna(), ledger["value"]),
            kind=ledger["kind"].where(moved.isna(), "moved here"),
        )

    def _once(self, key: object, make: Callable[[], T]) -> T:
        if key not in self._answers:
            while len(self._answers) >= _MOST_ANSWERS:
                self._answers.pop(next(iter(self._answers)), None)
            self._answers[key] = make()
        answer: T = self._answers[key]
        return answer


def _without(part: str, why: str) -> Exception:
    return refuse(
        expected=f"a part {part}: {why}",
        found="none",
        where="study.toml",
        remedy="add it; `inroads new DIR --full` writes a study that has every part.",
    )
