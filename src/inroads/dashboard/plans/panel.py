"""What stands on the tab of plans: the firm, its levers, places for answers."""

from __future__ import annotations

from typing import Any

from htmltools import TagList
from shiny import ui

from inroads.dashboard.plans.plan_cases import PlanCases, waits_of
from inroads.report.format import capitalised

#: a partner that is not courted
NOT = "no"


def plan_panel(cases: PlanCases) -> Any:
    """The tab."""
    return ui.nav_panel(
        "Plan",
        ui.layout_sidebar(
            ui.sidebar(
                ui.input_select("p_firm", "Firm", list(cases.firms)),
                ui.output_ui("p_levers"),
                width=330,
                open={"desktop": "open", "mobile": "closed"},
                title="What the firm does",
            ),
            ui.output_ui("p_recommended"),
            ui.output_ui("p_state"),
            ui.output_ui("p_figures"),
            ui.div(
                ui.div(ui.output_ui("p_risk"), {"data-width-of": "p_room"}, class_="picture"),
                class_="pictures",
            ),
        ),
        value="plan",
    )


def levers(cases: PlanCases, firm: str) -> TagList:
    """With whom and when, exclusive for how long, with which campaign: as in the press at first."""
    choices, about = cases.choices(firm), cases.study.config
    per, answer = about.study.per, dict(choices.answer.launches)
    whens = {NOT: "not courted"} | {
        str(q): "now" if not q else f"after {q} {per}{'s' if q > 1 else ''}"
        for q in waits_of(choices)
    }
    controls: list[Any] = [
        ui.input_select(
            partner_id(k),
            partner,
            whens,
            selected=str(answer[partner]) if partner in answer else NOT,
        )
        for k, partner in enumerate(choices.partners)
    ]
    assert about.path is not None
    controls.append(
        ui.input_slider(
            "p_exclusive",
            f"The first alone has the products for so many {per}s",
            min=0,
            max=about.path.periods,
            value=0,
            step=1,
            ticks=False,
            width="100%",
        )
    )
    if choices.campaign_cost is not None:
        maker, channel = about.words.manufacturer, about.words.channel
        controls += [
            ui.input_slider(
                "p_campaign",
                "Campaign, in those of the study",
                min=0.0,
                max=3.0,
                value=1.0,
                step=0.25,
                ticks=False,
                width="100%",
            ),
            ui.input_radio_buttons(
                "p_paid",
                "Paid by the",
                {"channel": capitalised(channel), "manufacturer": capitalised(maker)},
                inline=True,
            ),
        ]
    return TagList(*controls)


def partner_id(k: int) -> str:
    """The input of a firm's k-th partner."""
    return f"p_partner_{k}"
