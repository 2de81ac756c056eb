"""What stands on the tab of mergers: the table, demand and conduct, places for answers."""

from __future__ import annotations

from typing import Any

from shiny import ui

from inroads.dashboard.mergers.merger_cases import ConductName
from inroads.dashboard.mergers.merger_tables import EXAMPLE

OTHERS = "Other demands and conducts"
_COLUMNS = (
    "One row a product: product, owner, price, share, margin ((p − c) / p, blank where unknown), "
    "nest for nested logit. For bargaining: manufacturer, retailer, wholesale, retail margin and "
    "wholesale margin."
)


def merger_panel() -> Any:
    """The tab."""
    return ui.nav_panel(
        "Mergers",
        ui.layout_sidebar(
            ui.sidebar(
                ui.input_file(
                    "m_file", "Upload a table (CSV, Parquet)", accept=[".csv", ".parquet"]
                ),
                ui.input_text_area(
                    "m_text",
                    "or paste one",
                    value=EXAMPLE,
                    rows=9,
                    width="100%",
                    spellcheck="false",
                ),
                ui.p(_COLUMNS, class_="quiet"),
                ui.div(
                    ui.input_action_button("m_example", "Example", class_="btn-outline-secondary"),
                    ui.input_action_button(
                        "m_vertical", "Example with retailers", class_="btn-outline-secondary"
                    ),
                    class_="buttons",
                ),
                ui.input_radio_buttons(
                    "m_conduct",
                    "Conduct",
                    {
                        "Bertrand": "sellers set prices",
                        "bargaining": "retailers do, and bargain over wholesale prices",
                    },
                ),
                ui.output_ui("m_demand_choices"),
                ui.output_ui("m_firm_choices"),
                ui.input_slider(
                    "m_savings",
                    "Unit costs of merging firms fall by, percent",
                    min=0,
                    max=30,
                    value=0,
                    step=0.5,
                    ticks=False,
                    width="100%",
                ),
                ui.input_numeric("m_size", "Consumers in the market", value=1, min=0.000001),
                width=360,
                open={"desktop": "open", "mobile": "closed"},
                title="The market and the merger",
            ),
            ui.h1("What would the merger do to prices?", class_="question"),
            ui.output_ui("m_state"),
            ui.output_ui("m_figures"),
            ui.div(
                ui.div(ui.output_ui("m_prices"), {"data-width-of": "m_room"}, class_="picture"),
                class_="pictures",
            ),
            ui.div(
                ui.navset_underline(
                    ui.nav_panel("Effects", ui.output_ui("m_effects")),
                    ui.nav_panel("Margins", ui.output_ui("m_margins")),
                    ui.nav_panel(OTHERS, ui.output_ui("m_others")),
                    ui.nav_panel("Code", ui.output_ui("m_code_text")),
                    id="m_table",
                ),
                class_="tables",
            ),
            ui.div(
                ui.download_button("m_csv", "Effects (CSV)", class_="btn-outline-secondary"),
                ui.download_button("m_excel", "All tables (Excel)", class_="btn-outline-secondary"),
                ui.download_button("m_svg", "Picture (SVG)", class_="btn-outline-secondary"),
                ui.download_button("m_png", "Picture (PNG)", class_="btn-outline-secondary"),
                ui.download_button("m_code", "Code (Python)", class_="btn-outline-secondary"),
                class_="takeaway",
            ),
        ),
        value="mergers",
    )


def demand_choices(conduct: ConductName) -> Any:
    """What may be said of demand, given who sets prices."""
    if conduct == "bargaining":
        return ui.TagList(
            ui.input_select(
                "m_power",
                "One bargaining weight for",
                {"one": "all", "manufacturer": "each manufacturer", "channel": "each retailer",
                 "pair": "each pair"},
            ),
            ui.input_radio_buttons(
                "m_disagreement",
                "A breakdown takes off the shelf",
                {"offer": "one product", "pair": "all of the pair"},
                inline=True,
            ),
            _outside({"rest": "has what shares leave of one", "none": "there is none"}),
        )  # fmt: skip
    return ui.TagList(
        ui.input_radio_buttons(
            "m_demand", "Demand", ["logit", "nested logit"], inline=True
        ),
        ui.panel_conditional(
            "input.m_demand === 'nested logit'",
            _optional("m_rho", "Nesting parameter, 0 to 1", min=0, max=0.99, step=0.05),
        ),
        _optional("m_elasticity", "Market elasticity", max=0),
        _outside({
            "rest": "has what shares leave of one",
            "none": "there is none",
            "unknown": "unknown, as margins tell",
        }),
    )  # fmt: skip


def _optional(id: str, label: str, **limits: float) -> Any:
    """A number that may be left blank."""
    what = f"{label} (blank: as margins tell)"
    return ui.input_numeric(id, what, None, **limits)  # type: ignore[arg-type]


def _outside(choices: dict[str, str]) -> Any:
    return ui.input_radio_buttons("m_outside", "Outside option", choices)
