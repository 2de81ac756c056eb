"""The industry in which entrants talk to channels: who launches what, who has a deal, who knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.market.equilibrium import Equilibrium
from inroads.market.market import Market, Pair
from inroads.market.moves import Campaign, Deal, Launch
from inroads.market.pricing import BargainingTerms, Vertical
from inroads.market.vertical import with_terms
from inroads.study.config.entry import Entrant, Entry
from inroads.study.market.build_market import resolve_number
from inroads.study.market.firms import CalibratedFirms

if TYPE_CHECKING:
    from inroads.study.load import Study

#: channels each entrant has a deal with
Deals = Mapping[str, Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class EntryGame:
    """A study's market with its firms, and the entrants that may come into it.

    Equilibria are kept: asked again, they are not solved again.

    Parameters
    ----------
    market : Market
        Calibrated, without entrants.
    firms : CalibratedFirms
        The firms behind it.
    entrants : tuple of Entrant
        Who may come in, with which products.
    awareness : float
        The share that knows an entrant's brand once a channel sells it.
    weight : float, optional
        Of channels in bargains with entrants; as present terms imply unless given.
    policy : callable
        What is done to the market when entrants are on its shelves; nothing unless given.
    """

    market: Market
    firms: CalibratedFirms
    entrants: tuple[Entrant, ...]
    awareness: float
    weight: float | None = None
    policy: Callable[[Market], Market] = lambda market: market
    _equilibria: dict[object, Equilibrium] = field(default_factory=dict, repr=False)

    def with_market(self, market: Market) -> EntryGame:
        """The same with another market (of the same offers), terms standing as they are."""
        return replace(self, market=market, _equilibria={})

    def with_policy(self, policy: Callable[[Market], Market]) -> EntryGame:
        """The same with something done to every offer, entrants' too, terms standing."""
        return replace(self, policy=policy, _equilibria={})

    def with_awareness(self, awareness: float) -> EntryGame:
        """The same with another awareness through channels; what has no deal is not solved anew."""
        without_deals = {key: e for key, e in self._equilibria.items() if e.links.empty}
        return replace(self, awareness=awareness, _equilibria=without_deals)

    @property
    def terms(self) -> BargainingTerms:
        """How entrants bargain, unless asked otherwise."""
        return BargainingTerms(self.firms.central if self.weight is None else self.weight)

    def entrant(self, manufacturer: str) -> Entrant:
        """The entrant of that name."""
        return next(e for e in self.entrants if e.manufacturer == manufacturer)

    def industry(
        self, deals: Deals, *, further_products: bool = False, terms: BargainingTerms | None = None
    ) -> Market:
        """Entrants (the keys of `deals`) launch in the open channel and sell at their channels.

        Present manufacturers' terms stand; entrants' are bargained over. A channel's deal makes the
        brand known; where the last of an entrant's deals breaks down it stays as little known as it
        was.
        """
        market, names = self._standing(), {}
        launched: dict[str, tuple[str, ...]] = {}
        for manufacturer, channels in deals.items():
            entrant = self.entrant(manufacturer)
            products = entrant.main_products + (
                entrant.further_products if further_products else ()
            )
            market = market.after(*(Launch(d) for d in products))
            market = market.after(*(Deal(manufacturer, c, products) for c in channels))
            launched[manufacturer] = products
        market = self.policy(market)
        least = market.labelled_consumers.min_awareness
        for manufacturer, products in launched.items():
            brands = dict.fromkeys(str(market.products.loc[d, "brand"]) for d in products)
            unheard = [b for b in brands if least(b) < self.awareness]
            names[manufacturer] = [Campaign(b, self.awareness) for b in unheard]
        shops = set(market.channels.index[market.channels["has_members"]])
        weights_by_manufacturers: dict[tuple[object, ...], Array] = {}

        def weights(market: Market, pairs: frozenset[Pair]) -> Array:
            on_sale = sorted(set(market.table["brand"]))
            manufacturers = frozenset(m for m, shop in pairs if m in names and shop in shops)
            key = (manufacturers, *on_sale)
            if key not in weights_by_manufacturers:
                moves = [
                    move for manufacturer in sorted(manufacturers) for move in names[manufacturer]
                ]
                # Of all that a market is made of, a campaign changes who knows what.
                consumers = market.after(*moves).labelled_consumers
                arrays = replace(market.arrays, types=consumers.split_by_awareness(on_sale))
                weights_by_manufacturers[key] = arrays.weights(market.tastes.get("credit", 0.0))
            return weights_by_manufacturers[key]

        chosen = terms or self.terms
        return replace(market, pricing=Vertical(chosen), weights_given_deals=weights)

    def _standing(self) -> Market:
        """The market with its firms, present terms standing; what entrants' products cost to make
        is what their margin leaves of the list price."""
        facts, standing = self.firms.facts, self.firms.market
        columns = ("wholesale", "production_cost", "retail_cost")
        market = with_terms(self.market, facts, {c: standing.column(c) for c in columns})
        products = market.products
        margin = products["manufacturer"].map(facts.margin_of)
        cost = (1 - margin) * (1 - facts.open_channel_cut) * products["price"].astype(float)
        return replace(market, products=products.assign(production_cost=cost))

    def solve(
        self, deals: Deals, *, further_products: bool = False, terms: BargainingTerms | None = None
    ) -> Equilibrium:
        """The equilibrium with these deals, certified."""
        # Where nobody bargains, terms make no difference.
        bargain = terms if any(deals.values()) else None
        key = (tuple((m, tuple(c)) for m, c in deals.items()), further_products, bargain)
        if key not in self._equilibria:
            self._equilibria[key] = self.industry(
                deals, further_products=further_products, terms=terms
            ).solve()
        return self._equilibria[key]


def entry_game(study: Study, entry: Entry, market: Market, firms: CalibratedFirms) -> EntryGame:
    """The entry game of a study's market and firms."""
    return EntryGame(
        market=market,
        firms=firms,
        entrants=entry.entrants,
        awareness=awareness(study, entry),
        weight=entrants_weight(study),
    )


def entrants_weight(study: Study) -> float | None:
    """The channels' weight in bargains with entrants; None where study.toml says nothing of it."""
    part = study.config.negotiations
    if part is None or part.channel_weight is None:
        return None
    words = study.config.words
    what = f"weight of {words.channels} in bargains with entrants"
    weight = resolve_number(study, part.channel_weight, what)
    if not 0 < weight <= 1:
        raise refuse(
            expected=f"{what}, above 0 and at most 1",
            found=f"{weight:g}",
            where="study.toml, negotiations.channel_weight",
            remedy="correct the number, or leave it out.",
        )
    return weight


def awareness(study: Study, entry: Entry) -> float:
    """The share that knows an entrant's brand once a channel sells it."""
    channel = study.config.words.channel
    return resolve_number(study, entry.awareness, f"awareness that a {channel}'s campaign brings")
