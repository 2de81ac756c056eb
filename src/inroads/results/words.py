"""The nouns of a study's page: `[words]` of study.toml, neutral where the study says nothing."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from inroads.results.base import Record

#: a noun, or a few words that stand for one
Noun = Annotated[str, Field(min_length=1)]


class Words(Record):
    """Nouns in lower case, as they stand within a sentence."""

    unit: Noun = "unit"
    """One of what is counted, where buyers choose one: "machine"."""
    units: Noun = "units"
    """Several of them."""
    product: Noun = "product"
    """One kind on offer, with a name and a price."""
    products: Noun = "products"
    """Several of them."""
    manufacturer: Noun = "maker"
    """One who makes products and sells them through channels."""
    manufacturers: Noun = "makers"
    """Several of them."""
    channel: Noun = "channel"
    """A channel with members of its own, which bargains."""
    channels: Noun = "channels"
    """Several of them."""
    member: Noun = "member"
    """A consumer who belongs to a channel and pays it regularly."""
    members: Noun = "members"
    """Several of them."""
    direct: Noun = "in the open channel"
    """How an entrant sells without a partner: "it sells ..."."""
    direct_products: Noun = "products in the open channel"
    """The products that it sells so."""
    main_product: Noun = "main product"
    """One of an entrant's better products, which deals are about."""
    main_products: Noun = "main products"
    """Several of them."""
    further_products: Noun = "further products"
    """An entrant's other products, which a deal may include."""
    financing: Noun = "deferred payment"
    """Paying over time instead of at once: "who pay by ..."."""
    goods: Noun = "goods"
    """What a channel sells besides membership, as its accounts call it: "margin on ..."."""
    compatibility: Noun = "compatibility"
    """The mechanism of products that work with what a channel offers."""
    compatible_product: Noun = "a product that fits it"
    """What a deal brings of it."""
    compatible_products: Noun = "products that fit what the partners offer"
    """The same of several partners, in the definition of the mechanism."""
    imported: Noun = "made abroad"
    """Where what a tariff on several manufacturers meets comes from: "products ..."."""
    currency: Noun = "dollars"
    """What money is counted in: "... a quarter"."""
    currency_sign: Noun = "$"
    """What stands before a sum of it."""
