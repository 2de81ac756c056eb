"""What stands on the tab of a study: choices, sliders from its assumptions, places for answers."""

from __future__ import annotations

from typing import Any

from htmltools import Tag, TagList
from shiny import ui

from inroads.dashboard.deals.cases import first_case, possible_partners
from inroads.dashboard.deals.sliders import Group, Slider, highest, sliders_of
from inroads.dashboard.deals.study_cases import StudyCases
from inroads.report.format import capitalised
from inroads.study.config.entry import Entry

#: tables by the tab that shows them
TABLES = ("Deals", "Products", "Makers", "Channels", "Ledger", "Code")
#: groups that are open at first
_OPEN = (Group.AWARENESS, Group.BARGAINING)


def slider_id(slider: Slider) -> str:
    """The input of a slider: ids of assumptions are words joined by hyphens."""
    return f"a_{slider.id.replace('-', '_')}"


def study_panel(cases: StudyCases) -> Any:
    """The tab."""
    study = cases.study
    about, words = study.config.study, study.config.words
    return ui.nav_panel(
        "Deals",
        ui.layout_sidebar(
            ui.sidebar(
                *_choices(cases),
                ui.accordion(*_groups(cases), id="groups", open=[str(group) for group in _OPEN]),
                width=330,
                open={"desktop": "open", "mobile": "closed"},
                title="The case: who, with whom, on which terms",
            ),
            ui.output_ui("changed"),
            ui.h1(about.title, class_="question"),
            ui.p(
                f"As known on {study.as_of}; {words.units} and {words.currency} a {about.per}. "
                f"Against the entrant selling {words.direct} only.",
                class_="quiet",
            ),
            ui.div(
                ui.input_action_button("keep", "Keep as case A", class_="btn-outline-primary"),
                ui.input_action_button("forget", "Forget A", class_="btn-outline-secondary"),
                ui.input_action_button("back", "Move all back", class_="btn-outline-secondary"),
                ui.output_ui("moved", inline=True),
                class_="buttons",
            ),
            ui.output_ui("state"),
            ui.output_ui("listed_figures"),
            ui.output_ui("solved_figures"),
            ui.div(
                *(
                    ui.div(ui.output_ui(name), {"data-width-of": "room"}, class_="picture")
                    for name in _PICTURES
                ),
                class_="pictures",
            ),
            ui.div(
                ui.navset_underline(
                    *(ui.nav_panel(name, ui.output_ui(f"table_{name}")) for name in TABLES),
                    id="table",
                ),
                class_="tables",
            ),
            ui.div(
                ui.download_button("csv", "Table (CSV)", class_="btn-outline-secondary"),
                ui.download_button("excel", "All tables (Excel)", class_="btn-outline-secondary"),
                ui.download_button("svg", "Pictures (SVG)", class_="btn-outline-secondary"),
                ui.download_button("png", "Pictures (PNG)", class_="btn-outline-secondary"),
                ui.download_button("page_", "Page (HTML)", class_="btn-outline-secondary"),
                ui.download_button("code_", "Code (Python)", class_="btn-outline-secondary"),
                class_="takeaway",
            ),
        ),
        value="deals",
    )


_PICTURES = ("makers", "ranges", "network")


def _choices(cases: StudyCases) -> list[Any]:
    entry, words = cases.study.config.entry, cases.study.config.words
    assert entry is not None
    first = first_case(cases.study)
    partners = list(possible_partners(cases.study))
    return [
        ui.input_select(
            "entrant", "Entrant", [e.manufacturer for e in entry.entrants], selected=first.entrant
        ),
        ui.input_checkbox_group(
            "partners", capitalised(words.channels), partners, selected=list(first.partners)
        ),
        ui.input_checkbox_group(
            "products",
            capitalised(words.products),
            list(products_of(entry, first.entrant)),
            selected=list(first.products),
        ),
    ]


def products_of(entry: Entry, manufacturer: str) -> tuple[str, ...]:
    """What an entrant may come in with."""
    entrant = next(e for e in entry.entrants if e.manufacturer == manufacturer)
    return (*entrant.main_products, *entrant.further_products)


def _groups(cases: StudyCases) -> list[Any]:
    by_group: dict[Group, list[Any]] = {group: [] for group in Group}
    for slider in sliders_of(cases.study):
        by_group[slider.group].append(_input(slider))
    for group, controls in _tried(cases).items():
        by_group[group] = [*controls, *by_group[group]]
    words = cases.study.config.words
    titles = {Group.FINANCING: capitalised(words.financing)}
    return [
        ui.accordion_panel(titles.get(group, str(group)), *inputs, value=str(group))
        for group, inputs in by_group.items()
        if inputs
    ]


def _input(slider: Slider) -> Tag:
    why = slider.reason + (
        " (Moves the calibration, which is made anew.)" if slider.calibrates else ""
    )
    return ui.input_slider(
        slider_id(slider),
        TagList(
            slider.name,
            ui.popover(
                ui.tags.button("why", class_="slider-why", type="button"),
                why,
                title=slider.name,
            ),
            ui.span(slider.unit, class_="slider-unit"),
        ),
        min=slider.low,
        max=slider.high,
        value=slider.value,
        step=slider.step,
        sep=",",
        ticks=False,
        width="100%",
    )


def _tried(cases: StudyCases) -> dict[Group, list[Any]]:
    """What the study does not assume, but a case may try."""
    study, controls = cases.study, {}
    config, words = study.config, study.config.words
    if config.firms is None:
        return {}
    bargaining: list[Any] = [
        ui.input_radio_buttons(
            "contract", "Contract", ["linear price", "two-part tariff"], inline=True
        ),
        ui.input_radio_buttons(
            "timing",
            "Retail prices",
            {"simultaneous": "held while firms bargain", "sequential": "answer"},
            inline=True,
        ),
    ]
    part = config.negotiations
    if part is None or part.channel_weight is None:
        bargaining.append(
            ui.input_slider(
                "weight",
                f"Weight of {words.channels} in bargains (0: as present terms imply)",
                min=0.0,
                max=0.99,
                value=0.0,
                step=0.01,
                ticks=False,
                width="100%",
            )
        )
    controls[Group.BARGAINING] = bargaining
    if part is None:
        return controls
    financing = []
    if part.months is not None:
        financing.append(
            _tried_slider("months", "Months to pay (0: partners' own)", highest(study, part.months))
        )
    if part.down_payment is not None:
        most = 100 * highest(study, part.down_payment)
        financing.append(
            _tried_slider("down", "Paid at once, percent of price (0: partners' own)", most)
        )
    controls[Group.FINANCING] = financing
    if part.tariff is not None:
        controls[Group.TARIFFS] = [
            _tried_slider(
                "tariff", "Rate, percent of customs value", 100 * highest(study, part.tariff)
            ),
            ui.input_radio_buttons(
                "taxed",
                "On",
                {"entrant": "the entrant alone", "imports": f"all products {words.imported}"},
            ),
        ]
    return controls


def _tried_slider(id: str, label: str, most: float) -> Tag:
    return ui.input_slider(
        id, label, min=0, max=round(most), value=0, step=1, ticks=False, width="100%"
    )
