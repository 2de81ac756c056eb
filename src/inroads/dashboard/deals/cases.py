"""A case: an entrant, its partners and products, terms, and assumptions that were moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from inroads.conduct.bargaining import LinearPrice, Timing, TwoPartTariff
from inroads.errors import refuse
from inroads.market.market import Market
from inroads.market.moves import Finance, Move
from inroads.market.moves import Tariff as TariffMove
from inroads.market.pricing import BargainingTerms
from inroads.study.negotiations.entry_game import EntryGame

if TYPE_CHECKING:
    from inroads.study.load import Study

ContractName = Literal["linear price", "two-part tariff"]


@dataclass(frozen=True, kw_only=True)
class Case:
    """What a person has chosen; equal, and hashed, by value.

    Parameters
    ----------
    entrant : str
        A manufacturer of [entry].
    products : tuple of str
        What it enters with.
    partners : tuple of str
        Channels with members that sell them.
    assumed : tuple of pairs
        (id, value as written) of assumptions that were moved, by id.
    weight : float, optional
        The channels' weight in bargains; as the study has it unless given.
    contract, timing
        How firms bargain.
    months, down : float
        Over how many months partners' buyers pay for the products, and which part of the price at
        once; 0 for the partners' own terms.
    tariff : float
        Rate on customs value.
    taxed : tuple of str
        Manufacturers that the tariff meets.
    """

    entrant: str
    products: tuple[str, ...]
    partners: tuple[str, ...] = ()
    assumed: tuple[tuple[str, float], ...] = ()
    weight: float | None = None
    contract: ContractName = "linear price"
    timing: Timing = "simultaneous"
    months: int = 0
    down: float = 0.0
    tariff: float = 0.0
    taxed: tuple[str, ...] = ()

    @property
    def deals(self) -> dict[str, tuple[str, ...]]:
        """The channels that the entrant has a deal with."""
        return {self.entrant: self.partners}

    @property
    def is_of_one_period(self) -> bool:
        """Whether something is tried that the periods to come know nothing of."""
        return bool(self.months or self.down or self.tariff)

    @property
    def can_be_followed(self) -> bool:
        """Whether there are deals that can be followed from period to period."""
        is_linear = self.contract == "linear price"
        return bool(self.partners) and is_linear and not self.is_of_one_period

    def assuming(self, values: Mapping[str, float]) -> Case:
        """The same with other assumptions moved."""
        return replace(self, assumed=tuple(sorted(values.items())))

    def terms(self, game: EntryGame) -> BargainingTerms:
        """How firms bargain."""
        contract = TwoPartTariff() if self.contract == "two-part tariff" else LinearPrice()
        power = game.terms.power if self.weight is None else self.weight
        return replace(game.terms, power=power, contract=contract, timing=self.timing)

    def financing(self, market: Market) -> list[Move]:
        """How the products are paid for at partners that have them on sale."""
        if not (self.months or self.down):
            return []
        channels = market.channels
        return [
            Finance(
                int(self.months or channels.loc[partner, "months"]),
                round(self.down * float(market.products.loc[product, "price"]), 2)
                or float(channels.loc[partner, "down"]),
                product=product,
                channel=partner,
            )
            for partner in self.partners
            for product in self.products
        ]

    def tariffs(self) -> list[Move]:
        """The tariff, paid by manufacturers."""
        return [
            TariffMove(self.tariff, base="customs value", payer="manufacturer", manufacturer=maker)
            for maker in self.taxed
            if self.tariff
        ]

    def policy(self, market: Market) -> Market:
        """The market with the tariff, and with the financing where the deals are made."""
        market = market.after(*self.tariffs())
        sellers = {seller for maker, seller in market.pairs if maker == self.entrant}
        on_sale = [m for m in self.financing(market) if getattr(m, "channel", None) in sellers]
        return market.after(*on_sale)


def first_case(study: Study) -> Case:
    """The study's first entrant with the partners of its answer, nothing moved.

    Raises InputError for a study that says nothing of entrants.
    """
    entry = study.config.entry
    if entry is None:
        raise refuse(
            expected="a study with [entry]: who comes in, with which products",
            found="none",
            where="study.toml",
            remedy="add it; `inroads new DIR --full` writes a study that has it.",
        )
    entrant = entry.entrants[0]
    return Case(
        entrant=entrant.manufacturer, products=entrant.main_products, partners=entry.headline
    )


def possible_partners(study: Study) -> tuple[str, ...]:
    """Channels with members that may have a deal: those that negotiate, else those of [entry]."""
    config = study.config
    if config.negotiations is not None:
        return config.negotiations.channels
    assert config.entry is not None
    return tuple(dict.fromkeys(c for partners in config.entry.partners for c in partners))
