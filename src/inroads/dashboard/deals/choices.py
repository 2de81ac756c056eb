"""From what is chosen on the page to a case."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shiny import Inputs

from inroads.dashboard.deals.cases import Case
from inroads.dashboard.deals.panel import products_of, slider_id
from inroads.dashboard.deals.sliders import Slider

if TYPE_CHECKING:
    from inroads.study.load import Study


def chosen_case(study: Study, sliders: tuple[Slider, ...], input: Inputs) -> Case | None:
    """The case of a page; None while no product is chosen. Reactive."""
    entry = study.config.entry
    assert entry is not None
    entrant = input.entrant()
    own = products_of(entry, entrant)
    products = tuple(product for product in own if product in input.products())
    if not products:
        return None
    moved = {}
    for slider in sliders:
        value = slider.taken(float(input[slider_id(slider)]()))
        if value != slider.value:
            moved[slider.id] = value
    case = Case(entrant=entrant, products=products, partners=tuple(input.partners()))
    return _with_terms(case.assuming(moved), study, input)


def _with_terms(case: Case, study: Study, input: Inputs) -> Case:
    """The case with what is tried of terms, financing and tariffs, where the page has such."""

    def given(id: str, otherwise: Any) -> Any:
        return input[id]() if id in input else otherwise

    rate = given("tariff", 0) / 100
    taxed: tuple[str, ...] = (case.entrant,)
    if given("taxed", "entrant") == "imports":
        taxed = _imported(study, case.entrant)
    return replace(
        case,
        contract=given("contract", case.contract),
        timing=given("timing", case.timing),
        weight=given("weight", 0) or None,
        months=int(given("months", 0)),
        down=given("down", 0) / 100,
        tariff=rate,
        taxed=taxed if rate else (),
    )


def _imported(study: Study, entrant: str) -> tuple[str, ...]:
    """Manufacturers that a tariff on imports meets: those on sale, and the entrant."""
    part, tables = study.config.negotiations, study.tables
    assert part is not None
    on_sale = tables["products"]["product"].isin(tables["offers"]["product"])
    makers = {entrant, *tables["products"]["manufacturer"][on_sale]}
    return tuple(maker for maker in part.imported if maker in makers)
