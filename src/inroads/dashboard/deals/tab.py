"""The tab of a study at work: choices to a case, a case to numbers, and what is taken away.

List prices are computed at once; equilibrium, network and odds beside the page, which says so. A
case that is moved on while it is solved is given up.
"""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Any

from shiny import Inputs, Session, reactive, render, req, ui

from inroads.dashboard.background import Background
from inroads.dashboard.columns import html_table
from inroads.dashboard.deals import figures
from inroads.dashboard.deals.answers import (
    Answer,
    case_tables,
    case_words,
    equilibrium_answer,
    proof_words,
    whole_answer,
)
from inroads.dashboard.deals.cases import Case
from inroads.dashboard.deals.choices import chosen_case
from inroads.dashboard.deals.outcomes import Outcome
from inroads.dashboard.deals.panel import products_of, slider_id
from inroads.dashboard.deals.pictures import makers_picture, network_picture, ranges_picture
from inroads.dashboard.deals.sliders import sliders_of
from inroads.dashboard.deals.source import StudySource
from inroads.dashboard.deals.study_code import study_code
from inroads.dashboard.deals.takeaway import serve_takeaway
from inroads.dashboard.figure import picture_tag, row_of
from inroads.dashboard.picture import Picture
from inroads.errors import InroadsError


def serve_study(source: StudySource, pool: Executor, input: Inputs, session: Session) -> None:
    """Answer one session."""
    cases = source.cases
    study, words = cases.study, cases.study.config.words
    per, has_firms = study.config.study.per, study.config.firms is not None
    sliders = sliders_of(study)
    first: Background[Answer] = Background(pool, session)
    whole: Background[Answer] = Background(pool, session)
    reading: Background[str] = Background(pool, session)
    case_a: reactive.Value[Case | None] = reactive.value(None)

    # From choices to a case

    @reactive.calc
    def case() -> Case:
        chosen = chosen_case(study, sliders, input)
        req(chosen is not None)
        assert chosen is not None
        return chosen

    @reactive.effect
    @reactive.event(input.entrant, ignore_init=True)
    def _products() -> None:
        entry = study.config.entry
        assert entry is not None
        main = next(e.main_products for e in entry.entrants if e.manufacturer == input.entrant())
        own = list(products_of(entry, input.entrant()))
        ui.update_checkbox_group("products", choices=own, selected=list(main))

    @reactive.effect
    @reactive.event(input.back)
    def _back() -> None:
        for slider in sliders:
            ui.update_slider(slider_id(slider), value=slider.value)
        for id in ("months", "down", "tariff", "weight"):
            ui.update_slider(id, value=0)

    @reactive.effect
    @reactive.event(input.keep)
    def _keep() -> None:
        case_a.set(case())

    @reactive.effect
    @reactive.event(input.forget)
    def _forget() -> None:
        case_a.set(None)

    # From a case to its numbers

    @reactive.calc
    def listed() -> Outcome:
        return cases.at_list_prices(case())

    @reactive.calc
    def current() -> Outcome:
        """The equilibrium of the case where it is there, else list prices."""
        answered = answer()
        if answered is not None and answered.solved is not None and answered.case == case():
            return answered.solved
        return listed()

    @reactive.effect
    def _begin() -> None:
        now = case()
        whole.drop()
        if has_firms:
            first.ask(equilibrium_answer, cases, now)

    @reactive.effect
    def _go_on() -> None:
        first_part = first()
        if first_part is not None and first_part.solved is not None:
            whole.ask(whole_answer, cases, first_part)

    @reactive.calc
    def answer() -> Answer | None:
        """What is known of the case, or else of the one before."""
        first_part, all_parts = first(), whole()
        return (
            all_parts
            if first_part is not None
            and all_parts is not None
            and all_parts.case == first_part.case
            else first_part
        )

    # What the page shows

    @reactive.calc
    def has_changed() -> bool:
        # The page asks every other second, as long as it is there.
        if "looked" in input:
            input.looked()
        return source.has_changed or source.cases is not cases

    @render.ui
    def changed() -> Any:
        if not has_changed():
            return None
        return ui.div(
            str(source.warning()),
            ui.div(ui.input_action_button("again", "Read it again"), class_="buttons"),
            class_="warning",
        )

    @reactive.effect
    @reactive.event(input.again)
    def _again() -> None:
        reading.ask(read_again, source)

    @reactive.effect
    async def _reload() -> None:
        problem = reading()
        if problem:
            ui.notification_show(problem, type="error", duration=None)
        elif problem is not None:
            await session.send_custom_message("inroads-reload", {})

    @render.ui
    def state() -> Any:
        if not input.products():
            return ui.div(f"Choose one of the {words.products} at least.", class_="refused")
        answered = answer()
        is_current = answered is not None and answered.case == case()
        if not has_firms:
            text = "At list prices: the study says nothing of firms ([firms])."
        elif answered is not None and is_current and answered.problem:
            return ui.div(answered.problem, class_="refused")
        elif answered is not None and is_current and answered.is_whole:
            text = proof_words(answered)
        elif answered is not None and is_current:
            text = "Computing whether the deals hold, and the periods to come …"
        else:
            text = "Computing the equilibrium …"
        return ui.div(text, class_="state now" if text.endswith("…") else "state")

    @render.ui
    def moved() -> Any:
        return ui.span(case_words(cases, case()), class_="quiet")

    @render.ui
    def listed_figures() -> Any:
        other = case_a()
        shown = figures.sales_figures(
            listed(), None if other is None else cases.at_list_prices(other), words, per
        )
        return row_of(shown)

    @render.ui
    def solved_figures() -> Any:
        answered, other = answer(), case_a()
        if answered is None or answered.solved is None:
            return None
        before = None if other is None else cases.solve(other)
        shown = figures.sales_figures(answered.solved, before, words, per)
        shown += figures.money_figures(answered.solved, before, words, per)
        if answered.worth is not None:
            is_followed = other is not None and other.can_be_followed
            shown += figures.worth_figures(
                answered.worth, cases.worth(other) if other and is_followed else None, per
            )
        else:
            shown += figures.odds_figures(answered.prospects, per)
        return row_of(shown, computing=answered.case != case())

    def pictures() -> dict[str, Picture | None]:
        outcome, other, answered = current(), case_a(), answer()
        before = None
        if other is not None:
            before = cases.solve(other) if outcome.has_firms else cases.at_list_prices(other)
        drawn: dict[str, Picture | None] = {"makers": makers_picture(outcome, before, words)}
        if outcome.has_firms:
            drawn["ranges"] = ranges_picture(outcome, words)
            if answered is not None and answered.network is not None:
                drawn["network"] = network_picture(case(), answered.network, outcome, words)
        return drawn

    def shown(name: str) -> Any:
        picture = pictures().get(name)
        if picture is not None:
            return picture_tag(picture, input)
        if not has_firms:
            return ui.p("Needs [firms] in the study.", class_="quiet")
        none = name == "ranges" and current().has_firms
        return ui.p("No deal in which both gain." if none else "Computing …", class_="quiet")

    @render.ui
    def makers() -> Any:
        return shown("makers")

    @render.ui
    def ranges() -> Any:
        return shown("ranges")

    @render.ui
    def network() -> Any:
        return shown("network")

    # Tables

    def tables() -> dict[str, Any]:
        outcome, answered = current(), answer()
        is_whole = answered is not None and answered.case == case() and answered.network is not None
        return case_tables(cases, outcome, answered if is_whole else None)

    def table_ui(name: str) -> Any:
        table = tables().get(name)
        if table is None or table.empty:
            return ui.p("Nothing to show yet.", class_="quiet")
        return ui.HTML(html_table(table, words))

    @render.ui
    def table_Deals() -> Any:
        if not has_firms:
            return ui.p("Terms of deals need [firms] in the study.", class_="quiet")
        if not current().has_firms:
            return ui.p("Computing …", class_="quiet")
        captions = (
            ("Deals", "What is agreed: prices apiece, gains over what each side has without."),
            ("Network", "Each deal beside the others: what it adds to both sides' profits."),
            ("Prospects", "Each deal as the only one: how far talks are, what it is worth."),
        )
        every = tables()
        parts = [
            ui.HTML(html_table(every[name], words, caption=caption))
            for name, caption in captions
            if name in every and not every[name].empty
        ]
        return ui.TagList(*parts) if parts else ui.p("No deals in the case.", class_="quiet")

    @render.ui
    def table_Products() -> Any:
        return table_ui("Products")

    @render.ui
    def table_Makers() -> Any:
        return table_ui("Makers")

    @render.ui
    def table_Channels() -> Any:
        return table_ui("Channels")

    @render.ui
    def table_Ledger() -> Any:
        return ui.TagList(
            ui.p(
                "Every number that goes in: its place, its value and unit, and where it comes "
                "from: a source with its words, or a range with its reason.",
                class_="quiet",
            ),
            table_ui("Ledger"),
        )

    @reactive.calc
    def code_text() -> str:
        return study_code(cases, case(), source.name)

    @render.ui
    def table_Code() -> Any:
        return ui.TagList(
            ui.p("Python that comes to the numbers on this screen.", class_="quiet"),
            ui.tags.button(
                "Copy", {"data-copy": "code_text", "type": "button"}, class_="btn btn-sm"
            ),
            ui.tags.pre(code_text(), id="code_text", class_="code"),
        )

    serve_takeaway(
        input,
        words=words,
        per=per,
        title=study.config.study.title,
        about=lambda: [case_words(cases, case()), f"As known on {study.as_of}."],
        tables=tables,
        pictures=lambda: [p for p in pictures().values() if p is not None],
        code=code_text,
    )


def read_again(source: StudySource) -> str:
    """Read the study again, unless another session has; why it could not be."""
    try:
        if source.has_changed:
            source.read()
    except InroadsError as error:
        return f"Not read, everything stays as it was. {error}"
    return ""
