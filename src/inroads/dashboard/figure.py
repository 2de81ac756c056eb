"""Figures and pictures as they stand on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from htmltools import Tag, TagList
from shiny import Inputs, ui

from inroads.dashboard.picture import Picture

# A card's padding; pictures' width before the page has said how wide a card is, and the least.
_PADDING, _WIDTH, _LEAST = 28, 420, 240


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number in words, what it is, and what goes with it."""

    what: str
    value: str
    more: str = ""
    case_a: str = ""
    is_first: bool = False

    def tag(self) -> Tag:
        """As it stands on the page."""
        return ui.div(
            ui.div(self.what, class_="what"),
            ui.div(self.value, class_="value"),
            ui.div(self.more, class_="more"),
            ui.div(f"A: {self.case_a}", class_="more") if self.case_a else None,
            class_="figure first" if self.is_first else "figure",
        )


def row_of(figures: Sequence[Figure], *, computing: bool = False) -> Tag:
    """Figures side by side, faint while newer ones are computed."""
    return ui.div(
        *(figure.tag() for figure in figures),
        class_="figures computing" if computing else "figures",
    )


def picture_tag(picture: Picture, input: Inputs, room: str = "room") -> TagList:
    """A picture under its title, as wide as the card whose width the page reports. Reactive."""
    width = int(input[room]()) - _PADDING if room in input else _WIDTH
    return TagList(
        ui.h2(picture.title),
        ui.HTML(picture.on_page(max(width, _LEAST))),
        ui.p(picture.note, class_="quiet"),
    )
