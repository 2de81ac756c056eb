"""The tab of plans at work: levers to a choice, the choice to its worth and risk, draw by draw."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any

import altair as alt
from shiny import Inputs, Outputs, Session, reactive, render, req, ui

from inroads.dashboard.background import Background
from inroads.dashboard.figure import Figure, picture_tag, row_of
from inroads.dashboard.picture import Picture
from inroads.dashboard.plans.panel import NOT, levers, partner_id
from inroads.dashboard.plans.plan_cases import (
    CHOSEN,
    DRAWS,
    FEW,
    PRESS,
    RECOMMENDED,
    PlanAnswer,
    PlanCase,
    PlanCases,
)
from inroads.plans.strategies import NO_DEAL, Strategy
from inroads.report.chart_style import BLUE, GREEN, ORANGE, RED, any_money
from inroads.report.format import in_percent, signed_money
from inroads.report.sections.plan.advice import recommendation

_COLOURS = {CHOSEN: ORANGE, RECOMMENDED: GREEN, PRESS: RED, NO_DEAL: BLUE}


def serve_plans(
    cases: PlanCases, pool: Executor, input: Inputs, output: Outputs, session: Session
) -> None:
    """Answer one session."""
    study, words = cases.study, cases.study.config.words
    answer: Background[PlanAnswer] = Background(pool, session)

    # A sidebar that is closed has its say too.
    @output(suspend_when_hidden=False)
    @render.ui
    def p_levers() -> Any:
        return levers(cases, input.p_firm())

    @reactive.calc
    def case() -> PlanCase | str:
        """The case, or why it is none."""
        return chosen_plan(cases, input)

    @reactive.effect
    def _begin() -> None:
        req(input.tab() == "plan")
        chosen = case()
        if isinstance(chosen, PlanCase):
            answer.ask(cases.begin, chosen)
        else:
            answer.drop()

    @reactive.effect
    def _go_on() -> None:
        answered = answer()
        if answered is not None and not answered.is_whole and answered.case == case():
            answer.ask(cases.go_on, answered)

    @render.ui
    def p_recommended() -> Any:
        plan = cases.made_plan(input.p_firm())
        if plan is not None:
            return ui.h1(recommendation(plan, words), class_="question")
        command = f'inroads plan {study.config.study.name} --firm "{input.p_firm()}"'
        return ui.p(
            "No plan of these inputs was made yet: ", ui.code(command), " makes one, in minutes; "
            "until then the choice stands beside the plan in the press.", class_="quiet",
        )  # fmt: skip

    @render.ui
    def p_state() -> Any:
        chosen, answered = case(), answer()
        if isinstance(chosen, str):
            return ui.div(chosen, class_="refused")
        if answered is None or answered.case != chosen:
            return ui.div("Computing at the central numbers …", class_="state now")
        if answered.problem:
            return ui.div(answered.problem, class_="refused")
        done = f"{len(answered.expected)} of the plan's first {DRAWS} draws"
        if answered.is_whole:
            return ui.div(f"{done}: a rough picture.", class_="state")
        return ui.div(f"{done} …", class_="state now")

    @render.ui
    def p_figures() -> Any:
        answered = answer()
        if answered is None or not answered.central:
            return None
        return row_of(plan_figures(answered), computing=answered.case != case())

    @render.ui
    def p_risk() -> Any:
        answered = answer()
        if answered is None or answered.table.empty:
            return ui.p(f"Value and risk: once {FEW} draws are there.", class_="quiet")
        return picture_tag(risk_picture(answered, study.config.study.per), input, "p_room")


def chosen_plan(cases: PlanCases, input: Inputs) -> PlanCase | str:
    """What the levers say; what is wrong with it, where they contradict each other. Reactive."""
    firm = input.p_firm()
    choices = cases.choices(firm)
    req(all(partner_id(k) in input for k in range(len(choices.partners))))
    whens = [input[partner_id(k)]() for k in range(len(choices.partners))]
    launches = tuple(
        (partner, int(when))
        for partner, when in zip(choices.partners, whens, strict=True)
        if when != NOT
    )
    exclusive = int(input.p_exclusive()) if launches else 0
    first = min((q for _, q in launches), default=0)
    if exclusive and sum(q < first + exclusive for _, q in launches) > 1:
        return "One alone has the products: let others launch later, or move exclusivity back."
    strategy = Strategy(launches=launches, exclusive=exclusive)
    if launches and choices.campaign_cost is not None:
        strategy = Strategy(
            launches=launches,
            exclusive=exclusive,
            campaign=float(input.p_campaign()),
            paid_by=input.p_paid(),
        )
    return PlanCase(firm, strategy)


def plan_figures(answered: PlanAnswer) -> Sequence[Figure]:
    """Worth and risk of the choice, and over what it is compared with."""
    table = answered.table
    shown = [
        Figure(
            what="Worth at the central numbers",
            value=signed_money(answered.central[CHOSEN]),
            more="at the odds, against no deal",
        )
    ]
    if table.empty:
        return shown
    row = table.loc[CHOSEN]
    shown = [
        Figure(
            what="Worth on average",
            value=signed_money(row["expected"]),
            more=f"{signed_money(row['low'])} to {signed_money(row['high'])}",
            is_first=True,
        ),
        Figure(
            what="In 19 draws of 20",
            value=signed_money(row["tail"]),
            more="or more, luck included",
        ),
        *shown,
    ]
    for name in (RECOMMENDED, PRESS):
        if name in table.index and answered.compared[name] != answered.compared[CHOSEN]:
            other = table.loc[name]
            shown.append(
                Figure(
                    what=f"Over {name}",
                    value=signed_money(row["expected"] - other["expected"]),
                    more=f"better in {in_percent(other['choice better'])} of draws",
                )
            )
    return shown


def risk_picture(answered: PlanAnswer, per: str) -> Picture:
    """Value against risk: the choice, the recommendation, the press and no deal."""
    points = answered.table[["tail", "expected"]].copy()
    points.loc[NO_DEAL] = 0.0
    # What is the same is one point, under the name that comes first.
    by_name = {**answered.compared, NO_DEAL: Strategy()}
    names = [name for name in (CHOSEN, RECOMMENDED, PRESS, NO_DEAL) if name in by_name]
    firsts = {by_name[name]: name for name in reversed(names)}
    points = points.loc[list(firsts.values())]
    frame = points.rename_axis("what").reset_index()
    frame["colour"] = frame["what"].map(_COLOURS)
    scale = alt.Scale(zero=False, padding=60)

    def axis(title: str) -> alt.Axis:
        return alt.Axis(title=title, labelExpr=any_money(), tickCount=5)

    base = alt.Chart(frame).encode(
        x=alt.X("tail:Q", scale=scale, axis=axis("in 19 draws of 20, luck included")),
        y=alt.Y("expected:Q", scale=scale, axis=axis("worth on average")),
    )
    chart = alt.layer(
        base.mark_point(filled=True, size=110, opacity=1).encode(
            color=alt.Color("colour:N", scale=None)
        ),
        base.mark_text(dy=-13).encode(text="what:N"),
    ).properties(height=260)
    return Picture(
        name="plan-risk",
        title=f"Value against risk: {answered.case.strategy.label(per)}",
        note="Up: worth more on average; right: less to lose. The same draws for all.",
        chart=chart,
    )
