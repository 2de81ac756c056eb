"""The industry in which entrants talk to channels: who launches what, who has a deal, who knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from inroads.choice.base import Array
from inroads.display import Card, Displayed, counted
from inroads.errors import refuse
from inroads.market.carried import lightened
from inroads.market.equilibrium import Equilibrium
from inroads.market.market import Market, Pair
from inroads.market.moves import Deal, Exposure, Launch, Move
from inroads.market.moves.awareness import partner_campaigns
from inroads.market.pricing import BargainingTerms, Vertical
from inroads.market.vertical import with_terms
from inroads.study.config.entry import Entrant, Entry
from inroads.study.market.build_market import resolve_number
from inroads.study.market.firms import CalibratedFirms
from inroads.study.negotiations.own_campaigns import OwnCampaign, own_campaign
from inroads.study.scenario_list import awareness_of, seen_elsewhere

if TYPE_CHECKING:
    from inroads.study.load import Study

#: channels each entrant has a deal with
Deals = Mapping[str, Sequence[str]]


@dataclass(frozen=True, kw_only=True, repr=False)
class EntryGame(Displayed):
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
    seen_elsewhere : float, optional
        The part of a channel's campaign that others than its members see; unless given one reaches
        everybody, and more do not add.
    own, own_campaigns : mapping
        Each entrant's exposure of everybody to a campaign of its own, with deals or without, so
        that its dollars are in no gain; and how it was found.
    weight : float, optional
        Of channels in bargains with entrants; as present terms imply unless given.
    policy : callable
        What is done to the market when entrants are on its shelves; nothing unless given.
    """

    market: Market
    firms: CalibratedFirms
    entrants: tuple[Entrant, ...]
    awareness: float
    seen_elsewhere: float | None = None
    own: Mapping[str, float] = field(default_factory=dict)
    own_campaigns: Mapping[str, OwnCampaign] = field(default_factory=dict)
    weight: float | None = None
    policy: Callable[[Market], Market] = lambda market: market
    _equilibria: dict[object, Equilibrium] = field(default_factory=dict, repr=False)

    def _card(self) -> Card:
        return Card(
            line=f"EntryGame of {counted(len(self.entrants), 'entrant')}: "
            f"{', '.join(entrant.manufacturer for entrant in self.entrants)}",
            next_steps=("game.solve({entrant: [channel]})",),
        )

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

    def with_products(self, manufacturer: str, products: Sequence[str]) -> EntryGame:
        """The same with deals of an entrant about other of its products; its own campaign stands.
        InputError for products that the study does not say it enters with.
        """
        entrant = self.entrant(manufacturer)
        own = (*entrant.main_products, *entrant.further_products)
        unknown = [product for product in products if product not in own]
        if unknown or not products:
            raise refuse(
                expected=f"products of {manufacturer}, one at least",
                found=", ".join(unknown) or None,
                where="with_products",
                remedy=f"choose from {', '.join(own)}.",
            )
        rest = tuple(product for product in own if product not in products)
        named = {"main_products": tuple(products), "further_products": rest}
        chosen = entrant.model_copy(update=named)
        entrants = tuple(chosen if e is entrant else e for e in self.entrants)
        return replace(self, entrants=entrants, _equilibria={})

    @property
    def terms(self) -> BargainingTerms:
        """How entrants bargain, unless asked otherwise."""
        return BargainingTerms(self.firms.central if self.weight is None else self.weight)

    def entrant(self, manufacturer: str) -> Entrant:
        """The entrant of that name."""
        return next(e for e in self.entrants if e.manufacturer == manufacturer)

    def brands(self, manufacturer: str) -> tuple[str, ...]:
        """The brands of an entrant's main products."""
        products = self.market.products
        names = (str(products.loc[d, "brand"]) for d in self.entrant(manufacturer).main_products)
        return tuple(dict.fromkeys(names))

    def campaigns(
        self, brands: Sequence[str], channels: Sequence[str], market: Market | None = None
    ) -> list[Move]:
        """The campaigns of channels that sell brands, from what is known in a market (the data's
        unless given)."""
        before = self.market if market is None else market
        return partner_campaigns(
            before, brands, channels, self.awareness, seen_elsewhere=self.seen_elsewhere
        )

    def industry(
        self, deals: Deals, *, further_products: bool = False, terms: BargainingTerms | None = None
    ) -> Market:
        """Entrants (the keys of `deals`) launch in the open channel and sell at their channels.

        Present manufacturers' terms stand; entrants' are bargained over. A channel's deal makes the
        brand known; where the last of an entrant's deals breaks down it stays as little known as it
        was.
        """
        market = self._standing()
        brands_of: dict[str, tuple[str, ...]] = {}
        for manufacturer, channels in deals.items():
            entrant = self.entrant(manufacturer)
            products = entrant.main_products + (
                entrant.further_products if further_products else ()
            )
            market = market.after(*(Launch(d) for d in products))
            market = market.after(*(Deal(manufacturer, c, products) for c in channels))
            brands = dict.fromkeys(str(market.products.loc[d, "brand"]) for d in products)
            brands_of[manufacturer] = tuple(brands)
        market = unadvertised = self.policy(market)
        for manufacturer, names in brands_of.items():
            if alone := self.own.get(manufacturer, 0.0):
                market = market.after(*(Exposure(b, alone) for b in names))
        shops = set(market.channels.index[market.channels["has_members"]])
        weights_by_deals: dict[tuple[object, ...], Array] = {}

        def weights(market: Market, pairs: frozenset[Pair]) -> Array:
            on_sale = sorted(set(market.columns["brand"]))
            deals_made = [
                (m, shop) for m, shop in sorted(pairs) if m in brands_of and shop in shops
            ]
            partners = {
                m: tuple(shop for maker, shop in deals_made if maker == m) for m, _ in deals_made
            }
            # Where one campaign reaches everybody, whose it is makes no difference.
            key = (*(partners if self.seen_elsewhere is None else partners.items()), *on_sale)
            if key not in weights_by_deals:
                moves = [
                    move
                    for manufacturer, channels in partners.items()
                    for move in self.campaigns(brands_of[manufacturer], channels, unadvertised)
                ]
                # Of all that a market is made of, a campaign changes who knows what.
                consumers = market.after(*moves).labelled_consumers
                arrays = replace(market.arrays, types=consumers.split_by_awareness(on_sale))
                weights_by_deals[key] = arrays.weights(market.tastes.get("credit", 0.0))
            return weights_by_deals[key]

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
        self,
        deals: Deals,
        *,
        further_products: bool = False,
        terms: BargainingTerms | None = None,
        is_kept: bool = True,
    ) -> Equilibrium:
        """The equilibrium with these deals, kept for when it is asked for again unless said
        otherwise; `certification.proof` certifies it."""
        # Where nobody bargains, terms make no difference.
        bargain = terms if any(deals.values()) else None
        key = (tuple((m, tuple(c)) for m, c in deals.items()), further_products, bargain)
        if key in self._equilibria:
            return self._equilibria[key]
        market = self.industry(deals, further_products=further_products, terms=terms)
        equilibrium = market.solve(certificate=False)
        lightened(market)
        if is_kept:
            self._equilibria[key] = equilibrium
        return equilibrium


