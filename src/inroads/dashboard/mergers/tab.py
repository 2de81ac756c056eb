"""The tab of mergers: a table of products, demand and conduct, and what a merger would do."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import pandas as pd
from shiny import Inputs, Outputs, Session, reactive, render, req, ui

from inroads.dashboard.background import Background
from inroads.dashboard.columns import html_table
from inroads.dashboard.downloads import csv_bytes, workbook
from inroads.dashboard.figure import picture_tag, row_of
from inroads.dashboard.mergers.answers import (
    MergerAnswer,
    merger_answer,
    merger_figures,
    merger_picture,
)
from inroads.dashboard.mergers.merger_cases import MergerCase, MergerOutcome, firms_of
from inroads.dashboard.mergers.merger_code import merger_code
from inroads.dashboard.mergers.merger_tables import (
    EXAMPLE,
    VERTICAL_EXAMPLE,
    read_pasted,
    read_upload,
)
from inroads.dashboard.mergers.other_assumptions import OtherAssumptions, other_assumptions
from inroads.dashboard.mergers.panel import OTHERS, demand_choices
from inroads.errors import InroadsError
from inroads.results.words import Words

_WORDS = Words()


def serve_mergers(pool: Executor, input: Inputs, output: Outputs, session: Session) -> None:
    """Answer one session."""
    uploaded: reactive.Value[pd.DataFrame | str | None] = reactive.value(None)
    answer: Background[MergerAnswer] = Background(pool, session)
    others: Background[OtherAssumptions] = Background(pool, session)

    @reactive.effect
    @reactive.event(input.m_file)
    def _upload() -> None:
        files = input.m_file()
        req(files)
        assert files is not None
        file = files[0]
        try:
            uploaded.set(read_upload(Path(file["datapath"]), file["name"]))
        except InroadsError as error:
            uploaded.set(str(error))

    @reactive.effect
    @reactive.event(input.m_text, ignore_init=True)
    def _pasted() -> None:
        # What was written last counts.
        uploaded.set(None)

    @reactive.effect
    @reactive.event(input.m_example)
    def _example() -> None:
        ui.update_text_area("m_text", value=EXAMPLE)
        ui.update_radio_buttons("m_conduct", selected="Bertrand")

    @reactive.effect
    @reactive.event(input.m_vertical)
    def _vertical() -> None:
        ui.update_text_area("m_text", value=VERTICAL_EXAMPLE)
        ui.update_radio_buttons("m_conduct", selected="bargaining")

    @reactive.calc
    def table() -> pd.DataFrame | str:
        """The table, or why it is none."""
        given = uploaded()
        if given is not None:
            return given
        try:
            return read_pasted(input.m_text())
        except InroadsError as error:
            return str(error)

    # A sidebar that is closed has its say too.
    @output(suspend_when_hidden=False)
    @render.ui
    def m_demand_choices() -> Any:
        return demand_choices(input.m_conduct())

    @output(suspend_when_hidden=False)
    @render.ui
    def m_firm_choices() -> Any:
        read = table()
        if isinstance(read, str):
            return None
        firms = firms_of(read, input.m_conduct())
        first, second = (firms[0], firms[1]) if len(firms) > 1 else (None, None)
        return ui.TagList(
            ui.input_select("m_first", "Firm", firms, selected=first),
            ui.input_select("m_second", "merges with", firms, selected=second),
        )

    @reactive.calc
    def case() -> MergerCase | str:
        read = table()
        if isinstance(read, str):
            return read
        needed = ["m_first", "m_second", "m_outside"]
        req(all(id in input for id in needed))

        def given(id: str, otherwise: Any) -> Any:
            value = input[id]() if id in input else None
            return otherwise if value is None else value

        bargaining = input.m_conduct() == "bargaining"
        return MergerCase(
            table=read,
            firms=(input.m_first(), input.m_second()),
            conduct=input.m_conduct(),
            demand="logit" if bargaining else given("m_demand", "logit"),
            outside=given("m_outside", "rest"),
            rho=given("m_rho", None),
            market_elasticity=None if bargaining else given("m_elasticity", None),
            savings=given("m_savings", 0.0) / 100,
            power=given("m_power", "one"),
            disagreement=given("m_disagreement", "offer"),
            size=given("m_size", 1.0),
        )

    @reactive.effect
    def _begin() -> None:
        now = case()
        answer.drop()
        others.drop()
        if isinstance(now, MergerCase):
            answer.ask(merger_answer, now)

    def outcome() -> MergerOutcome:
        answered = answer()
        req(answered is not None and answered.outcome is not None)
        assert answered is not None
        assert answered.outcome is not None
        return answered.outcome

    def is_current() -> bool:
        answered = answer()
        return answered is not None and answered.case is case()

    @render.ui
    def m_state() -> Any:
        now = case()
        if isinstance(now, str):
            return ui.div(now, class_="refused")
        answered = answer()
        if answered is None or answered.case is not now:
            return ui.div("Computing …", class_="state now")
        if answered.problem:
            return ui.div(answered.problem, class_="refused")
        merging = " and ".join(now.firms)
        sentences = [f"{merging} merge; {now.demand}, {len(now.table)} products"]
        return ui.div("; ".join([*sentences, *outcome().fit.doubts]) + ".", class_="state")

    @render.ui
    def m_figures() -> Any:
        req(not isinstance(case(), str))
        answered = answer()
        req(answered is not None and not answered.problem)
        return row_of(merger_figures(outcome()), computing=not is_current())

    @render.ui
    def m_prices() -> Any:
        req(not isinstance(case(), str))
        picture = merger_picture(outcome().offers)
        return picture_tag(picture, input, "m_room")

    @render.ui
    def m_effects() -> Any:
        req(not isinstance(case(), str))
        return ui.HTML(html_table(outcome().offers, _WORDS))

    @render.ui
    def m_margins() -> Any:
        req(not isinstance(case(), str))
        return ui.HTML(html_table(outcome().margins, _WORDS))

    @reactive.effect
    def _begin_others() -> None:
        # Only where it is looked at: it takes as long as ten mergers.
        now = case()
        if isinstance(now, MergerCase) and input.m_table() == OTHERS:
            others.ask(other_assumptions, now)

    @render.ui
    def m_others() -> Any:
        answered = others()
        if answered is None or answered.case is not case():
            return ui.div("Computing …", class_="state now")
        if answered.table.empty:
            return ui.div("Of sellers that set prices, once the merger has an answer.")
        return ui.HTML(html_table(answered.table, _WORDS))

    @render.ui
    def m_code_text() -> Any:
        now = case()
        req(isinstance(now, MergerCase))
        assert isinstance(now, MergerCase)
        return ui.TagList(
            ui.tags.button(
                "Copy", {"data-copy": "merger_code", "type": "button"}, class_="btn btn-sm"
            ),
            ui.tags.pre(merger_code(now), id="merger_code", class_="code"),
        )

    @render.download_button(filename="merger.csv")
    def m_csv() -> Iterator[bytes]:
        yield csv_bytes(outcome().offers)

    @render.download_button(filename="merger.xlsx")
    def m_excel() -> Iterator[bytes]:
        answered = answer()
        yield workbook(answered.tables if answered is not None else {}, _WORDS, "period")

    @render.download_button(filename="merger.svg")
    def m_svg() -> Iterator[bytes]:
        yield merger_picture(outcome().offers).to_take_away("svg")

    @render.download_button(filename="merger.png")
    def m_png() -> Iterator[bytes]:
        yield merger_picture(outcome().offers).to_take_away("png")

    @render.download_button(filename="merger.py")
    def m_code() -> Iterator[str]:
        now = case()
        assert isinstance(now, MergerCase)
        yield merger_code(now)
