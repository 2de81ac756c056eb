"""Costs that look wrong before any market is calibrated: bills of materials, two bases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inroads.study.market.firm_facts import firm_facts
from inroads.tables.schemas import SCHEMAS

if TYPE_CHECKING:
    from inroads.study.load import Study


def bills_of_materials(study: Study) -> dict[str, float]:
    """Bills of materials known at the study's date: facts `bom-` and the product's name."""
    published, bills = set(study.facts.published["id"]), {}
    for product in study.tables["products"]["product"]:
        fact = "bom-" + product.lower().replace(" ", "-").replace("+", "-plus")
        if fact in published:
            use = f"bill of materials of {product}, a check"
            where = f"products.csv: {product}"
            bills[product] = study.facts.resolve(f"@{fact}", where, use=use).value
    return bills


def cheaper_than_materials(study: Study) -> dict[str, tuple[float, float]]:
    """Products whose bill of materials is above what retailers and the maker's margin leave of the
    lowest list price: (bill, what is left), without a calibrated market."""
    part = study.config.firms
    if part is None:
        return {}
    facts, offers = firm_facts(study, part), study.tables["offers"]
    price = study.facts.resolve_column(offers, "price", SCHEMAS["offers"])
    products = study.tables["products"].set_index("product")["manufacturer"]
    short = {}
    for product, bill in bills_of_materials(study).items():
        sold = offers["product"].eq(product).to_numpy()
        if sold.any():
            margin = facts.margin_of(products[product])
            left = float((1 - margin) * (1 - facts.open_channel_cut) * price[sold].min())
            if left < bill:
                short[product] = (bill, left)
    return short


def cost_notes(study: Study) -> list[str]:
    """What of costs looks wrong before any market is calibrated, a sentence each."""
    part = study.config.firms
    if part is None:
        return []
    notes = [
        f"{product}: a bill of materials of {bill:.4g} is above the {left:.4g} that retailers and "
        "its manufacturer's margin leave of its lowest list price. Check the margin."
        for product, (bill, left) in cheaper_than_materials(study).items()
    ]
    if part.channel and part.wholesale == "by channel":
        notes.append(
            "[firms]: wholesale prices are by channel, so that they may be above what the product "
            'costs in an open channel, while entrants\' are not; wholesale = "by product" puts '
            "all on one basis. The page compares both."
        )
    return notes