def entry_game(study: Study, entry: Entry, market: Market, firms: CalibratedFirms) -> EntryGame:
    """The entry game of a study's market and firms."""
    return with_own_campaigns(study, entry, without_own_campaigns(study, entry, market, firms))


def without_own_campaigns(
    study: Study, entry: Entry, market: Market, firms: CalibratedFirms
) -> EntryGame:
    """The same before anything is solved: entrants run no campaigns of their own."""
    game = EntryGame(
        market=market,
        firms=firms,
        entrants=entry.entrants,
        awareness=awareness(study, entry),
        seen_elsewhere=seen_elsewhere(entry, partial(resolve_number, study)),
        weight=entrants_weight(study),
    )
    check_weight(firms.central if game.weight is None else game.weight)
    return game


def check_weight(weight: float) -> None:
    """Refuse a weight of channels in bargains that is none, as margins may imply it."""
    if not 0 < weight <= 1:
        raise refuse(
            expected="margins of manufacturers that leave channels a weight in bargains above 0 "
            "and at most 1",
            found=f"{weight:.3g}",
            where="study.toml, firms",
            remedy="correct the margins, or give negotiations.channel_weight.",
        )


def with_own_campaigns(study: Study, entry: Entry, game: EntryGame) -> EntryGame:
    """The game in which each entrant runs the campaign that would pay if it had no deal: its
    dollars are spent with deals or without, and are in no gain."""
    if entry.campaign is None or study.config.negotiations is None:
        return game
    own = {e.manufacturer: own_campaign(study, entry, game, e.manufacturer) for e in entry.entrants}
    return replace(
        game, own={m: c.exposure for m, c in own.items()}, own_campaigns=own, _equilibria={}
    )


def entrants_weight(study: Study) -> float | None:
    """The channels' weight in bargains with entrants; None where study.toml says nothing of it."""
    part = study.config.negotiations
    if part is None or part.channel_weight is None:
        return None
    words = study.config.words
    what = f"weight of {words.channels} in bargains with entrants"
    weight = resolve_number(study, part.channel_weight, "negotiations.channel_weight", what)
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
    return awareness_of(entry, study.config.words, partial(resolve_number, study))
